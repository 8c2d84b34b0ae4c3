import { resolve } from 'node:path';
import { errorText } from '../../base/errors';
import type { FinalReport, LogLevel } from '../../domain/report';
import { shorten } from '../../domain/text';
import type { AssignParams, RunnerAgent } from '../../protocol/agent';
import { AgentProcess, type Exit } from '../agentProcess';
import { childEnv } from '../childEnv';
import type { Driver } from '../driver';
import { readers } from '../output/table';
import { fillIn, promptOf, valuesOf, type PromptValues } from '../prompt';

/** The longest result, characters: 256 KiB whatever they are. */
const MAX_RESULT = 80_000;

/** Runs one process an attempt: its output is the log, and says with the exit code how the work ended. */
export const runProcess: Driver = ({ agent, assignment, graceMs, report, handIn, processes }) => {
  const cwd = resolve(agent.cwd, assignment.folder ?? '');
  const prompt = promptOf(agent, assignment);
  const reader = readers[agent.output]();
  let endedAs: FinalReport | undefined;
  const log = (text: string, level: LogLevel): void => report({ type: 'log', lines: [{ text, level, at: Date.now() }] });
  const child = new AgentProcess({
    name: agent.name,
    command: commandOf(agent.command, valuesOf(agent, assignment, cwd)),
    cwd,
    env: childEnv(process.env, agent.env, attemptEnv(assignment)),
    graceMs,
    ...(agent.promptOn === 'stdin' ? { stdin: prompt } : {}),
    ...(reader.maxLine === undefined ? {} : { maxLine: reader.maxLine }),
    onLine: (stream, line) => {
      try {
        for (const said of reader.line(stream, line)) report(said);
      } catch (error) {
        end(unread(agent.name, error));
      }
    },
    onStarted: (ref) => processes.started(agent.id, ref),
    onEnded: (ref) => processes.ended(agent.id, ref),
  });
  const finish = async (exit: Exit): Promise<void> => {
    for (const said of reader.last?.() ?? []) report(said);
    if (exit.killedChildren !== undefined) log(notStopped(agent.name, graceMs, exit.killedChildren), 'warn');
    const { result = '', error, usage } = reader.end(exit);
    if (usage && Object.keys(usage).length > 0) report({ type: 'usage', usage });
    for (const { head, body } of endedAs ? [] : ((await reader.evidence?.(cwd)) ?? [])) {
      await handIn(head, body).catch((error: unknown) => log(errorText(error), 'warn'));
    }
    if (endedAs) return report(endedAs);
    if (exit.notStarted !== undefined) return report({ type: 'error', kind: 'spawn_failed', message: exit.notStarted });
    report(error ?? { type: 'result', result: shorten(result, MAX_RESULT) });
  };
  const end = (as: FinalReport): void => {
    if (endedAs) return;
    endedAs = as;
    void child.stop();
  };
  child.done.then(finish).catch((error: unknown) => report(endedAs ?? unread(agent.name, error)));
  return {
    end,
    pause: () => child.pause(),
    resume: () => child.resume(),
  };
};

/** The command with the values of the task in its arguments, none of which becomes an option by that; the program itself stays as it is. */
export function commandOf(command: readonly string[], values: PromptValues): string[] {
  const [program, ...args] = command;
  return program === undefined ? [] : [program, ...args.map((arg) => argumentOf(arg, values))];
}

function argumentOf(arg: string, values: PromptValues): string {
  const filled = fillIn(arg, values);
  return filled.startsWith('-') && !arg.startsWith('-') ? ` ${filled}` : filled;
}

export function attemptEnv({ url, token, taskId, attempt }: AssignParams): Record<string, string> {
  return { TASKTOWER_URL: url, TASKTOWER_TOKEN: token, TASKTOWER_TASK_ID: taskId, TASKTOWER_ATTEMPT: String(attempt) };
}

/** The end of an attempt whose agent says what the code here does not bear: a fault of ours ends nothing but the attempt. */
export function unread(name: RunnerAgent['name'], error: unknown): FinalReport {
  return { type: 'error', kind: 'agent_error', message: `What ${name} said could not be read: ${errorText(error)}. Retry the task.` };
}

export function notStopped(name: RunnerAgent['name'], graceMs: number, children: number): string {
  const family = children === 0 ? '' : `, with its ${children} child process${children === 1 ? '' : 'es'}`;
  return `${name} did not stop in ${graceMs / 1000}s and was ended${family}.`;
}
