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
  { keys: ['1', '2', '3', '4', '5'], text: 'Side, slider, onion, blink, diff' },
  { keys: ['Space'], text: 'Show the other picture while held' },
  { keys: ['a'], text: 'Accept, and go to the next picture without a verdict' },
  { keys: ['r'], text: 'Write a note; Enter rejects' },
  { keys: ['u'], text: 'Undo the last verdict' },
  { keys: ['j', 'k'], text: 'Next, previous picture' },
  { keys: ['n', 'p'], text: 'Next, previous changed area' },
  { keys: ['+', '-'], text: 'Zoom in, out (also Ctrl and wheel)' },
  { keys: ['0', 'f'], text: 'Zoom to 100%, fit' },
  { keys: ['Arrows'], text: "Pan; with Shift by a page; on the slider's grip move it by 1%, with Shift by 10%" },
  { keys: ['[', ']'], text: 'Onion: less, more of the attempt' },
  { keys: ['b'], text: 'Show or hide the gallery' },
  { keys: ['g'], text: 'Gallery as a grid, or as a list' },
  { keys: ['d'], text: 'Show or hide the boxes of changed areas' },
  { keys: ['m'], text: 'Metrics, and back to the pictures' },
  { keys: ['/'], text: 'Filter the gallery' },
  { keys: ['Enter'], text: 'Let the picture fill the panel' },
  { keys: ['Esc'], text: 'Back' },
  { keys: ['Tab'], text: 'Header, gallery, stage, verdict' },
  { keys: ['?'], text: 'These keys' },
];
