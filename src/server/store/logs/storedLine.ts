import type { PlacedLine, LogScope } from '../../domain/logQuery';
import { LogLevel } from '../../domain/report';
import { LAST_TIME, logLineOf } from '../logSegment';
import { placeText } from './place';

/** A line of a segment as it is stored, with what its beginning says. */
export interface Head {
  at: number;
  attempt: number;
  agentId: string;
  level: LogLevel;
  /** Where the text begins in the stored line, still escaped. */
  text: number;
}

const HEAD = /^\{"at":(\d{1,16}),"a":(\d{1,9}),"g":"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-f]{4}))*)","l":"([a-z]+)","t":"/i;

/** What stands before the text of a stored line, without reading all of it; undefined when it is none. */
export function headOf(line: string): Head | undefined {
  const [whole, at, attempt, agent, level] = HEAD.exec(line) ?? [];
  if (whole === undefined || agent === undefined) return undefined;
  const known = LogLevel.options.find((one) => one === level);
  if (!known || Number(at) > LAST_TIME) return undefined;
  const agentId = agent.includes('\\') ? (JSON.parse(`"${agent}"`) as string) : agent;
  return { at: Number(at), attempt: Number(attempt), agentId, level: known, text: whole.length };
}

/** A scope as a test of the beginning of a line. */
export function headTest({ attempt, agents, level, only, from, to }: LogScope): (head: Head) => boolean {
  const levels = only === undefined ? LogLevel.options.slice(level === undefined ? 0 : LogLevel.options.indexOf(level)) : [only];
  return (head) =>
    (attempt === undefined || head.attempt === attempt) &&
    (agents === undefined || agents.includes(head.agentId)) &&
    levels.includes(head.level) &&
    (from === undefined || head.at >= from) &&
    (to === undefined || head.at < to);
}

/** A stored line with its place, as views get it. */
export function placedLine(taskId: string, segment: number, offset: number, stored: string): PlacedLine | undefined {
  const line = logLineOf(taskId, stored);
  return line && { ...line, place: placeText({ at: line.at, taskId, segment, offset }) };
}
