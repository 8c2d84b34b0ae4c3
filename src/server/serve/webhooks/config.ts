import { readFileSync } from 'node:fs';
import * as z from 'zod';
import { errorText, HumanError } from '../../base/errors';
import { AddressGuard } from './addressGuard';
import { NoticeKind } from './notice';
import { readKeys, SecretFrom } from './secret';

const Host = z
  .string()
  .regex(/^(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?$/, 'is not a host in small letters, such as n8n.example or n8n.example:5678')
  .max(300);

/** A receiver of all tasks. */
export const Hook = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9][a-z0-9-]{0,39}$/, 'is not a word of small letters, digits and dashes')
    .describe('What logs and metrics call it.'),
  url: z.url({ protocol: /^https?$/ }).max(2000),
  secret: SecretFrom,
  events: z
    .array(NoticeKind)
    .min(1)
    .default([...NoticeKind.options]),
});

/** The file of `--webhooks`. */
export const WebhooksFile = z.strictObject({
  hooks: z.array(Hook).max(20).default([]),
  callbacks: z
    .strictObject({ hosts: z.array(Host).min(1).max(100), secret: SecretFrom })
    .optional()
    .describe('Whoever creates a task may have its end sent to an address of these hosts, as its `callbackUrl`.'),
  allow: z
    .strictObject({
      http: z.array(Host).max(100).default([]).describe('Hosts that are called without TLS.'),
      addresses: z.array(z.string().max(60)).max(100).default([]).describe('Private addresses and networks that may be called.'),
    })
    .prefault({}),
  retry: z
    .strictObject({
      tries: z.int().min(1).max(100).default(20),
      firstSeconds: z.number().min(0.01).max(3600).default(5).describe('The pause after the first try; each one is twice as long.'),
      mostSeconds: z.number().min(0.01).max(86_400).default(3600).describe('The longest pause.'),
      timeoutSeconds: z.number().min(0.1).max(60).default(15),
    })
    .prefault({}),
});
export type WebhooksFile = z.infer<typeof WebhooksFile>;

/** Who is told, ready to be used. */
export interface Receiver {
  name: string;
  keys: readonly Buffer[];
}

/** What a tower's webhooks are to do. */
export interface WebhooksConfig {
  hooks: readonly (Receiver & { url: string; events: ReadonlySet<NoticeKind> })[];
  callbacks?: Receiver & { hosts: ReadonlySet<string> };
  /** Hosts that may be called by http. */
  http: ReadonlySet<string>;
  guard: AddressGuard;
  retry: WebhooksFile['retry'];
}

/** The name under which `callbackUrl`s go, which no hook can have. */
export const CALLBACK = '_callback';

/** Reads a file of `--webhooks` with its secrets. @throws {HumanError} saying what in it is wrong. */
export function readWebhooks(path: string, env: NodeJS.ProcessEnv): WebhooksConfig {
  const { hooks, callbacks, allow, retry } = parse(path);
  const config = {
    hooks: hooks.map(({ secret, events, ...hook }) => ({ ...hook, keys: readKeys(secret, env), events: new Set(events) })),
    ...(callbacks ? { callbacks: { name: CALLBACK, keys: readKeys(callbacks.secret, env), hosts: new Set(callbacks.hosts) } } : {}),
    http: new Set(allow.http),
    guard: new AddressGuard(allow.addresses),
    retry,
  };
  const names = config.hooks.map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw new HumanError(`${path}: two hooks are called "${twice}".`);
  for (const { name, url } of config.hooks) {
    const problem = problemOf(config, url);
    if (problem !== undefined) throw new HumanError(`${path}: the hook "${name}": ${problem}`);
  }
  return config;
}

/** Why an address is never called, whatever it leads to; undefined = it may be. */
export function problemOf({ http, guard }: Pick<WebhooksConfig, 'http' | 'guard'>, url: string): string | undefined {
  const target = new URL(url);
  if (target.username !== '' || target.password !== '') return 'a name and password in an address would end up in logs. Leave them out.';
  if (target.protocol !== 'https:' && !http.has(target.host))
    return `${target.host} is not called without TLS. Use https, or name it under "allow": {"http": …}.`;
  try {
    guard.checkHost(target);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

function parse(path: string): WebhooksFile {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new HumanError(`--webhooks: ${path} cannot be read: ${errorText(error)}`, { cause: error });
  }
  const read = WebhooksFile.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new HumanError(`--webhooks: ${path}: ${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'not understood'}. See docs/team.md.`);
}
