import * as l10n from '@vscode/l10n';
import type { OutcomeCounts } from '../../server/domain/analytics';

/** Theme colours as they stand in the SVG, so that a change of theme needs no redraw. */
const theme = (name: string, fallback = 'foreground'): string => `var(--vscode-${name}, var(--vscode-${fallback}))`;

export const COLOUR = {
  text: 'var(--vscode-foreground)',
  muted: theme('descriptionForeground'),
  page: 'var(--vscode-editor-background)',
  lines: theme('charts-lines'),
  blue: theme('charts-blue'),
  purple: theme('charts-purple'),
  yellow: theme('charts-yellow'),
  green: theme('charts-green'),
  red: theme('charts-red'),
  disabled: theme('disabledForeground', 'descriptionForeground'),
  /** Around bars: a gap, or the border of high contrast. */
  edge: theme('contrastBorder', 'editor-background'),
} as const;

/** What a task can end as, in the order of legends: as a stack shows it from the top. */
export const OUTCOMES: readonly { key: keyof OutcomeCounts; text: string; colour: string; order: number }[] = [
  { key: 'failed', text: l10n.t('Failed'), colour: COLOUR.red, order: 2 },
  { key: 'cancelled', text: l10n.t('Cancelled'), colour: COLOUR.disabled, order: 1 },
  { key: 'completed', text: l10n.t('Completed'), colour: COLOUR.green, order: 0 },
];

/** Agents or models in the order of what they cost; all after these are one. */
export const SERIES = [COLOUR.blue, COLOUR.purple, COLOUR.yellow, COLOUR.green, COLOUR.red] as const;
export const REST = { text: l10n.t('Other'), colour: COLOUR.disabled } as const;
