/** Times at which something begins and ends, in pairs and in any order, ms. */
export class Spans {
  private readonly begins: number[] = [];
  private readonly ends: number[] = [];

  constructor(
    private readonly from: number,
    private readonly to: number,
  ) {}

  /** Adds a span, of which the part in the range counts. */
  add(begin: number, end: number): void {
    const [first, last] = [Math.max(begin, this.from), Math.min(end, this.to)];
    if (first >= last) return;
    this.begins.push(first);
    this.ends.push(last);
  }

  get isEmpty(): boolean {
    return this.begins.length === 0;
  }

  /** The times at which one more and one less is open, each in order. */
  edges(): [Float64Array, Float64Array] {
    return [new Float64Array(this.begins).sort(), new Float64Array(this.ends).sort()];
  }
}

/** What an agent did with its time. */
export interface AgentTime {
  /** Attempts, the times in which they waited for a person, and when the agent was there. */
  attempts: Spans;
  waits: Spans;
  presence: Spans;
}

/** No time yet, of a range. */
export function agentTime(from: number, to: number): AgentTime {
  return { attempts: new Spans(from, to), waits: new Spans(from, to), presence: new Spans(from, to) };
}

/** Splits the time, ms: something is worked on; all that is open waits for a person; there with nothing open. */
export function splitTime({ attempts, waits, presence }: AgentTime): { busyMs: number; waitingMs: number; idleMs: number } {
  const split = { busyMs: 0, waitingMs: 0, idleMs: 0 };
  const edges = [attempts, waits, presence].flatMap((spans) => spans.edges());
  const next = edges.map(() => 0);
  const heads = Float64Array.from(edges, (times) => times[0] ?? Infinity);
  // How many of each are open.
  const open: [number, number, number] = [0, 0, 0];
  for (let now = -Infinity; ;) {
    let which = 0;
    for (let other = 1; other < heads.length; other++) if ((heads[other] ?? Infinity) < (heads[which] ?? Infinity)) which = other;
    const at = heads[which] ?? Infinity;
    if (at === Infinity) return split;
    const [working, waiting, there] = open;
    if (working > waiting) split.busyMs += at - now;
    else if (waiting > 0) split.waitingMs += at - now;
    else if (there > 0) split.idleMs += at - now;
    now = at;
    open[which >> 1] = (open[which >> 1] ?? 0) + (which % 2 === 0 ? 1 : -1);
    const following = (next[which] ?? 0) + 1;
    next[which] = following;
    heads[which] = edges[which]?.[following] ?? Infinity;
  }
}
