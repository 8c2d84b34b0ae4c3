import { resolve } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { deferred } from '../../base/deferred';
import { HumanError } from '../../base/errors';
import type { FinalReport, LogLevel } from '../../domain/report';
import { shorten } from '../../domain/text';
import { commandOf } from '../drivers/process';
import type { WorkContext } from '../driver';
import { MAX_LINE } from '../../base/lineSplitter';
import { valuesOf } from '../prompt';
import type { Connection } from './connection';
import { failed } from './explain';
import { httpServer } from './httpServer';
import { stdioServer } from './stdioServer';
import { stepsOf, type Step } from './steps';
import { ToolCalls } from './toolCalls';

/** How long a server may take to answer at all, ms; one that is started may have to be downloaded first. */
const READY = { http: 30_000, stdio: 180_000 };
const LEVELS: Readonly<Record<string, LogLevel>> = { debug: 'debug', info: 'info', notice: 'info', warning: 'warn' };

/** Connects to the MCP server of an agent and makes the calls of an attempt. @returns how the attempt ends. */
export async function callTools(context: WorkContext, signal: AbortSignal, opened: (connection: Connection) => void): Promise<FinalReport> {
  if (signal.aborted) return { type: 'cancelled' };
  const { agent, assignment } = context;
  const cwd = resolve(agent.cwd, assignment.folder ?? '');
  const values = valuesOf(agent, assignment, cwd);
  const log = (text: string, level: LogLevel): void => {
    if (!signal.aborted) context.report({ type: 'log', lines: [{ text: shorten(text, MAX_LINE), level, at: Date.now() }] });
  };
  let connection: Connection;
  let steps: Step[];
  try {
    steps = stepsOf(agent, values);
    connection = agent.url ? httpServer(agent, agent.url) : stdioServer(context, commandOf(agent.command, values), cwd, log);
  } catch (error) {
    if (!(error instanceof HumanError)) throw error;
    return failed(agent.url && agent.tool ? 'auth_required' : 'spawn_failed', error.message);
  }
  opened(connection);
  const timeout = agent.url ? READY.http : READY.stdio;
  const info = { name: 'tasktower', title: 'Tasktower', version: '1.0.0' };
  // Some servers that are started end when the first message is not that of 2025; over HTTP each message stands alone.
  const client = new Client(info, { versionNegotiation: { mode: agent.url ? 'auto' : 'legacy' } });
  client.setNotificationHandler('notifications/message', ({ params: { level, data } }) => {
    log(typeof data === 'string' ? data : JSON.stringify(data), LEVELS[level] ?? 'error');
  });
  const calls = new ToolCalls(context, steps, client, signal);
  const stopped = deferred<never>();
  signal.addEventListener('abort', () => stopped.reject(new Error('stopped')));
  try {
    const work = async (): Promise<FinalReport> => {
      await client.connect(connection.transport, { timeout, signal });
      return calls.run(timeout);
    };
    return await Promise.race([work(), stopped.promise]);
  } catch (error) {
    return signal.aborted ? { type: 'cancelled' } : await connection.explain(error, calls.during);
  } finally {
    await connection.close();
    await client.close().catch(() => undefined);
  }
}
