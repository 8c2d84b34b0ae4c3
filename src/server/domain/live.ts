/** What goes on now in an attempt. Never an event, never read by rules; the latest wins. */
export interface LiveTask {
  attempt: number;
  /** 0..1, or null while it is not known. */
  progress: number | null;
  step?: string;
  /** How many reports of progress came without a number. */
  steps: number;
  lastLine?: string;
}

/** An agent's presence; absent from the overlay = offline. `pull`: it asks for work over HTTP, and is never sent any. */
export interface LiveAgent {
  presence: 'online' | 'pull' | 'starting' | 'stopping';
  since: number;
}

/** True while an agent can be given work: neither away, nor coming, nor going. */
export function isThere(agent: LiveAgent | undefined): boolean {
  return agent?.presence === 'online' || agent?.presence === 'pull';
}

/** The live overlay of the board. */
export interface Live {
  tasks: ReadonlyMap<string, LiveTask>;
  agents: ReadonlyMap<string, LiveAgent>;
  /** Why nothing new starts though the queue is open, for people: the disk is full. */
  readonly trouble?: string | undefined;
}

/** What changed in the overlay since the frame before; null = gone. */
export interface LiveChange {
  tasks?: Record<string, LiveTask | null>;
  agents?: Record<string, LiveAgent | null>;
  trouble?: string | null;
}
