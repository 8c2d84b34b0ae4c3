import type { AnalyticsFilter } from '../server/domain/analytics';
import type { LogScope } from '../server/domain/logQuery';
import type { Fields } from '../server/domain/task';

/** What passes between the extension and its panels beside the board, as JSON-RPC 2.0 notifications. Types only. */

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

/** What every page is told: what it kept when it was open last, in any session, and how the person wants it. */
export interface Shown<Kept> {
  kept?: Kept;
  /** False: keys without Ctrl or Alt do nothing but move. */
  singleKeys: boolean;
}

/** What every page may ask for. */
export interface FromAnyPanel<Kept> {
  'panel/ready': Record<string, never>;
  /** Remember this over sessions. */
  'panel/keep': { kept: Kept };
  'panel/open': OpenElsewhere;
  /** Carry out a command of the editor, on tasks or an agent. */
  'panel/run': RunCommand;
}

/** A command of the extension, as package.json names it, and what it is about. */
export interface RunCommand {
  command: string;
  taskIds?: string[];
  agentId?: string;
  evidenceId?: string;
}

/** What the Dashboard keeps. */
export interface KeptDashboard {
  /** Words and tokens such as `status:failed agent:codex`. */
  search: string;
  sort: string;
  layout: 'cards' | 'table';
}

export interface ToDashboard {
  'panel/show': Shown<KeptDashboard> & {
    /** Who works here, and in what role. */
    you: { name: string; role?: string };
    /** What every new task must prove unless its creator says otherwise. */
    requires: string[];
    /** Fields that agents want to know, by agent id. */
    fields?: Record<string, Fields>;
    /** A filter to begin with, in place of the kept one. */
    search?: string;
    /** The form for a new task is wanted. */
    create?: boolean;
  };
  'panel/stale': { since: number | null };
}
export type FromDashboard = FromAnyPanel<KeptDashboard>;

/** What the Logs panel keeps. */
export interface KeptLogs {
  scope: LogScope;
  wrap: boolean;
}

export interface ToLogs {
  'panel/show': Shown<KeptLogs> & {
    /** What to show in place of the kept scope. */
    scope?: LogScope;
  };
  'panel/stale': { since: number | null };
}
export interface FromLogs extends FromAnyPanel<KeptLogs> {
  'panel/copy': { text: string };
  /** A line as a document of its own. */
  'panel/line': { text: string; title: string };
}

/** What the Analytics panel keeps: its range as days back, so that it moves on. */
export interface KeptAnalytics {
  days: number | 'all' | { from: number; to: number };
  filter: Pick<AnalyticsFilter, 'group' | 'agents' | 'kinds' | 'folder'>;
  /** Charts shown as tables. */
  tables: string[];
}

export interface ToAnalytics {
  'panel/show': Shown<KeptAnalytics>;
  'panel/stale': { since: number | null };
}
export interface FromAnalytics extends FromAnyPanel<KeptAnalytics> {
  /** Write a chart or its figures where the person says; `base64` for pictures. */
  'panel/save': { name: string; text?: string; base64?: string };
  /** Show these tasks in the Dashboard. */
  'panel/tasks': { search: string };
}
