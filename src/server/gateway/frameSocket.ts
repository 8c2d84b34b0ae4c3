import { WebSocket, type RawData } from 'ws';
import { Close } from '../protocol/version';

/** Frames that are not understood before the socket is closed. */
const PATIENCE = 5;
/** Frames a second that one socket may send, and how many at once; beyond it is read more slowly, so that nothing is lost. */
const PER_SECOND = 300;
const BURST = 600;
const TURN = 20;
const PARSE_ERROR = -32700;
const INVALID_REQUEST = -32600;

/**
 * The server's end of a WebSocket that lets through nothing but single JSON-RPC 2.0 messages, no faster than they are taken.
 * `message` comes with a third argument, what was parsed, so that nobody parses it again.
 */
export class FrameSocket extends WebSocket {
  /** Asked before each frame is taken in; false = nothing is answered here any more, and the socket is dropped. */
  admit: () => boolean = () => true;
  private wrong = 0;
  private left = BURST;
  private at = performance.now();
  /** Frames that came too fast, in order. */
  private readonly held: [RawData, boolean][] = [];
  private timer: NodeJS.Timeout | undefined;

  override emit(event: string | symbol, ...args: unknown[]): boolean {
    if (event !== 'message') return super.emit(event, ...args);
    if (!this.admit()) {
      this.terminate();
      return true;
    }
    const frame = args as [RawData, boolean];
    if (this.held.length === 0 && this.take()) this.pass(...frame);
    else this.hold(frame);
    return true;
  }

  private pass(data: RawData, isBinary: boolean): void {
    const frame = read(data, isBinary);
    if ('problem' in frame) this.answer(...frame.problem);
    else super.emit('message', data, isBinary, frame.message);
  }

  private take(): boolean {
    const now = performance.now();
    this.left = Math.min(BURST, this.left + ((now - this.at) / 1000) * PER_SECOND);
    this.at = now;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }

  private hold(frame: [RawData, boolean]): void {
    this.held.push(frame);
    // What is left to read stays with the sender; only the piece that was read last is held here.
    this.pause();
    this.timer ??= setTimeout(() => this.release(), TURN).unref();
  }

  private release(): void {
    this.timer = undefined;
    while (this.held.length > 0 && this.readyState === WebSocket.OPEN && this.take())
      this.pass(...(this.held.shift() as [RawData, boolean]));
    if (this.held.length === 0 || this.readyState !== WebSocket.OPEN) return this.resume();
    this.timer = setTimeout(() => this.release(), TURN).unref();
  }

  private answer(code: number, message: string): void {
    if (this.readyState !== WebSocket.OPEN) return;
    this.send(JSON.stringify({ jsonrpc: '2.0', id: null, error: { code, message } }));
    if (++this.wrong >= PATIENCE) this.close(Close.badFrame, 'Too many frames were not JSON-RPC 2.0.');
  }
}

function read(data: RawData, isBinary: boolean): { message: unknown } | { problem: [code: number, message: string] } {
  if (isBinary || !Buffer.isBuffer(data)) return { problem: [PARSE_ERROR, 'Send text frames.'] };
  let message: unknown;
  try {
    message = JSON.parse(data.toString('utf8'));
  } catch {
    return { problem: [PARSE_ERROR, 'This frame is not JSON.'] };
  }
  if (Array.isArray(message)) return { problem: [INVALID_REQUEST, 'Batches are refused. Send one message a frame.'] };
  return isMessage(message) ? { message } : { problem: [INVALID_REQUEST, 'This frame is not a JSON-RPC 2.0 message.'] };
}

function isMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('jsonrpc' in value) || value.jsonrpc !== '2.0') return false;
  if ('method' in value) return typeof value.method === 'string' && (!('id' in value) || isId(value.id));
  return 'id' in value && isId(value.id) && ('result' in value || 'error' in value);
}

function isId(id: unknown): boolean {
  return id === null || typeof id === 'number' || (typeof id === 'string' && id.length <= 200);
}
