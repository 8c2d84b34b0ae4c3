import type { LogLevel } from '../../server/domain/report';

/** How each level is written: its letter in the column, and its word. */
export const LEVELS: Readonly<Record<LogLevel, { letter: string; word: string; chip: string }>> = {
  trace: { letter: 'T', word: 'Trace', chip: 'Trace and up' },
  debug: { letter: 'D', word: 'Debug', chip: 'Debug and up' },
  info: { letter: 'I', word: 'Info', chip: 'Info and up' },
  warn: { letter: 'W', word: 'Warning', chip: 'Warnings and errors' },
  error: { letter: 'E', word: 'Error', chip: 'Errors' },
};
