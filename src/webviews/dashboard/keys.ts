import * as l10n from '@vscode/l10n';
/** What a key does in the Dashboard, wherever the focus is but in a text. */
export const KEYS = [
  { key: 'j', action: 'next', text: l10n.t('Next task'), shown: ['j', '↓'] },
  { key: 'k', action: 'previous', text: l10n.t('Previous task'), shown: ['k', '↑'] },
  { key: 'Enter', action: 'open', text: l10n.t('Open the details'), shown: ['Enter'] },
  { key: 'x', action: 'select', text: l10n.t('Select'), shown: ['x'] },
  { key: '', action: '', text: l10n.t('Select several'), shown: ['Shift', '↑↓'] },
  { key: '', action: '', text: l10n.t('Select all that match'), shown: ['Ctrl', 'A'] },
  { key: 'c', action: 'create', text: l10n.t('New task'), shown: ['c'] },
  { key: '/', action: 'search', text: l10n.t('Search'), shown: ['/'] },
  { key: 'l', action: 'logs', text: l10n.t('Show the log'), shown: ['l'] },
  { key: 'e', action: 'evidence', text: l10n.t('Open the evidence'), shown: ['e'] },
  { key: 's', action: 'start', text: l10n.t('Start now'), shown: ['s'] },
  { key: 'R', action: 'retry', text: l10n.t('Retry'), shown: ['Shift', 'R'] },
  { key: 'F2', action: 'edit', text: l10n.t('Edit'), shown: ['F2'] },
  { key: 'Delete', action: 'cancel', text: l10n.t('Cancel, or delete what has finished, after asking'), shown: ['Delete'] },
  { key: '1', action: 'tab1', text: l10n.t('Tasks'), shown: ['1'] },
  { key: '2', action: 'tab2', text: l10n.t('Agents'), shown: ['2'] },
  { key: '3', action: 'tab3', text: l10n.t('Analytics'), shown: ['3'] },
  { key: '4', action: 'tab4', text: l10n.t('Logs'), shown: ['4'] },
  { key: '5', action: 'tab5', text: l10n.t('Evidence'), shown: ['5'] },
  { key: '?', action: 'keys', text: l10n.t('These keys'), shown: ['?'] },
  { key: 'Escape', action: 'clear', text: l10n.t('Clear the selection, then the search'), shown: ['Esc'] },
] as const;

export type KeyAction = Exclude<(typeof KEYS)[number]['action'], ''> | 'selectAll';

/** What a key press asks for; undefined when it is nobody's, or single keys are switched off. */
export function actionOf(
  { key, ctrlKey, metaKey, altKey }: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey'>,
  singleKeys = true,
): KeyAction | undefined {
  if ((ctrlKey || metaKey) && key.toLowerCase() === 'a') return 'selectAll';
  if (ctrlKey || metaKey || altKey) return undefined;
  const found = KEYS.find((one) => one.key !== '' && one.key === key)?.action;
  if (found === undefined || found === '') return undefined;
  return singleKeys || key.length > 1 ? found : undefined;
}
