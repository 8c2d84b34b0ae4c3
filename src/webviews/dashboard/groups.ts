import type { Status } from '../../server/domain/task';

/** The groups of unfinished tasks, in the order of the Tasks tree. */
export const GROUPS: readonly { title: string; statuses: readonly Status[] }[] = [
  { title: 'Running', statuses: ['running'] },
  { title: 'Needs input', statuses: ['input_required'] },
  { title: 'In review', statuses: ['review'] },
  { title: 'Parked', statuses: ['parked'] },
  { title: 'Pending', statuses: ['pending'] },
];
