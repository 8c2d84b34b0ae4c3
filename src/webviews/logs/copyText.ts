import { logClock } from '../../server/domain/format';
import { plainText } from './ansi';
import type { Line } from './line';
import { LEVELS } from './levels';

/** How a line names its agent and its task. */
export interface Names {
  agent: (agentId: string) => string;
  /** `#15` */
  task: (taskId: string) => string;
}

/** The texts of lines, without what would act where they are pasted. */
export function rawText(lines: readonly Line[]): string {
  return lines.map((line) => wholeOr(line)).join('\n');
}

/** The lines as they stand in the view. */
export function columnText(lines: readonly Line[], names: Names): string {
  return lines
    .map((line) => {
      const head = `${logClock(line.at)}  ${LEVELS[line.level].letter}  ${names.agent(line.agentId)}  ${names.task(line.taskId)}  `;
      return head + wholeOr(line).replace(/\n/g, `\n${' '.repeat(head.length)}`);
    })
    .join('\n');
}

/** The lines as JSON, one an object, several an array. */
export function jsonText(lines: readonly Line[], names: Names): string {
  const objects = lines.map(({ at, level, agentId, taskId, attempt, text, bytes }) => ({
    time: new Date(at).toISOString(),
    level,
    agent: names.agent(agentId),
    task: names.task(taskId),
    attempt,
    text,
    ...(bytes === undefined ? {} : { bytes, isCut: true }),
  }));
  return JSON.stringify(objects.length === 1 ? objects[0] : objects, null, 2);
}

function wholeOr({ text, bytes }: Line): string {
  return bytes === undefined ? plainText(text) : `${plainText(text)}…`;
}
