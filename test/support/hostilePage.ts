import {
  each,
  element,
  form,
  fromWorker,
  GUESS,
  JSON_TYPE,
  PLANTED,
  popup,
  post,
  read,
  request,
  socket,
  soon,
  stream,
  timing,
  type Target,
} from './hostileMeans';

/** What an attempt is after: to read, to change, to open a stream, to have something loaded, or only to be seen to try. */
export type Prize = 'read' | 'change' | 'open' | 'load' | 'nothing';

/** Each attempt answers lines: `read <status> <text>`, `opened`, `loaded <what>`, or what came of it otherwise. */
type Attempt = [name: string, prize: Prize, run: (target: Target) => Promise<string[]>];

/** All that a web page can try. */
export const ATTEMPTS: readonly Attempt[] = [
  ['fetch', 'read', (target) => each(target, (address) => read(address))],
  ['fetch without CORS', 'nothing', (target) => each(target, (address) => read(address, { mode: 'no-cors' }))],
  ['fetch with a guessed token', 'read', (target) => each(target, (address) => read(address, { headers: GUESS }))],
  ['fetch with cookies', 'nothing', (target) => each(target, (address) => read(address, { credentials: 'include' }))],
  ['XMLHttpRequest', 'read', (target) => each(target, request)],
  ['fetch in a worker', 'read', (target) => each(target, fromWorker)],
  ['POST without CORS', 'change', post({ mode: 'no-cors', headers: { 'content-type': 'text/plain' } })],
  ['POST as text', 'change', post({ headers: { 'content-type': 'text/plain' } })],
  ['POST as JSON', 'change', post({ headers: JSON_TYPE })],
  ['POST with a guessed token', 'change', post({ headers: { ...JSON_TYPE, ...GUESS } })],
  ['PATCH', 'change', post({ headers: JSON_TYPE }, 'PATCH')],
  ['DELETE', 'change', post({}, 'DELETE')],
  ['POST to MCP', 'change', (target) => post({ headers: JSON_TYPE })({ ...target, tasks: '/mcp' })],
  ['form', 'change', form],
  ['beacon', 'change', async ({ url, tasks }) => [navigator.sendBeacon(url + tasks, PLANTED) ? 'sent' : 'blocked']],
  ['EventSource', 'open', (target) => each(target, (address) => stream(address, false))],
  ['EventSource with cookies', 'nothing', (target) => each(target, (address) => stream(address, true))],
  ['WebSocket', 'open', ({ url }) => Promise.all(['/agent', '/board'].map((path) => soon(socket(url + path))))],
  [
    'WebSocket with a token as subprotocol',
    'open',
    ({ url }) => Promise.all(['/agent', '/board'].map((path) => soon(socket(url + path, ['bearer', 'A'.repeat(43)])))),
  ],
  [
    'WebSocket with a token in the address',
    'open',
    ({ url }) => Promise.all(['/agent', '/board'].map((path) => soon(socket(`${url}${path}?token=${'A'.repeat(43)}`)))),
  ],
  ['<img>', 'load', (target) => each(target, (src) => element('img', { src }))],
  ['<script>', 'load', (target) => each(target, (src) => element('script', { src }))],
  ['<script type=module>', 'load', (target) => each(target, (src) => element('script', { src, type: 'module' }))],
  ['<link rel=stylesheet>', 'load', (target) => each(target, (href) => element('link', { href, rel: 'stylesheet' }))],
  ['<iframe>', 'nothing', (target) => each(target, (src) => element('iframe', { src }))],
  ['<object>', 'nothing', (target) => each(target, (data) => element('object', { data }))],
  ['<video>', 'nothing', (target) => each(target, (src) => element('video', { src }))],
  ['popup', 'nothing', ({ url, tasks }) => Promise.all([soon(popup(url + tasks)), soon(popup(`${url}/api/health`))])],
  ['the timing of answers', 'nothing', (target) => each(target, timing)],
];

Object.assign(globalThis, {
  attempt: (name: string, target: Target) => ATTEMPTS.find(([known]) => known === name)?.[2](target),
  attempts: () => ATTEMPTS.map(([name, prize]) => [name, prize]),
});
