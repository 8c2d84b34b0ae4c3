import { stripVTControlCharacters } from 'node:util';
import { HumanError } from '../../base/errors';
import { cleanLine, shorten } from '../../domain/text';
import { AgentProcess, type Exit } from '../agentProcess';
import type { WorkContext } from '../driver';

/** How long a setup command may take, ms. */
const TERM = 30 * 60_000;
const MAX_WORDS = 2_000;

export interface Setup {
  command: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Told of the process while it runs. */
  onProcess: (process: AgentProcess | undefined) => void;
}

/**
 * Runs the setup command of a tree; its output becomes log lines.
 * @throws {HumanError} with its last line when it fails. @throws the reason of an abort, once nothing of it runs any more.
 */
export async function runSetup({ agent, graceMs, report, processes }: WorkContext, setup: Setup, termMs = TERM): Promise<void> {
  const { command, cwd, env, signal, onProcess } = setup;
  signal.throwIfAborted();
  let last = '';
  let isLate = false;
  const child = new AgentProcess({
    name: `The setup command of ${agent.name}`,
    command,
    cwd,
    env,
    // The other half of the time is for cleaning up.
    graceMs: graceMs / 2,
    onLine: (stream, text) => {
      report({ type: 'log', lines: [{ text, level: stream === 'stdout' ? 'info' : 'warn', at: Date.now() }] });
      const plain = cleanLine(stripVTControlCharacters(text));
      if (plain) last = plain;
    },
    onStarted: (ref) => processes.started(agent.id, ref),
    onEnded: (ref) => processes.ended(agent.id, ref),
  });
  const stop = (): void => {
    child.resume();
    void child.stop();
  };
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, termMs);
  signal.addEventListener('abort', stop, { once: true });
  onProcess(child);
  const exit = await child.done;
  onProcess(undefined);
  signal.removeEventListener('abort', stop);
  clearTimeout(timer);
  signal.throwIfAborted();
  const why = isLate ? `it did not end in ${termMs / 60_000} min` : whyFailed(exit);
  if (exit.notStarted !== undefined) throw new HumanError(exit.notStarted);
  if (why) throw new HumanError(`The setup command of the working tree failed: ${why}${last ? `: ${shorten(last, MAX_WORDS)}` : ''}`);
}

function whyFailed({ code, signal }: Exit): string | undefined {
  if (code === 0) return undefined;
  return code === null ? `ended by ${signal}` : `exit code ${code}`;
}
