/** What was answered meanwhile is not shown, so wait a little. ms */
export const WAIT = 5_000;
/** The least time between two toasts of a kind, ms. */
export const APART = 60_000;

/** Gathers what happens into few toasts: of a kind one at a time, and none for what is over before it would show. */
export class ToastQueue<Kind extends string> {
  private readonly waiting = new Map<Kind, Set<string>>();
  private readonly timers = new Map<Kind, NodeJS.Timeout>();
  private readonly shown = new Map<Kind, number>();

  /** @param show shows a toast about what is still so of `ids`; `later`: the one before is still in sight. */
  constructor(private readonly show: (kind: Kind, ids: readonly string[]) => 'shown' | 'nothing' | 'later') {}

  /** Something of a kind happened to what `id` names. */
  add(kind: Kind, id: string): void {
    this.waiting.set(kind, (this.waiting.get(kind) ?? new Set()).add(id));
    if (!this.timers.has(kind)) this.ringAfter(kind, Math.max(WAIT, (this.shown.get(kind) ?? -Infinity) + APART - Date.now()));
  }

  private ringAfter(kind: Kind, ms: number): void {
    this.timers.set(
      kind,
      setTimeout(() => this.ring(kind), ms),
    );
  }

  private ring(kind: Kind): void {
    this.timers.delete(kind);
    const outcome = this.show(kind, [...(this.waiting.get(kind) ?? [])]);
    if (outcome === 'later') return this.ringAfter(kind, WAIT);
    this.waiting.delete(kind);
    if (outcome === 'shown') this.shown.set(kind, Date.now());
  }

  dispose(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
  }
}
