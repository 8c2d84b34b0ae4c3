/** What a key does in the Dashboard, wherever the focus is but in a text. */
export const KEYS = [
  { key: 'j', action: 'next', text: 'Next task', shown: ['j', '↓'] },
  { key: 'k', action: 'previous', text: 'Previous task', shown: ['k', '↑'] },
  { key: 'Enter', action: 'open', text: 'Open the details', shown: ['Enter'] },
  { key: 'x', action: 'select', text: 'Select', shown: ['x'] },
  { key: '', action: '', text: 'Select several', shown: ['Shift', '↑↓'] },
  { key: '', action: '', text: 'Select all that match', shown: ['Ctrl', 'A'] },
  { key: 'c', action: 'create', text: 'New task', shown: ['c'] },
  { key: '/', action: 'search', text: 'Search', shown: ['/'] },
  { key: 'l', action: 'logs', text: 'Show the log', shown: ['l'] },
  { key: 'e', action: 'evidence', text: 'Open the evidence', shown: ['e'] },
  { key: 's', action: 'start', text: 'Start now', shown: ['s'] },
  { key: 'R', action: 'retry', text: 'Retry', shown: ['Shift', 'R'] },
  { key: 'F2', action: 'edit', text: 'Edit', shown: ['F2'] },
  { key: 'Delete', action: 'cancel', text: 'Cancel, or delete what has finished, after asking', shown: ['Delete'] },
  { key: '1', action: 'tab1', text: 'Tasks', shown: ['1'] },
  { key: '2', action: 'tab2', text: 'Agents', shown: ['2'] },
  { key: '3', action: 'tab3', text: 'Analytics', shown: ['3'] },
  { key: '4', action: 'tab4', text: 'Logs', shown: ['4'] },
  { key: '5', action: 'tab5', text: 'Evidence', shown: ['5'] },
  { key: '?', action: 'keys', text: 'These keys', shown: ['?'] },
  { key: 'Escape', action: 'clear', text: 'Clear the selection, then the search', shown: ['Esc'] },
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
