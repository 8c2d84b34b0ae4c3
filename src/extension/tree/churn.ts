import type * as vscode from 'vscode';

/** A change is shown this soon, ms. */
const SOON = 20;
/** What changes all the time, as progress does, is one refresh in this long, ms: a change of state seldom falls into the silence after it. */
const COALESCE = 2_000;
/** VS Code draws a view once that was silent for 200 ms (its ExtHostTreeView), so one that speaks more often is not drawn at all. */
const SILENCE = 210;
/** A refresh may take this share of the time at most. */
const SHARE = 4;
/** However long a refresh took, as on a machine that stood still meanwhile, the next one is not later than that, ms. */
const LATEST = 2_000;
const MINUTE = 60_000;

/** Says when rows should be looked at again: soon after a change, and at each full minute while the view can be seen. */
export class Churn implements vscode.Disposable {
  private next: { timer: NodeJS.Timeout; due: number } | undefined;
  /** Until then VS Code is left alone, by `performance.now`. */
  private silentUntil = 0;
  /** Until then what is only live waits. */
  private coalescedUntil = 0;
  private minute: NodeJS.Timeout | undefined;

  /** `refresh` says whether it had something to tell. */
  constructor(private readonly refresh: () => boolean) {}

  /** Something changed: a state, or only what is live. */
  touch(what: 'state' | 'live'): void {
    const now = performance.now();
    const due = Math.max(now + SOON, this.silentUntil, what === 'live' ? this.coalescedUntil : 0);
    if (this.next && this.next.due <= due) return;
    clearTimeout(this.next?.timer);
    this.next = { due, timer: setTimeout(() => this.run(), due - now) };
  }

  private run(): void {
    clearTimeout(this.next?.timer);
    this.next = undefined;
    const from = performance.now();
    const told = this.refresh();
    const now = performance.now();
    if (told) this.coalescedUntil = now + COALESCE;
    this.silentUntil = now + Math.min(Math.max(told ? SILENCE : 0, SHARE * (now - from)), LATEST);
  }

  /** Rows carry times in minutes, which pass only where someone looks. */
  watch(view: vscode.TreeView<unknown>): vscode.Disposable {
    const set = (visible: boolean): void => {
      clearTimeout(this.minute);
      if (!visible) return;
      this.minute = setTimeout(
        () => {
          this.run();
          set(true);
        },
        MINUTE - (Date.now() % MINUTE),
      );
    };
    set(view.visible);
    return view.onDidChangeVisibility(({ visible }) => {
      if (visible) this.run();
      set(visible);
    });
  }

  dispose(): void {
    clearTimeout(this.next?.timer);
    clearTimeout(this.minute);
  }
}
