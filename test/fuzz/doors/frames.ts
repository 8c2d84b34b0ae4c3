import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { Mutator } from '../mutator';
import type { FuzzedTower } from './fuzzedTower';
import { agentFrames, boardFrames, type Given } from './frameSamples';

/** Frames that one socket sends before it is closed, and how many of them it sends before it waits for an answer. */
const FRAMES = 2_000;
const AT_ONCE = 100;
const INTERNAL = -32603;
/** How long an answer may take, ms, on a machine that does much else: frames beyond 300 a second wait. */
const PATIENCE = 600_000;

interface Answer {
  id?: unknown;
  method?: string;
  params?: unknown;
  error?: { code: number; message: string; data?: { expected?: number } };
}

/** Sends frames to `/agent` and `/board` that are nearly right, and counts those that the tower took in. */
export class FrameFuzz {
  /** Frames that were sent before an answer that came. */
  taken = 0;
  sockets = 0;
  /** Closed by the tower, as it should after five frames that are no JSON-RPC. */
  shut = 0;
  /** Internal errors of the tower, each with a frame that was sent before it. */
  readonly faults: string[] = [];
  private ids = 0;

  constructor(
    private readonly tower: FuzzedTower,
    private readonly mutator: Mutator,
  ) {}

  /** One agent after another, or one viewer, under one token until `goesOn` says no. */
  async run(path: '/agent' | '/board', { name, token }: { name: string; token: string }, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      this.tower.mustLive();
      await this.session(path, name, token, goesOn);
    }
  }

  private async session(path: '/agent' | '/board', name: string, token: string, goesOn: () => boolean): Promise<void> {
    const socket = new WebSocket(`${this.tower.url.replace('http', 'ws')}${path}`, { headers: { authorization: `Bearer ${token}` } });
    socket.on('error', () => undefined);
    // Refused when there are too many: ten new sockets a second for a token.
    const opened = await once(socket, 'open').then(
      () => true,
      () => false,
    );
    if (!opened) return void (await new Promise((done) => setTimeout(done, 200)));
    this.sockets++;
    const given: Given = { taskId: '01ARZ3NDEKTSV4RRFFQ69G5FAV', attempt: 1, seq: 1, name };
    const recent: string[] = [];
    const waiting = new Map<unknown, () => void>();
    socket.on('message', (data: Buffer) => this.hear(socket, JSON.parse(data.toString()) as Answer, given, waiting, recent));
    socket.on('close', () => waiting.forEach((done) => done()));
    const hello = path === '/agent' ? ['agent/hello', { protocol: 1, name }] : ['board/hello', { protocol: 1, role: 'viewer' }];
    if (this.mutator.rarely(10)) waiting.clear();
    else socket.send(JSON.stringify({ jsonrpc: '2.0', id: 'hello', method: hello[0], params: hello[1] }));
    for (let sent = 0; sent < FRAMES && goesOn() && socket.readyState === WebSocket.OPEN;) {
      const batch = Array.from({ length: AT_ONCE }, () => this.frame(path, given));
      for (const frame of batch) socket.send(frame);
      recent.splice(0, recent.length, ...batch.slice(-3).map((frame) => frame.slice(0, 300)));
      await this.answered(socket, path, waiting);
      if (socket.readyState === WebSocket.OPEN) this.taken += batch.length;
      else this.shut++;
      sent += batch.length;
    }
    socket.terminate();
  }

  /** Waits for the answer of a good request: whatever was sent before it has been taken in by then. */
  private answered(socket: WebSocket, path: string, waiting: Map<unknown, () => void>): Promise<void> {
    const id = `good ${++this.ids}`;
    return new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error(`${path} answered nothing for ${PATIENCE / 1000} s.`)), PATIENCE);
      waiting.set(id, () => {
        clearTimeout(timer);
        waiting.delete(id);
        done();
      });
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ jsonrpc: '2.0', id, method: 'nothing', params: {} }));
      else waiting.get(id)?.();
    });
  }

  private hear(
    socket: WebSocket,
    { id, method, params, error }: Answer,
    given: Given,
    waiting: Map<unknown, () => void>,
    recent: string[],
  ): void {
    waiting.get(id)?.();
    if (error?.code === INTERNAL) this.faults.push(`${error.message} after ${recent.join('\n')}`);
    if (error?.data?.expected !== undefined) given.seq = error.data.expected;
    if (method !== undefined && id !== undefined && socket.readyState === WebSocket.OPEN) {
      if (method === 'task/assign') Object.assign(given, params, { seq: 1 });
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: method === 'task/assign' ? { accepted: true } : {} }));
    }
  }

  private frame(path: '/agent' | '/board', given: Given): string {
    const samples = path === '/agent' ? agentFrames(given) : boardFrames(given);
    const [method, params] = this.mutator.pick(samples);
    const frame = { jsonrpc: '2.0', id: ++this.ids, method, params };
    // Now and then what is no JSON-RPC at all: five of them close the socket.
    if (this.mutator.rarely(1_000)) return this.mutator.jsonText(JSON.stringify(frame));
    if (this.mutator.rarely(10)) {
      if (method === 'task/event') given.seq++;
      return JSON.stringify(frame);
    }
    return JSON.stringify({ ...frame, params: this.mutator.json(params) });
  }
}
