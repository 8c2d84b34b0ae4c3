import * as l10n from '@vscode/l10n';
import type { Status } from '../../server/domain/task';

/** The word, icon and tone of each status. */
export const STATUS: Readonly<Record<Status, { text: string; icon: string; tone: string }>> = {
  pending: { text: l10n.t('Pending'), icon: 'circle-outline', tone: 'quiet' },
  running: { text: l10n.t('Running'), icon: 'loading codicon-modifier-spin', tone: 'running' },
  input_required: { text: l10n.t('Needs input'), icon: 'question', tone: 'ask' },
  parked: { text: l10n.t('Parked'), icon: 'debug-pause', tone: 'parked' },
  review: { text: l10n.t('In review'), icon: 'eye', tone: 'ask' },
  completed: { text: l10n.t('Completed'), icon: 'pass-filled', tone: 'good' },
  failed: { text: l10n.t('Failed'), icon: 'error', tone: 'bad' },
  cancelled: { text: l10n.t('Cancelled'), icon: 'circle-slash', tone: 'quiet' },
};
