import * as l10n from '@vscode/l10n';
import type { Status } from '../../server/domain/task';

/** What a row of the Tasks tree stands for. */
export type TaskNode =
  | { kind: 'group'; id: string; group: Group }
  | { kind: 'task'; id: string; taskId: string }
  | { kind: 'attempt'; id: string; taskId: string; attempt: number }
  | { kind: 'evidence'; id: string; taskId: string; attempt: number; evidenceId: string }
  | { kind: 'more'; id: string; group: Group };

export interface Group {
  key: string;
  label: string;
  statuses: readonly Status[];
  open: boolean;
}

/** The groups of the Tasks tree, in their order; empty ones are absent. */
export const GROUPS: readonly Group[] = [
  { key: 'running', label: l10n.t('Running'), statuses: ['running'], open: true },
  { key: 'input', label: l10n.t('Needs input'), statuses: ['input_required'], open: false },
  { key: 'review', label: l10n.t('In review'), statuses: ['review'], open: false },
  { key: 'parked', label: l10n.t('Parked'), statuses: ['parked'], open: true },
  { key: 'pending', label: l10n.t('Pending'), statuses: ['pending'], open: true },
  { key: 'finished', label: l10n.t('Finished'), statuses: ['completed', 'failed', 'cancelled'], open: false },
];

/** Rows of a group shown at first, and added by "Show more". */
export const PAGE = 500;
/** Finished tasks shown in the tree. */
export const FINISHED = 50;
