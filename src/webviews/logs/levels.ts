import * as l10n from '@vscode/l10n';
import type { LogLevel } from '../../server/domain/report';

/** How each level is written: its letter in the column, and its word. */
export const LEVELS: Readonly<Record<LogLevel, { letter: string; word: string; chip: string }>> = {
  trace: { letter: 'T', word: l10n.t('Trace'), chip: l10n.t('Trace and up') },
  debug: { letter: 'D', word: l10n.t('Debug'), chip: l10n.t('Debug and up') },
  info: { letter: 'I', word: l10n.t('Info'), chip: l10n.t('Info and up') },
  warn: { letter: 'W', word: l10n.t('Warning'), chip: l10n.t('Warnings and errors') },
  error: { letter: 'E', word: l10n.t('Error'), chip: l10n.t('Errors') },
};
