import { readFileSync } from 'node:fs';
import { WebSocket } from 'ws';
import { AwakeTimer } from '../base/awakeTimer';
import type { Disposable } from '../base/disposables';
import { errorText, HumanError } from '../base/errors';
import { JsonRpcSocket, RpcFailure, type RpcHandler } from '../base/jsonRpcSocket';
import type { Log } from '../base/log';
import { Refusal } from '../domain/refusal';
import { Address } from '../protocol/address';
import { Close, MAX_FRAME, PROTOCOL, RpcError, SILENCE_MS } from '../protocol/version';

/** The pause before another try, ms: doubles from the first to the last. */
const FIRST_PAUSE = 100;
const LAST_PAUSE = 2_000;
const HANDSHAKE_TIMEOUT = 5_000;
/** How long the answer to a hello may take, ms. */
export const HELLO_TIMEOUT = 10_000;

/** Reads the address file of a tower. @throws {HumanError} when it is missing or not understood. */
export function readAddress(file: string): Address {
  try {
    return Address.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new HumanError(`No tower at ${file}: ${errorText(error)}. Open its folder in the editor.`);
  }
}

export interface TowerLinkOptions {
  /** Asked before each dial, so that a tower that moved is found. */
  address(): Address;
  handlers: Readonly<Record<string, RpcHandler>>;
  /** Says who this is; the link is up when it resolves. */
  hello(rpc: JsonRpcSocket): Promise<void>;
  onDown(): void;
  /** The tower wants no other connection from us: superseded, or another protocol version. */
  onRefused(code: number): void;
  log: Log;
}

/** A connection to the tower that is made again whenever it is lost. */
export class TowerLink implements Disposable {
  private rpc: JsonRpcSocket | undefined;
  private socket: WebSocket | undefined;
  private pause = FIRST_PAUSE;
  private timer: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(private readonly options: TowerLinkOptions) {
    this.dial();
  }

  /** Drops the connection, if any, and dials again. */
  redial(): void {
    this.pause = FIRST_PAUSE;
    this.socket?.terminate();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.timer);
    // In order, so that what was sent last arrives.
    if (this.rpc) this.rpc.close();
    else this.socket?.terminate();
  }

  private dial(): void {
    let address: Address;
    try {
      address = this.options.address();
    } catch (error) {
      this.options.log.debug(errorText(error));
      return this.dialLater();
    }
    const socket = new WebSocket(`${address.url.replace(/^http/, 'ws')}/agent`, {
      headers: { authorization: `Bearer ${address.token}` },
      handshakeTimeout: HANDSHAKE_TIMEOUT,
      maxPayload: MAX_FRAME,
      perMessageDeflate: false,
    });
    this.socket = socket;
    let refused = 0;
    socket.on('error', (error) => this.options.log.debug(`No connection to ${address.url}: ${errorText(error)}`));
    socket.on('open', () => void this.greet(socket, (code) => (refused = code)));
    socket.on('close', (code) => {
      this.rpc = undefined;
      if (this.disposed) return;
      this.options.onDown();
      const reason = refused || code;
      if (reason === Close.superseded || reason === Close.version) this.options.onRefused(reason);
      else this.dialLater();
    });
  }

  private async greet(socket: WebSocket, refuse: (code: number) => void): Promise<void> {
    const rpc = new JsonRpcSocket(socket, { handlers: this.options.handlers, badFrame: Close.badFrame, describe });
    this.rpc = rpc;
    this.watch(socket);
    try {
      await this.options.hello(rpc);
      this.pause = FIRST_PAUSE;
    } catch (error) {
      this.options.log.warn(`The tower did not take the hello: ${errorText(error)}`);
      if (error instanceof OtherProtocol) refuse(Close.version);
      socket.close();
    }
  }

  /** A tower that hangs keeps its sockets open; its pings stop. */
  private watch(socket: WebSocket): void {
    const silence = new AwakeTimer(SILENCE_MS, () => socket.terminate());
    const heard = (): void => silence.restart();
    socket.on('ping', heard).on('message', heard);
    socket.on('close', () => silence.dispose());
  }

  private dialLater(): void {
    if (this.disposed) return;
    this.timer = setTimeout(() => this.dial(), this.pause);
    this.pause = Math.min(this.pause * 2, LAST_PAUSE);
  }
}

class OtherProtocol extends Error {}

/** @throws when the tower speaks another version of the protocol. */
export function checkProtocol(protocol: number): void {
  if (protocol !== PROTOCOL) throw new OtherProtocol(`The tower speaks protocol ${protocol}, this runner ${PROTOCOL}. Update Tasktower.`);
}

function describe(error: unknown): RpcFailure | undefined {
  return error instanceof Refusal ? new RpcFailure(error.message, RpcError[error.code], error.data) : undefined;
}
