import { JSONRPCClient, JSONRPCErrorException, JSONRPCServer, JSONRPCServerAndClient } from 'json-rpc-2.0';
import { WebSocket, type RawData } from 'ws';
import { AwakeTimer } from './awakeTimer';
import type { Disposable } from './disposables';
import { Emitter } from './emitter';
import { errorText, NoAnswer } from './errors';

/** An error of JSON-RPC 2.0, thrown by a handler or answered by the other end. */
export { JSONRPCErrorException as RpcFailure } from 'json-rpc-2.0';

/** Answers a request; what it throws becomes the error answered. Handlers start in the order of the frames. */
export type RpcHandler = (params: unknown) => unknown;

export interface JsonRpcOptions {
  handlers: Readonly<Record<string, RpcHandler>>;
  /** The close code for a frame that is not JSON-RPC 2.0. */
  badFrame: number;
  /** Says what an error of a handler means to the other end; without it, an internal error and its one-line text. */
  describe?: (error: unknown) => JSONRPCErrorException | undefined;
}

const INTERNAL_ERROR = -32603;
/** The code the library gives a request that lost its socket. */
const NO_ANSWER = 0;

/** The other end is gone when it has not read this much of what it was sent, bytes. */
const MAX_UNREAD = 64 * 1024 * 1024;

/** JSON-RPC 2.0 over an open WebSocket; both ends may ask. */
export class JsonRpcSocket implements Disposable {
  private readonly rpc: JSONRPCServerAndClient;
  private readonly closed = new Emitter<number>();
  /** Fires once, with the close code. */
  readonly onDidClose = this.closed.event;

  constructor(
    readonly socket: WebSocket,
    { handlers, badFrame, describe }: JsonRpcOptions,
  ) {
    const server = new JSONRPCServer({ errorListener: () => undefined });
    server.mapErrorToJSONRPCErrorResponse = (id, error: unknown) => {
      const known = error instanceof JSONRPCErrorException ? error : describe?.(error);
      return { jsonrpc: '2.0', id, error: known?.toObject() ?? { code: INTERNAL_ERROR, message: errorText(error) } };
    };
    for (const [method, handler] of Object.entries(handlers)) server.addMethod(method, handler);
    const client = new JSONRPCClient((payload) => this.send(payload));
    this.rpc = new JSONRPCServerAndClient(server, client, { errorListener: () => undefined });
    // What has looked at the frame already hands over what it parsed.
    socket.on('message', (data, isBinary, parsed?: unknown) => void this.receive(data, isBinary, parsed).catch(() => this.close(badFrame)));
    socket.on('close', (code) => {
      this.rpc.rejectAllPendingRequests('The connection closed.');
      this.closed.fire(code);
      this.closed.dispose();
    });
    // ws closes it then, and says why (1009: too large); ending it here would cut that off.
    socket.on('error', () => undefined);
  }

  /** Asks the other end. @throws {RpcFailure} its error. @throws {NoAnswer} after `timeoutMs`, or when the socket closes. */
  async request(method: string, params: unknown, timeoutMs?: number): Promise<unknown> {
    let timer: AwakeTimer | undefined;
    // Not the library's own timeout: it would ring before answers are read that came while this process stood still.
    const late = new Promise<never>((_, reject) => {
      if (timeoutMs !== undefined)
        timer = new AwakeTimer(timeoutMs, () => reject(new NoAnswer(`${method}: no answer came in ${timeoutMs / 1000} s.`)));
    });
    try {
      return await Promise.race([this.rpc.request(method, params, undefined) as Promise<unknown>, late]);
    } catch (error) {
      throw error instanceof JSONRPCErrorException && error.code === NO_ANSWER ? new NoAnswer(`${method}: ${error.message}`) : error;
    } finally {
      timer?.dispose();
    }
  }

  /** Tells the other end, without an answer; nothing when the socket is closed. */
  notify(method: string, params: unknown): void {
    if (this.socket.readyState === WebSocket.OPEN) this.rpc.notify(method, params, undefined);
  }

  /** Closes in order; the other end hears the code. */
  close(code = 1000, reason?: string): void {
    this.socket.close(code, reason);
  }

  /** Drops the connection at once. */
  dispose(): void {
    this.socket.terminate();
  }

  private send(payload: unknown): void {
    if (this.socket.readyState !== WebSocket.OPEN) throw new JSONRPCErrorException('The connection is closed.', NO_ANSWER);
    // Who asks and never reads would take all memory with the answers.
    if (this.socket.bufferedAmount > MAX_UNREAD) return this.dispose();
    this.socket.send(JSON.stringify(payload));
  }

  private async receive(data: RawData, isBinary: boolean, parsed: unknown): Promise<void> {
    // Who was closed is heard no more, whether the other end answers the close or not.
    if (this.socket.readyState !== WebSocket.OPEN) return;
    if (isBinary || !Buffer.isBuffer(data)) throw new Error('Not a text frame.');
    try {
      await this.rpc.receiveAndSend(parsed ?? JSON.parse(data.toString('utf8')), undefined, undefined);
    } catch (error) {
      // An answer that found the socket closed is no fault of the frame.
      if (this.socket.readyState === WebSocket.OPEN) throw error;
    }
  }
}
