import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import type { LogLevel } from '../../domain/report';
import { AgentProcess, type Exit } from '../agentProcess';
import { childEnv } from '../childEnv';
import type { WorkContext } from '../driver';
import type { Connection } from './connection';
import { explainError, failed } from './explain';
import { StdioTransport } from './stdioTransport';

/** From SIGTERM to SIGKILL at the longest, ms: there is nothing in a tool server to save. */
const GRACE = 1_000;
/** How long an end of the output may come before the end of the process, ms. */
const EXIT_DELAY = 1_000;

/** Starts an MCP server that talks on its standard streams. What else it prints is its log. */
export function stdioServer(
  { agent, graceMs, processes }: Pick<WorkContext, 'agent' | 'graceMs' | 'processes'>,
  command: readonly string[],
  cwd: string,
  log: (text: string, level: LogLevel) => void,
): Connection {
  let lastWords = '';
  let stopped = false;
  const transport = new StdioTransport((line) => log(line, 'debug'));
  const child = new AgentProcess({
    name: agent.name,
    command,
    cwd,
    env: childEnv(process.env, agent.env),
    graceMs: Math.min(graceMs, GRACE),
    stdout: transport.stdout,
    onLine: (_, line) => {
      log(line, 'info');
      const plain = stripVTControlCharacters(line).trim();
      if (plain) lastWords = plain;
    },
    onStarted: (ref) => processes.started(agent.id, ref),
    onEnded: (ref) => processes.ended(agent.id, ref),
  });
  transport.attach(child);
  const server = `The MCP server of ${agent.name}`;
  return {
    transport,
    explain: async (error, during) => {
      if (transport.spoiled !== undefined) return failed('protocol_error', `${server} does not speak MCP: ${transport.spoiled}.`);
      const exit = stopped ? undefined : await Promise.race([child.done, wait(EXIT_DELAY, undefined, { ref: false })]);
      if (!exit) return explainError(error, server);
      if (exit.notStarted !== undefined) return failed('spawn_failed', exit.notStarted);
      const end = `${server} ended ${during ?? 'before it was ready'} (${wayOf(exit)})`;
      return failed(during === undefined ? 'spawn_failed' : 'agent_error', lastWords ? `${end}: ${lastWords}` : `${end}.`);
    },
    close: async () => {
      stopped = true;
      await child.stop();
      await child.done;
    },
    pause: () => child.pause(),
    resume: () => child.resume(),
  };
}

function wayOf({ code, signal }: Exit): string {
  return code === null ? `by ${signal}` : `exit code ${code}`;
}
