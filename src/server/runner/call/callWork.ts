import type { IncomingMessage } from 'node:http';
import { AwakeTimer } from '../../base/awakeTimer';
import { deferred, type Deferred } from '../../base/deferred';
import { LineSplitter } from '../../base/lineSplitter';
import type { AgentReport, FinalReport, LogLevel } from '../../domain/report';
import { errorText } from '../../base/errors';
import { shorten } from '../../domain/text';
import type { Work, WorkContext } from '../driver';
import { ServiceClient } from './serviceCall';
import { ServiceFailure } from './serviceFailure';

/** How long a call may take that nobody limited, ms. */
const LONGEST = 15 * 60_000;
const MAX_RESULT = 60_000;

/** What a driver that asks a service works with. */
export interface Job {
  client: ServiceClient;
  signal: AbortSignal;
  log(text: string, level?: LogLevel): void;
  /** Text that comes in pieces, logged line by line. */
  stream(level?: LogLevel): { push(text: string): void; end(): void };
  /** The bytes of an answer as they come; none are read while the tower does not keep up. */
  pieces(response: IncomingMessage): AsyncIterable<Buffer>;
  /** What a person says meanwhile, oldest first. */
  readonly messages: string[];
}

export interface CallWorkOptions {
  /** Said in the log when the call is given up. */
  onCancel?: string;
  readsMessages?: boolean;
  /** ms; shorter in tests. */
  longest?: number;
}

/** Runs a job that asks a service, as the work of an attempt: its text becomes the result. */
export function callWork(context: WorkContext, job: (job: Job) => Promise<string>, options: CallWorkOptions = {}): Work {
  const { agent, assignment } = context;
  const client = new ServiceClient(agent);
  const report = (report: AgentReport): void => context.report(client.withoutKey(report));
  const abort = new AbortController();
  const messages: string[] = [];
  let paused: Deferred<void> | undefined;
  const resume = (): void => {
    paused?.resolve();
    paused = undefined;
  };
  abort.signal.addEventListener('abort', resume);
  let endedAs: FinalReport | undefined;
  const log = (text: string, level: LogLevel = 'info'): void => {
    if (text !== '') report({ type: 'log', lines: [{ text: shorten(text, 16_000), level, at: Date.now() }] });
  };
  const longest = assignment.limits.timeMs ?? options.longest ?? LONGEST;
  const timer = new AwakeTimer(longest, () => {
    endedAs ??= {
      type: 'error',
      kind: 'timeout',
      message: `${agent.name} gave no answer in ${Math.round(longest / 1000)}s and was given up.`,
    };
    abort.abort();
  });
  const parts: Job = {
    client,
    signal: abort.signal,
    log,
    messages,
    stream: (level = 'info') => {
      const splitter = new LineSplitter((line) => log(line, level));
      return { push: (text) => splitter.push(Buffer.from(text)), end: () => splitter.end() };
    },
    pieces: async function* (response) {
      for await (const piece of response) {
        await paused?.promise;
        yield piece as Buffer;
      }
    },
  };
  void job(parts)
    .then((text): FinalReport => endedAs ?? { type: 'result', result: shorten(text, MAX_RESULT) })
    .catch((error: unknown): FinalReport => endedAs ?? failureOf(error))
    .then((final) => {
      timer.dispose();
      if (final.type === 'cancelled' && options.onCancel) log(options.onCancel, 'warn');
      report(final);
    });
  return {
    end: (as) => {
      endedAs ??= as;
      abort.abort();
    },
    ...(options.readsMessages ? { message: (text: string) => void messages.push(text) } : {}),
    pause: () => {
      if (!abort.signal.aborted) paused ??= deferred();
    },
    resume,
  };
}

/** The work of a driver whose service tells nothing until it answers. @param goesOn what the service may do after a cancel. */
export function blockingCall(context: WorkContext, ask: (context: WorkContext, job: Job) => Promise<string>, goesOn: string): Work {
  const { name } = context.agent;
  return callWork(
    context,
    (job) => {
      context.report({ type: 'progress', progress: null, step: `waiting for ${name}` });
      return ask(context, job);
    },
    { onCancel: `${name} was left; the service itself may go on ${goesOn}.` },
  );
}

function failureOf(error: unknown): FinalReport {
  if (error instanceof ServiceFailure) return error.report;
  return { type: 'error', kind: 'agent_error', message: errorText(error) };
}
