import { errorText } from '../../base/errors';
import type { FinalReport } from '../../domain/report';
import type { Driver } from '../driver';
import type { Connection } from '../mcp/connection';

/** Calls one tool of an MCP server for each attempt, or several in order; their pictures and reports become evidence. */
export const runMcp: Driver = (context) => {
  const stop = new AbortController();
  let endedAs: FinalReport | undefined;
  let connection: Connection | undefined;
  let paused = false;
  const opened = (to: Connection): void => {
    connection = to;
    if (paused) to.pause();
  };
  const work = async (): Promise<FinalReport> => {
    // Few runners ever need the SDK.
    const { callTools } = await import('../mcp/callTools');
    return callTools(context, stop.signal, opened);
  };
  void work()
    .catch((error: unknown): FinalReport => ({ type: 'error', kind: 'agent_error', message: errorText(error) }))
    .then((final) => context.report(endedAs ?? final));
  return {
    end: (as) => {
      if (endedAs) return;
      endedAs = as;
      stop.abort();
    },
    pause: () => {
      paused = true;
      connection?.pause();
    },
    resume: () => {
      paused = false;
      connection?.resume();
    },
  };
};
