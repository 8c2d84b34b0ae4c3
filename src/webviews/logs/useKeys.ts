import { useEffect, useRef } from 'preact/hooks';
import { actionOf, type Action } from './keyMap';
import type { LineActions } from './lineActions';
import type { LogsModel } from './logsModel';

const TEXT = 'input, textarea, select';
/** They use Enter, Space and arrows themselves. */
const CONTROL = 'button, a, input, select, textarea, [role=menu], dialog';

interface Parts {
  model: LogsModel;
  actions: LineActions;
  openKeys: () => void;
}

/** Makes the keys of the panel work, wherever the focus is. */
export function useKeys(parts: Parts): void {
  const latest = useRef(parts);
  latest.current = parts;
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const { model } = latest.current;
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.defaultPrevented || target.closest('dialog')) return;
      const action = actionOf(event, model.singleKeys);
      const isText = target.matches(TEXT);
      if (!action || (isText && !(action === 'find' && event.ctrlKey))) return;
      if (target.closest(CONTROL) && /^(Enter| |Arrow.*)$/.test(event.key) && !event.ctrlKey) return;
      event.preventDefault();
      act(action, latest.current);
    };
    const copy = (event: ClipboardEvent): void => {
      const { actions } = latest.current;
      const target = event.target instanceof Element ? event.target : document.body;
      if (target.matches(TEXT) || !(getSelection()?.isCollapsed ?? true)) return;
      if (actions.copy('raw')) event.preventDefault();
    };
    addEventListener('keydown', down);
    document.addEventListener('copy', copy);
    return () => {
      removeEventListener('keydown', down);
      document.removeEventListener('copy', copy);
    };
  }, []);
}

function act(action: Action, { model, actions, openKeys }: Parts): void {
  switch (action) {
    case 'find':
      return focusFind();
    case 'next':
      return model.step(1);
    case 'previous':
      return model.step(-1);
    case 'follow':
      actions.select(undefined);
      return model.follow();
    case 'beginning':
      return model.toBeginning();
    case 'down':
      return actions.move(1, false);
    case 'up':
      return actions.move(-1, false);
    case 'extendDown':
      return actions.move(1, true);
    case 'extendUp':
      return actions.move(-1, true);
    case 'open':
      return actions.toggleSelected();
    case 'selectAll':
      return actions.selectAll();
    case 'copyColumns':
      if (!actions.copy('columns')) actions.copyTouched('columns');
      return;
    case 'evidence': {
      const taskId = actions.selection?.head.taskId ?? model.onlyTask;
      if (taskId !== undefined) model.tell('panel/run', { command: 'tasktower.openEvidence', taskIds: [taskId] });
      return;
    }
    case 'jump':
      return model.jumpUnfiltered();
    case 'escape':
      return back(model, actions);
    case 'help':
      return openKeys();
  }
}

function focusFind(): void {
  const find = document.querySelector<HTMLInputElement>('#find');
  find?.focus();
  find?.select();
}

/** Esc takes back one thing at a time. */
function back(model: LogsModel, actions: LineActions): void {
  if (model.message) return model.say(undefined);
  if (actions.selection) return actions.select(undefined);
  if (model.state.find.text !== '') return model.setFind({ text: '' });
  if (!model.isUnfiltered) model.clearFilter();
}
