import { agentStatus } from '../server/domain/agentStatus';
import { bytes, plural } from '../server/domain/format';
import type { Secrets } from '../server/domain/secrets';
import type { TowerState } from './statusText';

/** What a report of the state is made of, as it is found; nothing of it is redacted yet. */
export interface ReportFacts {
  /** Name and value of each program and system that matters. */
  versions: readonly (readonly [string, string])[];
  state: TowerState;
  /** Settings that are not as they come. */
  settings: Readonly<Record<string, unknown>>;
  /** Sizes in the storage folder, bytes. */
  storage: readonly (readonly [string, number])[];
  /** The last lines of the logs, by name. */
  logs: readonly (readonly [string, readonly string[]])[];
  /** Paths that say who someone is, and what stands for them. */
  paths: readonly (readonly [string, string])[];
}

/** Settings whose values may name programs, keys or customers. */
const NAMES_ONLY = ['tasktower.agents', 'tasktower.cost.prices', 'tasktower.cost.freeModels', 'tasktower.queue.accountCaps'];

/** The state of the tower for a report of a fault, as Markdown. It holds no prompt, title, result, command, environment or token. */
export function stateReport({ versions, state, settings, storage, logs, paths }: ReportFacts, secrets: Secrets): string {
  const hide = (text: string): string =>
    paths.reduce((shown, [path, name]) => (path.length > 1 ? shown.replaceAll(path, name) : shown), secrets.redact(text));
  const list = (rows: readonly (readonly [string, string])[]): string => rows.map(([name, value]) => `- ${name}: ${value}`).join('\n');
  const changed = Object.entries(settings).map(([name, value]) => {
    const shown = NAMES_ONLY.some((one) => name.startsWith(one)) ? `set (${sizeOf(value)})` : JSON.stringify(value);
    return [name, shown] as const;
  });
  const parts = [
    '# Tasktower report',
    'Look through it before you send it to anyone. Prompts, titles, results, commands and tokens are left out; log lines can hold words of your agents.',
    '## Versions',
    list(versions),
    '## Tower',
    list(towerLines(state)),
    '## Settings that were changed',
    changed.length > 0 ? list(changed) : 'None.',
    '## Storage',
    storage.length > 0 ? list(storage.map(([name, size]) => [name, bytes(size)])) : 'Nothing is stored yet.',
    ...logs.flatMap(([name, lines]) => [`## ${name}`, lines.length > 0 ? fenced(lines.join('\n')) : 'Empty.']),
  ];
  return `${hide(parts.join('\n\n'))}\n`;
}

function towerLines(state: TowerState): [string, string][] {
  if (state.kind === 'starting') return [['State', 'starting']];
  if (state.kind === 'down') return [['State', `stopped: ${state.message}`]];
  const { board, live, standing, isTrusted } = state;
  const tasks = Object.entries(board.byStatus).map(([status, ids]) => `${ids.size} ${status}`);
  const agents = [...board.agents.values()].map((agent) => `${agent.run} ${agentStatus(board, live, agent)}`);
  const address = 'address' in standing ? standing.address : undefined;
  return [
    ['State', `${standing.role}${isTrusted ? '' : ', folder not trusted'}`],
    ...('reason' in standing ? ([['Reason', standing.reason]] as [string, string][]) : []),
    ...(address ? ([['Address', `${address.url}, epoch ${address.epoch}, protocol ${address.protocol}`]] as [string, string][]) : []),
    ['Queue', `${board.queue.state}, at most ${board.queue.cap} at once`],
    ['Tasks on the board', tasks.join(', ')],
    ['Agents', agents.length > 0 ? `${plural(agents.length, 'agent')}: ${agents.join(', ')}` : 'none'],
    ['Records', String(board.seq)],
    ...(live.trouble === undefined ? [] : ([['Trouble', live.trouble]] as [string, string][])),
  ];
}

function sizeOf(value: unknown): string {
  if (Array.isArray(value)) return plural(value.length, 'entry', 'entries');
  return typeof value === 'object' && value !== null ? plural(Object.keys(value).length, 'entry', 'entries') : typeof value;
}

function fenced(text: string): string {
  const fence = '`'.repeat(Math.max(3, ...[...text.matchAll(/`{3,}/g)].map(([ticks]) => ticks.length + 1)));
  return `${fence}text\n${text}\n${fence}`;
}
