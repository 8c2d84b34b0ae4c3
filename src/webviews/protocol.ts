import type { AnalyticsFilter } from '../server/domain/analytics';
import type { You } from '../server/domain/commandRole';
import type { LogFormat, LogMatch, LogScope } from '../server/domain/logQuery';
import type { LogLine } from '../server/domain/query';

/** What passes between the extension and its panels beside the board, as JSON-RPC 2.0 notifications. Types only. */

/** How two pictures are compared on the stage. */
export type Mode = 'side' | 'slider' | 'onion' | 'blink' | 'diff';

export interface ShowEvidence {
  taskId: string;
  /** The piece to open; without it the panel keeps its place, or opens the first one that waits for a verdict. */
  evidenceId?: string;
  attempt?: number;
  /** When this place was asked for, ms: what was shown once is not gone to again. */
  asked?: number;
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

/** What every page is told beside what it shows. */
export interface ToAnyPanel {
  /** The tower cannot be reached since then, ms; null = it can again. */
  'panel/stale': { since: number | null };
  /** Who works here, and in what role. */
  'panel/you': You;
}

/** From the extension to the panel. */
export interface ToEvidence extends ToAnyPanel {
  'panel/show': ShowEvidence;
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
  'panel/run': RunCommand;
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
  /** The kind of activity that is shown; '' = all. */
  activity?: string;
}

export interface ToDashboard extends ToAnyPanel {
  'panel/show': Shown<KeptDashboard> & {
    /** What every new task must prove unless its creator says otherwise. */
    requires: string[];
    /** A filter to begin with, in place of the kept one. */
    search?: string;
    /** The form for a new task is wanted. */
    create?: boolean;
    /** When these two were asked for, ms: what was carried out once is not again. */
    asked?: number;
  };
}
export type FromDashboard = FromAnyPanel<KeptDashboard>;

/** A column of the Logs panel that can be hidden. */
export type LogColumn = 'time' | 'level' | 'agent' | 'task';

/** What the Logs panel keeps. */
export interface KeptLogs {
  scope: LogScope;
  /** Lines of so many ms back alone, in place of `scope.from`. */
  last?: number;
  wrap: boolean;
  hidden: LogColumn[];
}

/** A line as a page gets it: of a very long one only the beginning. */
export interface CutLine extends LogLine {
  /** The size of the whole text, bytes, where `text` is not all of it. */
  bytes?: number;
}

/** What the context menu of a line asks of the page. */
export type LogAction = 'copy' | 'copyJson' | 'copyColumns' | 'filterAgent' | 'onlyLevel' | 'openLine' | `column.${LogColumn}`;

export interface ToLogs extends ToAnyPanel {
  'panel/show': Shown<KeptLogs> & {
    /** What to show in place of the kept scope, and the number of that wish: a reload is none. */
    scope?: LogScope;
    asked: number;
  };
  /** Lines that came faster than a page can take, by agent id; they came before those that follow. */
  'panel/dropped': { lines: Record<string, number>; perSecond: number };
  'panel/act': { action: LogAction; key: string };
  /** How far an export is; null = none goes on. */
  'panel/exporting': { bytes: number } | null;
}
export interface FromLogs extends FromAnyPanel<KeptLogs> {
  'panel/copy': { text: string };
  /** A line as a document of its own: the stored one at `place`, else `text`. */
  'panel/line': { taskId: string; place?: string; text: string; title: string };
  'panel/export': { scope: LogScope; match?: LogMatch; format: LogFormat };
  'panel/stopExport': Record<string, never>;
}

/** What the Analytics panel keeps: its range as days back, so that it moves on. */
export interface KeptAnalytics {
  days: number | 'all' | { from: number; to: number };
  filter: Pick<AnalyticsFilter, 'group' | 'agents' | 'kinds' | 'folder'>;
  /** Charts shown as tables. */
  tables: string[];
  /** The view chosen of a chart that has several, by chart. */
  views: Record<string, string>;
}

export interface ToAnalytics extends ToAnyPanel {
  'panel/show': Shown<KeptAnalytics>;
}
export interface FromAnalytics extends FromAnyPanel<KeptAnalytics> {
  /** Write a chart or its figures where the person says; `base64` for pictures. */
  'panel/save': { name: string; text?: string; base64?: string };
  /** Show these tasks in the Dashboard. */
  'panel/tasks': { search: string };
}
