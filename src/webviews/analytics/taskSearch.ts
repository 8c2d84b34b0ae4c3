import type { Status } from '../../server/domain/task';
import type { Facts } from './facts';

export interface Wanted {
  status?: readonly Status[];
  agentId?: string;
  /** A period within the range, ms; `to` excluded. */
  from?: number;
  to?: number;
}

/** What the Dashboard is asked for to show exactly these tasks: `status:failed agent:codex kind:review after:2026-11-01 before:2026-11-08`. */
export function taskSearch(facts: Pick<Facts, 'analytics' | 'kept' | 'agentName'>, { status = [], agentId, from, to }: Wanted): string {
  const { analytics, kept, agentName } = facts;
  const { agents = [], kinds = [] } = kept.filter;
  const isBounded = kept.days !== 'all';
  const start = from === undefined ? (isBounded ? analytics.from : undefined) : isBounded ? Math.max(from, analytics.from) : from;
  const end = to === undefined ? (isBounded ? analytics.to : undefined) : isBounded ? Math.min(to, analytics.to) : to;
  return [
    ...(status.length > 0 ? status.map((name) => `status:${name}`) : ['is:finished']),
    ...(agentId === undefined ? agents : [agentId]).map((id) => `agent:${quoted(agentName(id))}`),
    ...kinds.map((kind) => `kind:${quoted(kind)}`),
    ...(start === undefined ? [] : [`after:${localDate(start)}`]),
    ...(end === undefined ? [] : [`before:${localDate(endOfDay(end))}`]),
  ].join(' ');
}

/** The date of a moment by the machine's calendar: `2026-11-03`. */
export function localDate(at: number): string {
  const date = new Date(at);
  const pad = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}`;
}

/** The first moment of a day that is not before `at`. */
function endOfDay(at: number): number {
  const start = new Date(at).setHours(0, 0, 0, 0);
  if (start === at) return at;
  const next = new Date(start);
  return next.setDate(next.getDate() + 1);
}

function quoted(text: string): string {
  return /[\s"]/.test(text) ? `"${text.replaceAll('"', '')}"` : text;
}
