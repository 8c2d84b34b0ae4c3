import { agentIdOf } from './agent';
import type { Board } from './board';
import { needsYou } from './needsYou';
import { openDependency, type Presence } from './waiting';
import type { TaskFilter } from './query';
import { isFinal, lastAttempt, Priority, Status, type Task } from './task';

/** The names a token may have; anything else that holds a colon is a word. */
const NAMES = ['status', 'agent', 'kind', 'priority', 'skill', 'is', 'after', 'before'] as const;
export type TokenName = (typeof NAMES)[number];

/** `status:failed`, or `-status:failed` for all others. */
export interface Token {
  name: TokenName;
  value: string;
  not: boolean;
}

/**
 * What a person searches tasks for. Values of one name are or, names are and. `after` and `before` (excluded) are ms: when a task ended, or,
 * while it has not, when it was created.
 */
export interface Search {
  words: string[];
  numbers: number[];
  tokens: Token[];
  after?: number;
  before?: number;
}

const TOKEN = new RegExp(`^(-?)(${NAMES.join('|')}):(.+)$`, 'i');
/** Parts of a search: quoted values stay whole. */
const PARTS = /-?[\w-]+:"[^"]*"|"[^"]*"|\S+/g;

/** The tokens of a search, in the order they stand there. */
export function tokensOf(text: string): Token[] {
  return [...text.matchAll(PARTS)].flatMap(([part]) => tokenOf(part) ?? []);
}

function tokenOf(part: string): Token | undefined {
  const [, not, name, value] = TOKEN.exec(part) ?? [];
  if (name === undefined || value === undefined) return undefined;
  const plain = value.replace(/^"|"$/g, '').trim();
  // The history can leave out a status, but not an agent.
  if (not && name.toLowerCase() !== 'status' && name.toLowerCase() !== 'is') return undefined;
  return plain === '' ? undefined : { name: name.toLowerCase() as TokenName, value: plain, not: not === '-' };
}

/** The search with a token more; what it has already stays one. */
export function withToken(text: string, name: TokenName | `-${TokenName}`, value: string): string {
  const token = `${name}:${/\s/.test(value) ? `"${value}"` : value}`;
  const parts: string[] = text.match(PARTS) ?? [];
  return parts.includes(token) ? text : [...parts, token].join(' ');
}

/** The search without the tokens of a name; without `value`, all of them. */
export function withoutToken(text: string, name: TokenName | `-${TokenName}`, value?: string): string {
  const not = name.startsWith('-');
  const plain = not ? name.slice(1) : name;
  const isIt = (part: string): boolean => {
    const token = tokenOf(part);
    return token?.name === plain && token.not === not && (value === undefined || token.value.toLowerCase() === value.toLowerCase());
  };
  return (text.match(PARTS) ?? []).filter((part) => !isIt(part)).join(' ');
}

/** Reads a search. @param now for `today` and `7d`, ms. */
export function parseSearch(text: string, now: number): Search {
  const search: Search = { words: [], numbers: [], tokens: [] };
  for (const [part] of text.matchAll(PARTS)) {
    const token = tokenOf(part);
    const number = /^#(\d{1,9})$/.exec(part)?.[1];
    if (token && (token.name === 'after' || token.name === 'before')) {
      const at = dayOf(token.value, now);
      if (at === undefined) search.words.push(part.toLowerCase());
      else search[token.name] = at;
    } else if (token) search.tokens.push(token);
    else if (number !== undefined) search.numbers.push(Number(number));
    else if (part.replace(/"/g, '').trim()) search.words.push(part.replace(/"/g, '').trim().toLowerCase());
  }
  return search;
}

/** `2026-11-01`, `today`, `yesterday` or `7d`, as the start of that day on this machine, ms. */
function dayOf(value: string, now: number): number | undefined {
  const start = new Date(now);
  start.setHours(0, 0, 0, 0);
  const [, year, month, day] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(value) ?? [];
  if (year !== undefined) {
    const date = new Date(Number(year), Number(month) - 1, Number(day));
    return date.getMonth() === Number(month) - 1 ? date.getTime() : undefined;
  }
  if (value.toLowerCase() === 'today') return start.getTime();
  const back = value.toLowerCase() === 'yesterday' ? '1' : /^(\d{1,4})d$/i.exec(value)?.[1];
  if (back === undefined) return undefined;
  // By the calendar, as days are not all of 24 hours.
  start.setDate(start.getDate() - Number(back));
  return start.getTime();
}

/** The statuses a search leaves; undefined = all. Unknown ones leave none. */
function statusesOf({ tokens }: Search): Status[] | undefined {
  const wanted = tokens.filter(({ name, not }) => name === 'status' && !not).map(({ value }) => statusOf(value));
  const unwanted = new Set(tokens.filter(({ name, not }) => name === 'status' && not).map(({ value }) => statusOf(value)));
  let left = wanted.length > 0 ? wanted.filter((status) => status !== undefined) : Status.options.filter((status) => !unwanted.has(status));
  for (const { name, value, not } of tokens) {
    if (name !== 'is') continue;
    const is = value.toLowerCase();
    if (is === 'open') left = left.filter((status) => isFinal(status) === not);
    else if (is === 'finished') left = left.filter((status) => isFinal(status) !== not);
  }
  return left.length === Status.options.length ? undefined : left;
}

function statusOf(value: string): Status | undefined {
  const plain = value.toLowerCase().replace(/[ -]/g, '_');
  return (
    Status.options.find((status) => status === plain) ??
    ({ input: 'input_required', asks: 'input_required', done: 'completed' } as const)[plain]
  );
}

/** Says of a task of the board whether it passes. */
export function taskMatcher(search: Search, { board, live }: { board: Board; live: Presence }): (task: Task) => boolean {
  const { words, numbers, after, before } = search;
  const statuses = statusesOf(search);
  const tokens = search.tokens.filter(({ name }) => name !== 'status');
  const asking = asksIn(tokens, board, live);
  const fits = (task: Task, { name, not }: Token): boolean =>
    tokens.some((token) => token.name === name && token.not === not && has(token, task, board, asking)) !== not;
  return (task) => {
    if (numbers.length > 0 && !numbers.includes(task.number)) return false;
    if (statuses && !statuses.includes(task.status)) return false;
    const at = isFinal(task.status) ? task.since : task.createdAt;
    if ((after !== undefined && at < after) || (before !== undefined && at >= before)) return false;
    if (words.length > 0) {
      const title = task.title.toLowerCase();
      if (!words.every((word) => title.includes(word) || `#${task.number}`.startsWith(word))) return false;
    }
    return tokens.every((token) => fits(task, token));
  };
}

/** The ids of the tasks that wait for a person, if anyone asks for them. */
function asksIn(tokens: readonly Token[], board: Board, live: Presence): ReadonlySet<string> {
  if (!tokens.some(({ name, value }) => name === 'is' && value.toLowerCase() === 'needsyou')) return new Set();
  return new Set(needsYou(board, live).flatMap((ask) => (ask.kind === 'agent' ? [] : [ask.task.id])));
}

function has({ name, value }: Token, task: Task, board: Board, asking: ReadonlySet<string>): boolean {
  const wanted = value.toLowerCase();
  switch (name) {
    case 'agent': {
      const id = agentIdOf(value);
      const of = lastAttempt(task)?.agentId ?? (task.agent === undefined ? undefined : agentIdOf(task.agent));
      return of === id || (of !== undefined && board.agents.get(of)?.name.toLowerCase() === wanted);
    }
    case 'kind':
      return task.kind.toLowerCase() === wanted;
    case 'priority':
      return task.priority === wanted;
    case 'skill':
      return task.skills.some((skill) => skill.toLowerCase() === wanted);
    case 'is':
      if (wanted === 'blocked') return task.status === 'pending' && openDependency(board, task) !== undefined;
      if (wanted === 'needsyou') return asking.has(task.id);
      return wanted === 'open' ? !isFinal(task.status) : wanted === 'finished' && isFinal(task.status);
    default:
      return true;
  }
}

/** What to ask the history for; undefined when nothing finished can match. */
export function toTaskFilter(search: Search): Partial<TaskFilter> | undefined {
  const { words, numbers, tokens, after, before } = search;
  const status = (statusesOf(search) ?? Status.options).filter(isFinal);
  const value = (name: TokenName): string[] => tokens.filter((token) => token.name === name && !token.not).map((token) => token.value);
  // Of what has ended, nothing is blocked, and its skills are not kept.
  const isNone = value('skill').length > 0 || value('is').some((one) => ['blocked', 'needsyou'].includes(one.toLowerCase()));
  if (status.length === 0 || isNone) return undefined;
  const agents = value('agent').map(agentIdOf);
  const priority = value('priority').flatMap((one) => Priority.options.find((known) => known === one.toLowerCase()) ?? []);
  const kinds = value('kind');
  const [number] = numbers;
  return {
    status,
    ...(agents.length > 0 ? { agents } : {}),
    ...(priority.length > 0 ? { priority } : {}),
    ...(kinds.length > 0 ? { kinds } : {}),
    ...(number === undefined ? {} : { number }),
    ...(words.length > 0 ? { text: words.join(' ') } : {}),
    ...(after === undefined ? {} : { endedFrom: after }),
    ...(before === undefined ? {} : { endedTo: before }),
  };
}
