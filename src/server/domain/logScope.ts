import type { LogScope } from './logQuery';
import type { LogLine } from './query';
import { LogLevel } from './report';

/** True when a line is in a scope whose tasks are named by their ids. */
export function inScope({ taskIds, attempt, agents, level, only, from, to }: LogScope, line: LogLine): boolean {
  if (taskIds && !taskIds.includes(line.taskId)) return false;
  if (attempt !== undefined && line.attempt !== attempt) return false;
  if (agents && !agents.includes(line.agentId)) return false;
  if (only !== undefined && line.level !== only) return false;
  if (level !== undefined && LogLevel.options.indexOf(line.level) < LogLevel.options.indexOf(level)) return false;
  return (from === undefined || line.at >= from) && (to === undefined || line.at < to);
}
