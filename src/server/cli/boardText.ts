import { percent } from '../domain/format';
import { cleanLine } from '../domain/text';
import type { TaskOut } from '../protocol/rest';

const WORDS: Readonly<Record<TaskOut['status'], string>> = {
  pending: 'waiting',
  running: 'running',
  input_required: 'asks you',
  parked: 'parked',
  review: 'in review',
  completed: 'completed',
  failed: 'failed',
  cancelled: 'cancelled',
};

/** A task in one line: `#12 Audit the login page · running 40% · Kimi`. */
export function taskLine({ number, title, status, phase, progress, agent, waitsFor, error }: TaskOut): string {
  const share = status === 'running' && progress !== null ? ` ${percent(progress)}` : '';
  const state = status === 'running' && phase === 'cancelling' ? 'being cancelled' : `${WORDS[status]}${share}`;
  const why = waitsFor ?? (status === 'failed' && error ? cleanLine(error.message) : null);
  return [`#${number} ${title}`, state, agent, why].filter((part) => part !== null).join(' · ');
}
