import * as vscode from 'vscode';

/** The person went one step back. */
export const BACK = Symbol('back');

interface Step<T extends vscode.QuickPickItem> {
  title: string;
  step: number;
  total: number;
  items: readonly T[];
}

/** One choice of a dialog with several steps. @returns undefined when the person leaves it. */
export function chooseOne<T extends vscode.QuickPickItem>(
  step: Step<T>,
  take: (item: T) => unknown,
): Promise<true | typeof BACK | undefined> {
  return choose(step, false, ([item]) => {
    if (!item) return false;
    take(item);
    return true;
  });
}

/** Any number of choices; Enter with none takes none. */
export function chooseMany<T extends vscode.QuickPickItem>(
  step: Step<T>,
  take: (items: readonly T[]) => unknown,
): Promise<true | typeof BACK | undefined> {
  return choose(step, true, (items) => {
    take(items);
    return true;
  });
}

function choose<T extends vscode.QuickPickItem>(
  { title, step, total, items }: Step<T>,
  many: boolean,
  take: (items: readonly T[]) => boolean,
): Promise<true | typeof BACK | undefined> {
  const input = vscode.window.createQuickPick<T>();
  Object.assign(input, {
    title: vscode.l10n.t('New Task: {0}', title),
    step,
    totalSteps: total,
    ignoreFocusOut: true,
    canSelectMany: many,
    buttons: [vscode.QuickInputButtons.Back],
  });
  input.items = items;
  if (many) input.selectedItems = items.filter(({ picked }) => picked);
  input.matchOnDescription = true;
  return new Promise((resolve) => {
    input.onDidTriggerButton(() => {
      resolve(BACK);
      input.hide();
    });
    input.onDidAccept(() => {
      if (!take(many ? input.selectedItems : input.selectedItems.slice(0, 1))) return;
      resolve(true);
      input.hide();
    });
    input.onDidHide(() => {
      resolve(undefined);
      input.dispose();
    });
    input.show();
  });
}
