import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Clock } from '../base/clock';
import { errorCode, errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { Keys } from '../domain/ports';
import { Close, MAX_FRAME } from '../protocol/version';
import { FrameSocket } from './frameSocket';
import { admit, callerOf, splitUrl, tokenOf, type Knock, type Who } from './guard';
import { sendProblem, titleOf } from './problem';
import { RateLimit } from './rateLimit';

/** How many connections may be open that have not shown a token yet. */
const STRANGERS = 256;
const LOOPBACK = '127.0.0.1';
/** How long a connection that was refused may take to read why, ms. */
const FAREWELL = 1_000;
/** ms and bytes. Node looks for late headers only every 30 s unless told. */
const LIMITS = { headersTimeout: 10_000, requestTimeout: 300_000, connectionsCheckingInterval: 1_000, maxHeaderSize: 16 * 1024 };

/** What comes after the guard. */
export interface Rooms {
  /** @throws {HumanError} when another tower answers for this folder by now, with why. */
  look(): void;
  request(request: IncomingMessage, response: ServerResponse, who: Who | undefined): void;
  /** The rooms that open a socket, by path. */
  sockets: ReadonlyMap<string, (socket: WebSocket, who: Who) => void>;
}

/** One HTTP server on the loopback address; the guard decides before any handler or socket exists. */
export class Listener {
  private readonly server: Server;
  private readonly sockets = new WebSocketServer<typeof FrameSocket>({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    WebSocket: FrameSocket,
  });
  private readonly strangers = new Set<Duplex>();
  private readonly requests: RateLimit;
  private readonly opened: RateLimit;
  /** The token that each open socket came with. */
  private readonly holders = new Map<WebSocket, string>();
  private leaving = false;

  constructor(
    private readonly keys: Keys,
    private readonly rooms: Rooms,
    clock: Clock,
    log: Log,
  ) {
    this.requests = new RateLimit(clock, 300, 600);
    this.opened = new RateLimit(clock, 10, 150);
    this.server = createServer(LIMITS, (request, response) => this.request(request, response));
    this.server.on('connection', (socket) => this.greet(socket));
    this.server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
    this.server.on('clientError', (error, socket) => this.garbled(error, socket));
    this.server.on('error', (error) => this.server.listening && log.warn(`The listener failed: ${errorText(error)}`));
  }

  /**
   * Listens on 127.0.0.1. `pinned`: that port or none; else `preferred` when it is free, or any.
   * @returns the port. @throws {HumanError} when the pinned port is taken.
   */
  async listen(pinned: number, preferred: number): Promise<number> {
    try {
      return await this.bind(pinned || preferred);
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE' && errorCode(error) !== 'EACCES') throw error;
      if (pinned) {
        const why = errorCode(error) === 'EACCES' ? 'may not be used by you' : 'is taken by another program';
        throw new HumanError(`Port ${pinned} ${why}. Set tasktower.server.port to 0 to let Tasktower choose.`);
      }
      return this.bind(0);
    }
  }

  private bind(port: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(port, LOOPBACK, () => {
        this.server.off('error', reject);
        resolve(this.port);
      });
    });
  }

  get port(): number {
    return (this.server.address() as AddressInfo | null)?.port ?? 0;
  }

  get url(): string {
    return `http://${LOOPBACK}:${this.port}`;
  }

  /** Takes in nothing more; sockets that are open stay so. */
  leave(): void {
    this.leaving = true;
  }

  /** Ends every connection and the server. */
  async dispose(): Promise<void> {
    for (const socket of this.sockets.clients) socket.terminate();
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  /** Closes the sockets whose token is good no more. */
  closeRevoked(): void {
    for (const [socket, token] of this.holders)
      if (!this.keys.check(token)) socket.close(Close.revoked, 'The token was revoked or rotated. Read the address file again.');
  }

  private greet(socket: Duplex): void {
    this.strangers.add(socket);
    socket.once('close', () => this.strangers.delete(socket));
    if (this.strangers.size <= STRANGERS) return;
    const [oldest] = this.strangers;
    oldest?.destroy();
  }

  private request(request: IncomingMessage, response: ServerResponse): void {
    const admission = admit(knockOf(request), this.port, (token) => this.keys.check(token));
    if ('status' in admission) {
      return sendProblem(response, admission, { connection: 'close', ...challenge(admission.status) });
    }
    if (admission.who) this.strangers.delete(request.socket);
    const gone = this.gone();
    if (gone !== undefined)
      return sendProblem(response, { status: 503, code: 'unavailable', detail: gone }, { connection: 'close', 'retry-after': '1' });
    const wait = this.requests.take(callerOf(admission.who));
    if (wait > 0) {
      const headers = { 'retry-after': String(Math.ceil(wait)), connection: 'close' };
      return sendProblem(
        response,
        { status: 429, code: 'too_fast', detail: 'More than 300 requests a second. Wait, then go on.' },
        headers,
      );
    }
    this.rooms.request(request, response, admission.who);
  }

  private garbled(error: Error, socket: Duplex): void {
    if (!socket.writable) return void socket.destroy();
    if (errorCode(error) === 'HPE_HEADER_OVERFLOW') return refuse(socket, 431, 'The headers are larger than 16 KiB.');
    if (errorCode(error) === 'ERR_HTTP_REQUEST_TIMEOUT') return refuse(socket, 408, 'The request did not arrive in time.');
    refuse(socket, 400, 'This is not HTTP.');
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const admission = admit(knockOf(request), this.port, (token) => this.keys.check(token));
    if ('status' in admission) return refuse(socket, admission.status, admission.detail);
    const gone = this.gone();
    if (gone !== undefined) return refuse(socket, 503, gone);
    const room = this.rooms.sockets.get(splitUrl(request.url ?? '').path);
    if (!room) return refuse(socket, 404, 'There is no such socket. Open /agent; see docs/protocol.md.');
    const { who } = admission;
    if (who === undefined || who.kind === 'attempt')
      return refuse(socket, 403, 'This token opens no socket. Use the token of the address file.');
    if (this.opened.take(callerOf(who)) > 0) return refuse(socket, 429, 'Too many new sockets. Wait a second, then try again.');
    this.strangers.delete(request.socket);
    const token = tokenOf(request.headers.authorization);
    this.sockets.handleUpgrade(request, socket, head, (opened) => {
      this.holders.set(opened, token ?? '');
      opened.once('close', () => this.holders.delete(opened));
      opened.admit = () => this.isOwner();
      room(opened, who);
    });
  }

  /** Why nothing is answered here any more, for people. */
  private gone(): string | undefined {
    if (this.leaving) return 'The tower of this window has stopped. Try again in the window that is open.';
    try {
      this.rooms.look();
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  }

  private isOwner(): boolean {
    try {
      this.rooms.look();
      return true;
    } catch {
      return false;
    }
  }
}

function knockOf({ method = 'GET', url = '/', headers }: IncomingMessage): Knock {
  const { host, origin, authorization } = headers;
  return { method, url, host, origin, authorization };
}

function challenge(status: number): Record<string, string> {
  return status === 401 ? { 'www-authenticate': 'Bearer' } : {};
}

function refuse(socket: Duplex, status: number, detail: string): void {
  const body = JSON.stringify({ type: 'about:blank', title: titleOf(status), status, detail });
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}`, 'Connection: close', 'Content-Type: application/problem+json'];
  if (status === 429) head.push('Retry-After: 1');
  if (status === 401) head.push('WWW-Authenticate: Bearer');
  socket.end(`${[...head, `Content-Length: ${Buffer.byteLength(body)}`].join('\r\n')}\r\n\r\n${body}`);
  // Bytes that nobody reads, or an end that never comes, must not keep it open.
  socket.resume();
  setTimeout(() => socket.destroy(), FAREWELL).unref();
}
