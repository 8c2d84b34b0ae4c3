import * as l10n from '@vscode/l10n';
import type { LogScope } from '../../server/domain/logQuery';
import type { LogLine } from '../../server/domain/query';
import type { PanelPort } from '../kit/panelChannel';
import type { CutLine } from '../protocol';
import { goToSignIn, signedIn } from './session';

/** `Close` of the wire protocol, as far as a page minds. */
const SIGNED_OUT = 4006;
const OTHER_VERSION = 4004;
/** How long to wait between two tries, ms. */
const FIRST_PAUSE = 250;
const LONGEST_PAUSE = 10_000;
/** Shorter gaps are not worth a word, ms. */
const PATIENCE_MS = 2_000;
/** How often to make sure that the tower is still there, and how long that may take, ms. */
const PROBE_MS = 30_000;
const PROBE_WAIT_MS = 8_000;
/** Before a token ends, ms: time to come back with the next one. */
const RENEW_MS = 90_000;
/** Characters of a line that a page gets. */
const CUT_AT = 16_384;

interface Frame {
  jsonrpc: '2.0';
  id?: string;
  method?: string;
  params?: Record<string, unknown>;
  result?: unknown;
}

/** What the page says beside the board, to what stands in for the extension. */
export type Hear = (method: string, params: object) => void;

/**
 * The other end of a page's messages where there is no editor: the tower itself, over its `/board` socket. It comes back by itself with the
 * records that were missed, and the page hears of it only when that takes a while.
 */
export class BoardLink implements PanelPort {
  private readonly listeners = new Set<(message: unknown) => void>();
  private socket: WebSocket | undefined;
  /** One that is not open yet. */
  private next: WebSocket | undefined;
  /** What was asked before the first connection. */
  private queue: Frame[] = [];
  private readonly waiting = new Set<string>();
  private seq = 0;
  private scope: LogScope | undefined;
  private pause = FIRST_PAUSE;
  private wasOpen = false;
  private lostAt: number | undefined;
  private isStale = false;
  private probe: { id: string; timer: number } | undefined;
  private renewal: number | undefined;

  constructor(private readonly hear: Hear) {
    setInterval(() => this.look(), PROBE_MS);
    addEventListener('online', () => this.look());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.look());
  }

  /** Connects, and stays so. @param until when the token ends, ms since 1970. */
  open(until: number): void {
    this.renewAt(until);
    this.connect();
  }

  listen(listener: (message: unknown) => void): () => void {
    this.listeners.add(listener);
    return () => void this.listeners.delete(listener);
  }

  post(message: unknown): void {
    const frame = message as Frame;
    const { id, method = '', params = {} } = frame;
    if (id === undefined) return this.hear(method, params);
    if (method === 'logs/subscribe') this.scope = (params.scope as LogScope | undefined) ?? {};
    if (this.socket?.readyState === WebSocket.OPEN) this.send(frame);
    else if (!this.wasOpen || method === 'board/hello') this.queue.push(frame);
    else this.refuse(id, l10n.t('Not connected to the tower. Try again in a moment.'));
  }

  /** Tells the page something, as the extension would. */
  tell(method: string, params: unknown): void {
    for (const listener of [...this.listeners]) listener({ jsonrpc: '2.0', method, params });
  }

  /** Ends the pause before the next try. */
  reconnect = (): void => undefined;

  private connect(): void {
    const socket = new WebSocket(`${location.origin.replace(/^http/, 'ws')}/board`);
    this.next = socket;
    socket.addEventListener('open', () => this.opened(socket));
    socket.addEventListener('message', ({ data }) => this.take(JSON.parse(String(data)) as Frame, socket));
    socket.addEventListener('close', ({ code }) => void this.closed(socket, code));
  }

  private opened(socket: WebSocket): void {
    this.socket = socket;
    this.next = undefined;
    this.pause = FIRST_PAUSE;
    this.lostAt = undefined;
    const isBack = this.wasOpen;
    this.wasOpen = true;
    const asked = this.queue.splice(0);
    if (isBack && !asked.some(({ method }) => method === 'board/hello')) this.hello();
    for (const frame of asked) this.send(frame);
    if (isBack && this.scope) this.send({ jsonrpc: '2.0', id: own(), method: 'logs/subscribe', params: { scope: this.scope } });
    if (this.isStale) this.stale(null);
  }

  /** Says hello with the last record that is here, which brings what was missed. @returns the id of the question. */
  private hello(): string {
    const id = own();
    this.send({ jsonrpc: '2.0', id, method: 'board/hello', params: { protocol: 1, role: 'panel', seq: this.seq } });
    return id;
  }

  private send(frame: Frame): void {
    if (frame.id !== undefined) this.waiting.add(frame.id);
    this.socket?.send(JSON.stringify(frame));
  }

  private take(frame: Frame, socket: WebSocket): void {
    const { id, method, params } = frame;
    if (id !== undefined && method === undefined) {
      this.waiting.delete(id);
      if (id === this.probe?.id) this.probed();
      // What was asked for a page goes to that page; what was asked here is answered by what follows.
      if (!id.startsWith(OWN)) this.pass(withCutLines(frame));
      return;
    }
    // The last words of a socket that was replaced are those of the next one too.
    if (socket !== this.socket) return;
    if (method === 'board/snapshot') this.seq = (params?.board as { seq: number }).seq;
    if (method === 'board/records') this.seq = (params?.records as { seq: number }[]).at(-1)?.seq ?? this.seq;
    this.pass(method === 'board/logs' && params ? { ...frame, params: { lines: (params.lines as LogLine[]).map(cut) } } : frame);
  }

  private pass(frame: Frame): void {
    for (const listener of [...this.listeners]) listener(frame);
  }

  private async closed(socket: WebSocket, code: number): Promise<void> {
    if (socket === this.next) this.next = undefined;
    else if (socket !== this.socket) return;
    // One that was to take over did not: the one that is open goes on.
    if (this.socket?.readyState === WebSocket.OPEN) return;
    this.socket = undefined;
    this.probed();
    for (const id of this.waiting) this.refuse(id, l10n.t('The connection was lost before the tower answered. Look whether it was done.'));
    this.waiting.clear();
    if (code === SIGNED_OUT) return goToSignIn();
    if (code === OTHER_VERSION) return location.reload();
    this.lostAt ??= Date.now();
    setTimeout(() => this.lostAt !== undefined && !this.isStale && this.stale(this.lostAt), PATIENCE_MS);
    await new Promise<void>((next) => {
      this.reconnect = next;
      setTimeout(next, this.pause);
    });
    this.pause = Math.min(LONGEST_PAUSE, this.pause * 2);
    await this.renew().catch(() => undefined);
    this.connect();
  }

  /** Makes sure that there is a token; without one, someone signs in. */
  private async renew(): Promise<void> {
    const me = await signedIn();
    if (!me) goToSignIn();
    else this.renewAt(me.until);
  }

  private renewAt(until: number): void {
    clearTimeout(this.renewal);
    this.renewal = window.setTimeout(() => void this.change().catch(() => undefined), Math.max(1_000, until - Date.now() - RENEW_MS));
  }

  /** Goes on with the next token on a socket of its own, before the tower closes this one. */
  private async change(): Promise<void> {
    await this.renew();
    const before = this.socket;
    if (before?.readyState !== WebSocket.OPEN) return;
    this.connect();
    // Answers that are on their way still come.
    setTimeout(() => before.close(), PATIENCE_MS);
  }

  private look(): void {
    const { socket } = this;
    if (this.probe || socket?.readyState !== WebSocket.OPEN) return;
    const timer = window.setTimeout(() => {
      this.probe = undefined;
      socket.close();
      void this.closed(socket, 1006);
    }, PROBE_WAIT_MS);
    this.probe = { id: this.hello(), timer };
  }

  private probed(): void {
    clearTimeout(this.probe?.timer);
    this.probe = undefined;
  }

  private refuse(id: string, message: string): void {
    this.pass({ jsonrpc: '2.0', id, error: { code: -32050, message } } as Frame);
  }

  private stale(since: number | null): void {
    this.isStale = since !== null;
    this.tell('panel/stale', { since });
  }
}

const OWN = 'link:';

function own(): string {
  return OWN + crypto.randomUUID();
}

/** The line with its beginning alone when it is very long. */
function cut<Line extends LogLine>(line: Line): Line & CutLine {
  if (line.text.length <= CUT_AT) return line;
  return { ...line, text: line.text.slice(0, CUT_AT), bytes: new TextEncoder().encode(line.text).length };
}

/** Lines of a page of the log are cut as live ones are. */
function withCutLines(frame: Frame): Frame {
  const { result } = frame;
  if (typeof result !== 'object' || result === null || !('lines' in result) || !Array.isArray(result.lines)) return frame;
  return { ...frame, result: { ...result, lines: (result.lines as LogLine[]).map(cut) } };
}
