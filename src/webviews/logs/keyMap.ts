import * as l10n from '@vscode/l10n';
/** What a key asks the panel to do. */
export type Action =
  | 'find'
  | 'next'
  | 'previous'
  | 'follow'
  | 'beginning'
  | 'down'
  | 'up'
  | 'extendDown'
  | 'extendUp'
  | 'open'
  | 'selectAll'
  | 'copyColumns'
  | 'evidence'
  | 'jump'
  | 'escape'
  | 'help';

interface Key {
  key: string;
  shiftKey?: boolean;
  ctrlKey?: boolean;
  metaKey?: boolean;
  altKey?: boolean;
}

const SINGLE: Readonly<Record<string, Action>> = { '/': 'find', n: 'next', p: 'previous', j: 'down', k: 'up', e: 'evidence', '?': 'help' };
const ALWAYS: Readonly<Record<string, Action>> = {
  End: 'follow',
  Home: 'beginning',
  ArrowDown: 'down',
  ArrowUp: 'up',
  Enter: 'open',
  Escape: 'escape',
};
const SHIFTED: Readonly<Record<string, Action>> = { ArrowDown: 'extendDown', ArrowUp: 'extendUp' };
const WITH_CTRL: Readonly<Record<string, Action>> = { f: 'find', a: 'selectAll', Enter: 'jump', End: 'follow', Home: 'beginning' };

/** What a key does while no text is typed. `single`: keys without Ctrl or Alt may act. */
export function actionOf({ key, shiftKey, ctrlKey, metaKey, altKey }: Key, single = true): Action | undefined {
  if (altKey) return undefined;
  if (ctrlKey || metaKey) {
    if (shiftKey) return key.toLowerCase() === 'c' ? 'copyColumns' : undefined;
    return WITH_CTRL[key.length === 1 ? key.toLowerCase() : key];
  }
  if (shiftKey && SHIFTED[key]) return SHIFTED[key];
  return ALWAYS[key] ?? (single ? SINGLE[key] : undefined);
}

/** Every key, as the help lists them. */
export const KEY_HELP: readonly { keys: readonly string[]; text: string }[] = [
  { keys: ['/'], text: l10n.t('Find in logs (also Ctrl+F)') },
  { keys: ['Enter'], text: l10n.t('In the find box: next match; with Shift the previous one') },
  { keys: ['Ctrl+Enter'], text: l10n.t('Show the match among every line, without the filter') },
  { keys: ['n', 'p'], text: l10n.t('Next, previous match') },
  { keys: ['End'], text: l10n.t('Newest lines, and follow new ones') },
  { keys: ['Home'], text: l10n.t('Oldest lines') },
  { keys: ['j', 'k'], text: l10n.t('Next, previous line (also arrows); with Shift and arrows extend') },
  { keys: ['Enter'], text: l10n.t('Open or fold what the selected line holds') },
  { keys: ['Ctrl+A'], text: l10n.t('Select all lines that are here') },
  { keys: ['Ctrl+C'], text: l10n.t('Copy the text of the selected lines') },
  { keys: ['Shift+Ctrl+C'], text: l10n.t('Copy them with time, level, agent and task') },
  { keys: ['e'], text: l10n.t('Evidence of the task of the selected line') },
  { keys: ['Esc'], text: l10n.t('Clears the selection, then what is looked for, then the filter') },
  { keys: ['Tab'], text: l10n.t('Find, filter, tools, lines') },
  { keys: ['?'], text: l10n.t('These keys') },
];
