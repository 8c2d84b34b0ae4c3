import { once } from 'node:events';
import { WebSocket } from 'ws';
import { AwakeTimer } from '../base/awakeTimer';
import { Emitter } from '../base/emitter';
import { errorText } from '../base/errors';
import { JsonRpcSocket, RpcFailure } from '../base/jsonRpcSocket';
import type { RefusalCode } from '../domain/refusal';
import { Refusal, TowerStopped } from '../domain/refusal';
import type { BoardNotices } from '../protocol/board';
import { Close, RpcError, SILENCE_MS } from '../protocol/version';
import type { BoardChannel, BoardNotice, CloseReason } from './boardChannel';
import { phraseOf } from '../domain/phrase';

const NOTICES: Record<keyof BoardNotices, true> = {
  'board/snapshot': true,
  'board/records': true,
  'board/live': true,
  'board/logs': true,
  'board/output': true,
};

/** Nothing of ours listens at an address: refused, silent for 10 s, or another program's. */
export class NoTower extends Error {
  override readonly name = 'NoTower';
}

/** A tower answers that this is not the moment. */
export class TowerBusy extends Error {
  override readonly name = 'TowerBusy';
}

/** HTTP answers of a tower that is there: too many new sockets, or stopping. */
const BUSY = new Set([429, 503]);

/** Opens the `/board` of the tower at `url`. @throws {NoTower} @throws {TowerBusy} */
export async function dialBoard(url: string, token: string): Promise<BoardChannel> {
  const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/board`, {
    headers: { authorization: `Bearer ${token}` },
    handshakeTimeout: SILENCE_MS,
    // The whole board comes as one message.
    maxPayload: 0,
    perMessageDeflate: false,
  });
  const channel = new SocketChannel(socket);
  let status: number | undefined;
  socket.once('unexpected-response', (request, response) => {
    status = response.statusCode;
    request.destroy();
    socket.emit('error', new Error(`it answered ${status}`));
  });
  try {
    await once(socket, 'open');
    return channel;
  } catch (error) {
    channel.dispose();
    if (status !== undefined && BUSY.has(status)) throw new TowerBusy(`The tower at ${url} is busy.`, { cause: error });
    throw new NoTower(`No tower at ${url}: ${errorText(error)}`, { cause: error });
  }
}

/** The board of a tower over a WebSocket; one that says nothing for 10 s, not even a ping, counts as closed. */
class SocketChannel implements BoardChannel {
  private readonly notified = new Emitter<BoardNotice>();
  private readonly closed = new Emitter<CloseReason>();
  readonly onDidNotify = this.notified.event;
  readonly onDidClose = this.closed.event;
  private readonly rpc: JsonRpcSocket;

  constructor(private readonly socket: WebSocket) {
    const tell = (method: string) => [method, (params: unknown) => this.notified.fire({ method, params } as BoardNotice)] as const;
    this.rpc = new JsonRpcSocket(socket, { badFrame: Close.badFrame, handlers: Object.fromEntries(Object.keys(NOTICES).map(tell)) });
    let reason: CloseReason = 'closed';
    const silence = new AwakeTimer(SILENCE_MS, () => {
      reason = 'silent';
      socket.terminate();
    });
    const heard = (): void => silence.restart();
    socket.on('open', heard).on('ping', heard).on('message', heard);
    this.rpc.onDidClose(() => {
      silence.dispose();
      this.closed.fire(reason);
    });
  }

  async request(method: string, params: unknown): Promise<unknown> {
    try {
      return await this.rpc.request(method, params);
    } catch (error) {
      throw error instanceof RpcFailure ? refusalOf(error) : error;
    }
  }

  dispose(): void {
    this.socket.terminate();
  }
}

/** What the tower refused, in the words of its rules. */
function refusalOf({ code, message, data }: RpcFailure): Error {
  const facts = typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : undefined;
  if (facts?.stopped === true) return new TowerStopped();
  const name = Object.entries(RpcError).find(([, value]) => value === code)?.[0];
  return name === undefined
    ? new Error(message)
    : new Refusal(name === 'gap' ? 'conflict' : (name as RefusalCode), phraseOf(facts) ?? message, facts);
}
