import * as l10n from '@vscode/l10n';
import type { Mode } from '../protocol';

/** What a key asks the panel to do. */
export type Action =
  | `mode.${Mode}`
  | `pan.${'left' | 'right' | 'up' | 'down'}`
  | `page.${'left' | 'right' | 'up' | 'down'}`
  | 'flip'
  | 'accept'
  | 'reject'
  | 'undo'
  | 'nextPicture'
  | 'previousPicture'
  | 'nextArea'
  | 'previousArea'
  | 'zoomIn'
  | 'zoomOut'
  | 'actualSize'
  | 'fit'
  | 'fadeIn'
  | 'fadeOut'
  | 'gallery'
  | 'grid'
  | 'boxes'
  | 'metrics'
  | 'filter'
  | 'fill'
  | 'escape'
  | 'help';

interface Key {
  key: string;
  shiftKey?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
}

export const MODES: readonly Mode[] = ['side', 'slider', 'onion', 'blink', 'diff'];

const SINGLE: Readonly<Record<string, Action>> = {
  ...Object.fromEntries(MODES.map((mode, index) => [String(index + 1), `mode.${mode}` as const])),
  a: 'accept',
  r: 'reject',
  u: 'undo',
  j: 'nextPicture',
  k: 'previousPicture',
  n: 'nextArea',
  p: 'previousArea',
  '+': 'zoomIn',
  '=': 'zoomIn',
  '-': 'zoomOut',
  '0': 'actualSize',
  f: 'fit',
  '[': 'fadeOut',
  ']': 'fadeIn',
  b: 'gallery',
  g: 'grid',
  d: 'boxes',
  m: 'metrics',
  '/': 'filter',
  '?': 'help',
};
const ALWAYS: Readonly<Record<string, Action>> = { ' ': 'flip', Enter: 'fill', Escape: 'escape' };
const ARROWS: Readonly<Record<string, 'left' | 'right' | 'up' | 'down'>> = {
  ArrowLeft: 'left',
  ArrowRight: 'right',
  ArrowUp: 'up',
  ArrowDown: 'down',
};
/** They change or lose something with every press, so a held key counts once. */
export const ONCE: ReadonlySet<Action> = new Set([
  'accept',
  'reject',
  'undo',
  'flip',
  'fill',
  'gallery',
  'grid',
  'boxes',
  'metrics',
  'help',
]);

/** What a key does while no control that needs the key itself has the focus. `single`: keys without Ctrl or Alt may act. */
export function actionOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Key, single = true): Action | undefined {
  if (ctrlKey || metaKey || altKey) return undefined;
  const arrow = ARROWS[key];
  if (arrow) return shiftKey ? `page.${arrow}` : `pan.${arrow}`;
  return ALWAYS[key] ?? (single ? SINGLE[key.length === 1 ? key.toLowerCase() : key] : undefined);
}

/** Every key, as the help lists them. */
export const KEY_HELP: readonly { keys: readonly string[]; text: string }[] = [
  { keys: ['1', '2', '3', '4', '5'], text: l10n.t('Side, slider, onion, blink, diff') },
  { keys: ['Space'], text: l10n.t('Show the other picture while held') },
  { keys: ['a'], text: l10n.t('Accept, and go to the next picture without a verdict') },
  { keys: ['r'], text: l10n.t('Write a note; Enter rejects') },
  { keys: ['u'], text: l10n.t('Undo the last verdict') },
  { keys: ['j', 'k'], text: l10n.t('Next, previous picture') },
  { keys: ['n', 'p'], text: l10n.t('Next, previous changed area') },
  { keys: ['+', '-'], text: l10n.t('Zoom in, out (also Ctrl and wheel)') },
  { keys: ['0', 'f'], text: l10n.t('Zoom to 100%, fit') },
  { keys: ['Arrows'], text: l10n.t("Pan; with Shift by a page; on the slider's grip move it by 1%, with Shift by 10%") },
  { keys: ['[', ']'], text: l10n.t('Onion: less, more of the attempt') },
  { keys: ['b'], text: l10n.t('Show or hide the gallery') },
  { keys: ['g'], text: l10n.t('Gallery as a grid, or as a list') },
  { keys: ['d'], text: l10n.t('Show or hide the boxes of changed areas') },
  { keys: ['m'], text: l10n.t('Metrics, and back to the pictures') },
  { keys: ['/'], text: l10n.t('Filter the gallery') },
  { keys: ['Enter'], text: l10n.t('Let the picture fill the panel') },
  { keys: ['Esc'], text: l10n.t('Back') },
  { keys: ['Tab'], text: l10n.t('Header, gallery, stage, verdict') },
  { keys: ['?'], text: l10n.t('These keys') },
];
