import type { Status } from '../../server/domain/task';

/** The word, icon and tone of each status. */
export const STATUS: Readonly<Record<Status, { text: string; icon: string; tone: string }>> = {
  pending: { text: 'Pending', icon: 'circle-outline', tone: 'quiet' },
  running: { text: 'Running', icon: 'loading codicon-modifier-spin', tone: 'running' },
  input_required: { text: 'Needs input', icon: 'question', tone: 'ask' },
  parked: { text: 'Parked', icon: 'debug-pause', tone: 'parked' },
  review: { text: 'In review', icon: 'eye', tone: 'ask' },
  completed: { text: 'Completed', icon: 'pass-filled', tone: 'good' },
  failed: { text: 'Failed', icon: 'error', tone: 'bad' },
  cancelled: { text: 'Cancelled', icon: 'circle-slash', tone: 'quiet' },
};
