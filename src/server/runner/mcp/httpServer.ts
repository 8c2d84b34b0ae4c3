import { setTimeout as wait } from 'node:timers/promises';
import {
  isJSONRPCRequest,
  StreamableHTTPClientTransport,
  type JSONRPCMessage,
  type TransportSendOptions,
} from '@modelcontextprotocol/client';
import { deferred, type Deferred } from '../../base/deferred';
import { HumanError } from '../../base/errors';
import type { RunnerAgent } from '../../protocol/agent';
import { retryAtOf } from '../call/serviceFailure';
import { boundedAnswer } from './boundedAnswer';
import type { Connection } from './connection';
import { explainError, failed } from './explain';

/** How long the end of a session may take, ms. */
const FAREWELL = 1_000;

/** Streamable HTTP where a request whose stream has ended without an answer fails; the SDK would wait on. */
class HttpTransport extends StreamableHTTPClientTransport {
  override send(message: JSONRPCMessage | JSONRPCMessage[], options?: TransportSendOptions): Promise<void> {
    if (!isJSONRPCRequest(message)) return super.send(message, options);
    const { id } = message;
    const lost = { jsonrpc: '2.0' as const, id, error: { code: -32000, message: 'The MCP server went away before it answered.' } };
    const onRequestStreamEnd = (): void => {
      options?.onRequestStreamEnd?.();
      // One that was answered is not waited for any more.
      this.onmessage?.(lost);
    };
    return super.send(message, { ...options, onRequestStreamEnd });
  }
}

/** An MCP server that runs elsewhere, over Streamable HTTP. @throws {HumanError} when the key that it needs is missing. */
export function httpServer(agent: RunnerAgent, url: string): Connection {
  const key = keyOf(agent);
  let limit: Headers | undefined;
  let spoiled: string | undefined;
  let paused: Deferred<void> | undefined;
  const server = `The MCP server at ${new URL(url).host}`;
  const transport = new HttpTransport(new URL(url), {
    requestInit: key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
    fetch: async (...request) => {
      const response = await fetch(...request);
      if (response.status === 429) limit = response.headers;
      return boundedAnswer(
        response,
        async () => paused?.promise,
        ({ message }) => (spoiled = message),
      );
    },
    // A call that has lost its stream is lost: the server may have done it already.
    reconnectionOptions: { maxRetries: 0, initialReconnectionDelay: 1_000, maxReconnectionDelay: 1_000, reconnectionDelayGrowFactor: 1 },
  });
  return {
    transport,
    explain: (error) => {
      if (spoiled !== undefined) return Promise.resolve(failed('protocol_error', `${server} does not speak MCP: ${spoiled}.`));
      const report = explainError(error, server);
      const retryAt = report.kind === 'limit' && limit ? retryAtOf(limit, Date.now()) : undefined;
      const message = key ? report.message.replaceAll(key, '…') : report.message;
      return Promise.resolve({ ...report, message, ...(retryAt === undefined ? {} : { retryAt: new Date(retryAt).toISOString() }) });
    },
    close: async () => {
      await Promise.race([transport.terminateSession().catch(() => undefined), wait(FAREWELL, undefined, { ref: false })]);
      await transport.close();
    },
    pause: () => void (paused ??= deferred()),
    resume: () => {
      paused?.resolve();
      paused = undefined;
    },
  };
}

function keyOf({ name, keyFrom, env }: RunnerAgent): string | undefined {
  if (keyFrom === undefined) return undefined;
  const key = env[keyFrom] ?? process.env[keyFrom];
  if (!key) throw new HumanError(`${name} needs its key in ${keyFrom}. Run "Tasktower: Set API Key", or set that variable.`);
  return key;
}
