import { useEffect, useRef } from 'preact/hooks';
import { actionOf, type KeyAction } from './keys';
import { stepFrom } from './list';
import { openOf, targetsOf } from './selected';
import { openTab } from './tabs';
import type { Dashboard } from './useDashboard';

const TEXT = 'input, textarea, select, vscode-text-field, vscode-text-area, vscode-dropdown';
const CONTROL = 'button, a, summary, select';

/** Makes the keys of the page work, wherever the focus is. */
export function useKeys(dashboard: Dashboard): void {
  const latest = useRef(dashboard);
  latest.current = dashboard;
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const { dialog, store } = latest.current;
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.defaultPrevented || dialog !== undefined) return;
      const isText = target.closest(TEXT) !== null;
      if (isText && event.key !== 'Escape') return;
      if (event.key === 'Enter' && target.closest(CONTROL)) return;
      const action = actionOf(event, store.show?.singleKeys);
      if (!action) return;
      event.preventDefault();
      if (isText) focusTask(latest.current.current);
      else act(action, latest.current);
    };
    addEventListener('keydown', down);
    return () => removeEventListener('keydown', down);
  }, []);
}

/** The commands that keys stand for; what a person may not run a key does not do either. */
const RUNS: Readonly<Partial<Record<KeyAction, string>>> = {
  create: 'tasktower.createTask',
  evidence: 'tasktower.openEvidence',
  start: 'tasktower.startNow',
  retry: 'tasktower.retryTask',
  edit: 'tasktower.editTask',
  cancel: 'tasktower.cancelTask',
};

function act(action: KeyAction, dashboard: Dashboard): void {
  const command = RUNS[action];
  const why = command === undefined ? undefined : dashboard.whyNot(command);
  if (why !== undefined) return dashboard.say(why);
  const { rows, current, setCurrent, selection, select, store, update, openDialog, run } = dashboard;
  const ids = targetsOf(dashboard);
  const move = (key: 'j' | 'k'): void => {
    const next = stepFrom(rows, current, key);
    setCurrent(next);
    focusTask(next);
  };
  switch (action) {
    case 'next':
      return move('j');
    case 'previous':
      return move('k');
    case 'open':
      return void (current !== undefined && run('tasktower.showDetails', [current]));
    case 'select':
      if (current === undefined) return;
      return select(selection.has(current) ? [...selection].filter((id) => id !== current) : [...selection, current]);
    case 'selectAll':
      return void dashboard.selectAll();
    case 'create':
      return update({ isCreating: true, view: 'tasks' });
    case 'search':
      return document.getElementById('search')?.focus();
    case 'logs':
      return void (current !== undefined && run('tasktower.openLogs', [current]));
    case 'evidence':
      return void (current !== undefined && run('tasktower.openEvidence', [current]));
    case 'start':
      return void (ids.length > 0 && run('tasktower.startNow', ids));
    case 'retry':
      return void (ids.length > 0 && run('tasktower.retryTask', ids));
    case 'edit':
      return void (current !== undefined && run('tasktower.editTask', [current]));
    case 'cancel':
      if (openOf(dashboard, ids).length > 0) return openDialog('cancel');
      return void (ids.length > 0 && run('tasktower.deleteTask', ids));
    case 'keys':
      return openDialog('keys');
    case 'clear':
      if (dashboard.state.isCreating) return update({ isCreating: false });
      if (selection.size > 0) return select([]);
      return update({ search: '' });
    default:
      return openTab(dashboard, Number(action.slice(3)) - 1, store);
  }
}

function focusTask(id: string | undefined): void {
  requestAnimationFrame(() => (document.getElementById(`task-${id}`) ?? document.getElementById('tasks'))?.focus());
}
