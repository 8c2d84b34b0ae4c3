import { resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import type { FinalReport } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import type { AssignParams, RunnerAgent } from '../../protocol/agent';
import { AgentProcess, type Exit } from '../agentProcess';
import { childEnv } from '../childEnv';
import type { Driver } from '../driver';
import { readOutput } from '../outputLine';
import { fillIn, promptOf, valuesOf, type PromptValues } from '../prompt';
import { TextTail } from '../textTail';

/** The longest message of an error, characters. */
const MAX_MESSAGE = 4_000;

/** Runs one process an attempt: its output is the log, its last lines are the result, exit code 0 means done. */
export const runProcess: Driver = ({ agent, assignment, graceMs, report, processes }) => {
  const cwd = resolve(agent.cwd, assignment.folder ?? '');
  const prompt = promptOf(agent, assignment);
  const result = new TextTail();
  let lastError = '';
  let endedAs: FinalReport | undefined;
  const onLine = (stream: 'stdout' | 'stderr', line: string): void => {
    const { log, progress } = readOutput(line, stream === 'stdout' ? 'info' : 'warn');
    if (progress) report({ type: 'progress', ...progress });
    if (!log) return;
    report({ type: 'log', lines: [{ ...log, at: Date.now() }] });
    const plain = stripVTControlCharacters(log.text);
    if (stream === 'stdout') result.add(plain);
    else if (plain.trim()) lastError = plain;
  };
  const child = new AgentProcess({
    name: agent.name,
    command: commandOf(agent.command, valuesOf(agent, assignment, cwd)),
    cwd,
    env: childEnv(process.env, agent.env, attemptEnv(assignment)),
    graceMs,
    ...(agent.promptOn === 'stdin' ? { stdin: prompt } : {}),
    onLine,
    onStarted: (ref) => processes.started(agent.id, ref),
    onEnded: (ref) => processes.ended(agent.id, ref),
  });
  void child.done.then((exit) => {
    const said = exit.killedChildren === undefined ? undefined : notStopped(agent.name, graceMs, exit.killedChildren);
    if (said) report({ type: 'log', lines: [{ text: said, level: 'warn', at: Date.now() }] });
    report(endedAs ?? outcomeOf(exit, result.text(), lastError));
  });
  return {
    end: (as) => {
      if (endedAs) return;
      endedAs = as;
      void child.stop();
    },
    pause: () => child.pause(),
    resume: () => child.resume(),
  };
};

/** The command with the values of the task in its arguments; the program itself stays as it is. */
export function commandOf(command: readonly string[], values: PromptValues): string[] {
  const [program, ...args] = command;
  return program === undefined ? [] : [program, ...args.map((arg) => fillIn(arg, values))];
}

export function attemptEnv({ url, token, taskId, attempt }: AssignParams): Record<string, string> {
  return { TASKTOWER_URL: url, TASKTOWER_TOKEN: token, TASKTOWER_TASK_ID: taskId, TASKTOWER_ATTEMPT: String(attempt) };
}

function outcomeOf({ code, signal, notStarted }: Exit, result: string, lastError: string): FinalReport {
  if (notStarted !== undefined) return { type: 'error', kind: 'spawn_failed', message: notStarted };
  if (code === 0) return { type: 'result', result };
  const how = code === null ? `ended by ${signal}` : `exit code ${code}`;
  const why = shorten(cleanLine(lastError), MAX_MESSAGE);
  return { type: 'error', kind: 'agent_error', message: why ? `${how}: ${why}` : how };
}

export function notStopped(name: RunnerAgent['name'], graceMs: number, children: number): string {
  const family = children === 0 ? '' : `, with its ${children} child process${children === 1 ? '' : 'es'}`;
  return `${name} did not stop in ${graceMs / 1000}s and was ended${family}.`;
}
