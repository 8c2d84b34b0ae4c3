import * as l10n from '@vscode/l10n';
import type { Status } from '../../server/domain/task';

/** The groups of unfinished tasks, in the order of the Tasks tree. */
export const GROUPS: readonly { title: string; statuses: readonly Status[] }[] = [
  { title: l10n.t('Running'), statuses: ['running'] },
  { title: l10n.t('Needs input'), statuses: ['input_required'] },
  { title: l10n.t('In review'), statuses: ['review'] },
  { title: l10n.t('Parked'), statuses: ['parked'] },
  { title: l10n.t('Pending'), statuses: ['pending'] },
];
