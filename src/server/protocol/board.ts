import * as z from 'zod';
import type { BoardData } from '../domain/board';
import { Command } from '../domain/command';
import type { TowerRecord } from '../domain/event';
import type { Live, LiveChange } from '../domain/live';
import { LogScope } from '../domain/logQuery';
import { LogFilter, Query, type AgentOutput, type LogLine } from '../domain/query';

/** The `/board` socket, for viewers: JSON-RPC 2.0. */

export const BoardHelloParams = z.object({
  protocol: z.int(),
  role: z.enum(['window', 'panel', 'viewer']).default('viewer'),
  /** The last record the viewer has; it gets what is missing, or a snapshot when that is too much. */
  seq: z.int().nonnegative().default(0),
});
export const CommandParams = z.object({ id: z.string().min(1).max(200), command: Command });
export const QueryParams = z.object({ query: Query });
/** `scope`: as the Logs panel filters, its tasks named by their ids; both together when both are there. */
export const SubscribeLogsParams = z.object({ filter: LogFilter.default(() => LogFilter.parse({})), scope: LogScope.default({}) });

/** The overlay as plain data. */
export interface LiveData {
  tasks: Record<string, Live['tasks'] extends ReadonlyMap<string, infer T> ? T : never>;
  agents: Record<string, Live['agents'] extends ReadonlyMap<string, infer T> ? T : never>;
  trouble?: string | undefined;
}

/** What the tower tells viewers, as notifications. */
export interface BoardNotices {
  'board/snapshot': { board: BoardData; live: LiveData };
  'board/records': { records: TowerRecord[] };
  /** At most 10 a second; the latest of each wins. */
  'board/live': LiveChange;
  'board/logs': { lines: LogLine[] };
  /** What the agents that Tasktower starts print; to windows alone. */
  'board/output': AgentOutput;
}
