import type * as vscode from 'vscode';

/** Events of this long become one refresh, ms. */
const COALESCE = 200;
const MINUTE = 60_000;

/** Says when rows should be looked at again: soon after a change, and at each full minute while the view can be seen. */
export class Churn implements vscode.Disposable {
  private soon: NodeJS.Timeout | undefined;
  private minute: NodeJS.Timeout | undefined;

  constructor(private readonly refresh: () => void) {}

  /** Something changed. */
  touch(): void {
    this.soon ??= setTimeout(() => {
      this.soon = undefined;
      this.refresh();
    }, COALESCE);
  }

  /** Rows carry times in minutes, which pass only where someone looks. */
  watch(view: vscode.TreeView<unknown>): vscode.Disposable {
    const set = (visible: boolean): void => {
      clearTimeout(this.minute);
      if (!visible) return;
      this.minute = setTimeout(
        () => {
          this.refresh();
          set(true);
        },
        MINUTE - (Date.now() % MINUTE),
      );
    };
    set(view.visible);
    return view.onDidChangeVisibility(({ visible }) => {
      if (visible) this.refresh();
      set(visible);
    });
  }

  dispose(): void {
    clearTimeout(this.soon);
    clearTimeout(this.minute);
  }
}
