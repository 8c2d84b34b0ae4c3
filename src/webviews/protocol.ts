/** What passes between the extension and the Evidence panel beside the board, as JSON-RPC 2.0 notifications. Types only. */

/** How two pictures are compared on the stage. */
export type Mode = 'side' | 'slider' | 'onion' | 'blink' | 'diff';

export interface ShowEvidence {
  taskId: string;
  /** The piece to open; without it the panel keeps its place, or opens the first one that waits for a verdict. */
  evidenceId?: string;
  attempt?: number;
  /** A stored picture is at `${evidenceBase}/${sha256.slice(0, 2)}/${sha256}`. */
  evidenceBase: string;
  /** Its thumbnail, if there is one, at `${thumbBase}/${sha256}.png`. */
  thumbBase: string;
  /** The mode the person used last, in any panel. */
  mode?: Mode;
  /** False: keys without Ctrl or Alt do nothing but move. Default true. */
  singleKeys?: boolean;
}

/** What the panel asks to have opened elsewhere in the editor. `next`: the next thing that needs the person; `log`: Tasktower's own. */
export interface OpenElsewhere {
  what: 'logs' | 'details' | 'file' | 'patch' | 'bundle' | 'problems' | 'next' | 'log';
  taskId: string;
  attempt?: number;
  evidenceId?: string;
  /** A path that a finding names, and its line from 1. Without `file`, the evidence itself. */
  file?: string;
  line?: number;
}

/** From the extension to the panel. */
export interface ToEvidence {
  'panel/show': ShowEvidence;
  /** The tower cannot be reached since then, ms; null = it can again. */
  'panel/stale': { since: number | null };
}

/** From the panel to the extension. */
export interface FromEvidence {
  /** The page listens from now on: answer with `panel/show`. */
  'panel/ready': Record<string, never>;
  'panel/open': OpenElsewhere;
  /** A picture has no thumbnail yet. */
  'panel/thumb': { sha256: string };
  /** The person chose a mode. */
  'panel/mode': { mode: Mode };
}

/** What a panel keeps over a reload; the serializer reads the task from it. */
export interface KeptState {
  taskId?: string;
}
