import type * as vscode from 'vscode';

/** A change of state is shown this soon, ms. */
const SOON = 50;
/** What changes all the time, as progress does, becomes one refresh in this long, ms. */
const COALESCE = 200;
/** A refresh may take this share of the time at most. */
const SHARE = 4;
const MINUTE = 60_000;

/** Says when rows should be looked at again: soon after a change, and at each full minute while the view can be seen. */
export class Churn implements vscode.Disposable {
  private next: { timer: NodeJS.Timeout; due: number } | undefined;
  /** How long the last refresh took, ms. */
  private took = 0;
  private minute: NodeJS.Timeout | undefined;

  constructor(private readonly refresh: () => void) {}

  /** Something changed: a state, or only what is live. */
  touch(what: 'state' | 'live'): void {
    const now = performance.now();
    const due = now + Math.max(what === 'state' ? SOON : COALESCE, SHARE * this.took);
    if (this.next && this.next.due <= due) return;
    clearTimeout(this.next?.timer);
    this.next = { due, timer: setTimeout(() => this.run(), due - now) };
  }

  private run(): void {
    this.next = undefined;
    const from = performance.now();
    this.refresh();
    this.took = performance.now() - from;
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
    clearTimeout(this.next?.timer);
    clearTimeout(this.minute);
  }
}
