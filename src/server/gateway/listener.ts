import { createServer, STATUS_CODES, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { LONGEST_TIMER, type Clock } from '../base/clock';
import { errorCode, errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { Keys } from '../domain/ports';
import { Close, MAX_FRAME } from '../protocol/version';
import { allowGuest, answerPreflight, secureHeaders } from './browserHeaders';
import { FrameSocket } from './frameSocket';
import { admit, callerOf, splitUrl, type Knock, type Who } from './guard';
import { sendProblem, titleOf } from './problem';
import { RateLimit } from './rateLimit';
import { isLoopback, reachOf, type OpenDoor, type Reach } from './reach';
import { maySocket } from './scopes';
import { phrase } from '../domain/phrase';

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

/** An open socket: who came in, with what. */
interface Holder {
  who: Who;
  token: string;
  expiry: NodeJS.Timeout | undefined;
}

/** An HTTP server on the loopback address; the guard decides before any handler or socket exists. A team's tower is open elsewhere too. */
export class Listener {
  private readonly server: Server;
  /** For others than this machine, where that takes a server of its own: with TLS, which programs on this machine do without. */
  private readonly outer: Server | undefined;
  private readonly sockets = new WebSocketServer<typeof FrameSocket>({
    noServer: true,
    maxPayload: MAX_FRAME,
    perMessageDeflate: false,
    WebSocket: FrameSocket,
  });
  private readonly strangers = new Set<Duplex>();
  private readonly requests: RateLimit;
  private readonly opened: RateLimit;
  private readonly holders = new Map<WebSocket, Holder>();
  private readonly reaches = new Map<Server, Reach>();
  private leaving = false;

  constructor(
    private readonly keys: Keys,
    private readonly rooms: Rooms,
    clock: Clock,
    private readonly log: Log,
    private readonly door?: OpenDoor,
  ) {
    this.requests = new RateLimit(clock, 300, 600);
    this.opened = new RateLimit(clock, 10, 150);
    this.server = this.attend(createServer(LIMITS));
    if (door?.tls) this.outer = this.attend(createSecureServer({ ...LIMITS, ...door.tls, minVersion: 'TLSv1.2' }));
  }

  private attend(server: Server): Server {
    server.on('request', (request, response) => void this.request(server, request, response));
    server.on('connection', (socket) => this.greet(socket));
    server.on('upgrade', (request, socket, head) => void this.upgrade(server, request, socket, head));
    server.on('clientError', (error, socket) => this.garbled(error, socket));
    server.on('error', (error) => server.listening && this.log.warn(`The listener failed: ${errorText(error)}`));
    return server;
  }

  /**
   * Listens on 127.0.0.1, or where the open door says. `pinned`: that port or none; else `preferred` when it is free, or any.
   * @returns the port for programs of this machine. @throws {HumanError} when the pinned port is taken.
   */
  async listen(pinned: number, preferred: number): Promise<number> {
    const { outer, door } = this;
    if (!outer) return this.listenAt(this.server, pinned, preferred, door);
    await this.listenAt(outer, pinned, 0, door);
    return this.listenAt(this.server, 0, preferred);
  }

  private async listenAt(server: Server, pinned: number, preferred: number, door?: OpenDoor): Promise<number> {
    const port = await this.bindAny(server, door?.bind ?? LOOPBACK, pinned, preferred);
    this.reaches.set(server, reachOf(port, door));
    return port;
  }

  private async bindAny(server: Server, address: string, pinned: number, preferred: number): Promise<number> {
    try {
      return await bind(server, pinned || preferred, address);
    } catch (error) {
      if (errorCode(error) !== 'EADDRINUSE' && errorCode(error) !== 'EACCES') throw error;
      if (pinned) {
        throw new HumanError(
          errorCode(error) === 'EACCES'
            ? phrase('Port {0} may not be used by you. Set tasktower.server.port to 0 to let Tasktower choose.', pinned)
            : phrase('Port {0} is taken by another program. Set tasktower.server.port to 0 to let Tasktower choose.', pinned),
        );
      }
      return bind(server, 0, address);
    }
  }

  get port(): number {
    return portOf(this.server);
  }

  /** Where others than programs of this machine reach it, if anyone does. */
  get openUrl(): string | undefined {
    if (!this.door) return undefined;
    const { bind: address, tls } = this.door;
    const host = isLoopback(address) || address === '0.0.0.0' || address === '::' ? LOOPBACK : address;
    return `${tls ? 'https' : 'http'}://${host}:${portOf(this.outer ?? this.server)}`;
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
    await Promise.all([this.server, ...(this.outer ? [this.outer] : [])].map(closed));
  }

  /** Closes the sockets whose token is good no more. */
  closeRevoked(): void {
    for (const [socket, { who, token }] of this.holders) {
      if (who.kind === 'person' && who.member) {
        if (!this.door?.people.isGood(who.member)) socket.close(Close.signedOut, 'You were signed out. Sign in again.');
      } else if (!this.keys.check(token)) socket.close(Close.revoked, 'The token was revoked or rotated. Read the address file again.');
    }
  }

  /** Whose token it is, of this machine's or of the people. */
  private readonly check = async (token: string): Promise<Who | undefined> => {
    const who = this.keys.check(token);
    const member = who ? undefined : await this.door?.people.check(token);
    return member ? { kind: 'person', member } : who;
  };

  private async admit(server: Server, request: IncomingMessage): Promise<Awaited<ReturnType<typeof admit>>> {
    try {
      return await admit(knockOf(request), this.reaches.get(server) ?? reachOf(0), this.check);
    } catch (error) {
      this.log.error('Whose token it is could not be told.', error);
      return { status: 401, code: 'unauthorized', detail: 'Whose token this is could not be told. Try again.' };
    }
  }

  private greet(socket: Duplex): void {
    this.strangers.add(socket);
    socket.once('close', () => this.strangers.delete(socket));
    if (this.strangers.size <= STRANGERS) return;
    const [oldest] = this.strangers;
    oldest?.destroy();
  }

  private async request(server: Server, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const admission = await this.admit(server, request);
    const reach = this.reaches.get(server);
    if (reach && reach.origins.size > 0) {
      secureHeaders(response, this.door?.tls !== undefined);
      allowGuest(reach, request, response);
    }
    if ('status' in admission) {
      return sendProblem(response, admission, { connection: 'close', ...challenge(admission.status) });
    }
    if (request.method === 'OPTIONS' && admission.who === undefined) return answerPreflight(response);
    if (admission.who) this.strangers.delete(acceptedAs(request.socket));
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

  private async upgrade(server: Server, request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    socket.on('error', () => socket.destroy());
    const admission = await this.admit(server, request);
    if ('status' in admission) return refuse(socket, admission.status, admission.detail);
    const gone = this.gone();
    if (gone !== undefined) return refuse(socket, 503, gone);
    const { path } = splitUrl(request.url ?? '');
    const room = this.rooms.sockets.get(path);
    if (!room) return refuse(socket, 404, 'There is no such socket. Open /agent; see docs/protocol.md.');
    const { who, token = '' } = admission;
    if (who === undefined || who.kind === 'attempt')
      return refuse(socket, 403, 'This token opens no socket. Use the token of the address file.');
    const why = maySocket(who, path);
    if (why !== undefined) return refuse(socket, 403, why);
    if (this.opened.take(callerOf(who)) > 0) return refuse(socket, 429, 'Too many new sockets. Wait a second, then try again.');
    this.strangers.delete(acceptedAs(request.socket));
    this.sockets.handleUpgrade(request, socket, head, (opened) => {
      this.hold(opened, who, token);
      opened.admit = () => this.isOwner();
      room(opened, who);
    });
  }

  /** Keeps whose socket it is; that of a person ends with the token, and is opened anew with the next one. */
  private hold(socket: WebSocket, who: Who, token: string): void {
    const until = who.kind === 'person' ? who.member?.until : undefined;
    const end = (): void => socket.close(Close.expired, 'The token is over. Open the socket anew with the next one.');
    const expiry = until === undefined ? undefined : setTimeout(end, Math.min(LONGEST_TIMER, until - Date.now())).unref();
    this.holders.set(socket, { who, token, expiry });
    socket.once('close', () => {
      clearTimeout(expiry);
      this.holders.delete(socket);
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

/** The socket that was greeted: with TLS it lies beneath that of the request, and Node has no public name for it. */
function acceptedAs(socket: Socket & { _parent?: Socket | null }): Socket {
  return socket._parent ?? socket;
}

function knockOf({ method = 'GET', url = '/', headers }: IncomingMessage): Knock {
  const { host, origin, authorization, cookie, 'sec-fetch-site': site } = headers;
  return { method, url, host, origin, authorization, cookie, site: typeof site === 'string' ? site : undefined };
}

function bind(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      resolve(portOf(server));
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo | null)?.port ?? 0;
}

async function closed(server: Server): Promise<void> {
  const ended = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await ended;
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
