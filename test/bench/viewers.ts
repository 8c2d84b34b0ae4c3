import { WebSocket } from 'ws';

/** Counts what it looks for in the bytes of one socket as they come, also where they are cut. */
export class Counter {
  count = 0;
  private tail = Buffer.alloc(0);

  constructor(private readonly mark: Buffer) {}

  take(chunk: Buffer): number {
    const bytes = this.tail.length > 0 ? Buffer.concat([this.tail, chunk]) : chunk;
    let [found, from] = [0, 0];
    for (let at = bytes.indexOf(this.mark); at >= 0; at = bytes.indexOf(this.mark, from)) {
      found++;
      from = at + this.mark.length;
    }
    this.tail = Buffer.from(bytes.subarray(Math.max(from, bytes.length - this.mark.length + 1)));
    this.count += found;
    return found;
  }
}

/** Many viewers on WebSockets that do no more than count, so that it is the server that is measured: the same client for both sides. */
export class Viewers {
  readonly sockets: WebSocket[] = [];
  readonly counters: Counter[] = [];
  closed = 0;
  /** When each mark came, ms after the last `reset`. */
  readonly times: number[] = [];
  private from = 0;
  private missing = 0;
  private done: () => void = () => undefined;

  /** @param mark stands once in each event. */
  constructor(private readonly mark: string) {}

  /** @param greet opens it and says who it is; called before the connection is there. */
  async open(url: string, headers: Record<string, string>, greet: (socket: WebSocket) => Promise<void>): Promise<void> {
    const socket = new WebSocket(url, { headers, perMessageDeflate: false });
    await greet(socket);
    const counter = new Counter(Buffer.from(this.mark));
    this.sockets.push(socket);
    this.counters.push(counter);
    socket.on('close', () => this.closed++);
    // Below the frames, as taking thousands of them apart would be most of the work.
    const { _socket: raw } = socket as unknown as { _socket: NodeJS.ReadableStream };
    raw.prependListener('data', (chunk: Buffer) => this.take(counter.take(chunk)));
  }

  /** Waits until all viewers together have seen so many events after `start`. @returns ms. */
  async see(events: number, start: () => void): Promise<number> {
    this.times.length = 0;
    this.missing = events * this.sockets.length;
    this.from = performance.now();
    const all = new Promise<void>((resolve) => (this.done = resolve));
    start();
    await all;
    return performance.now() - this.from;
  }

  private take(found: number): void {
    if (found === 0) return;
    const now = performance.now() - this.from;
    for (let n = 0; n < found; n++) this.times.push(now);
    this.missing -= found;
    if (this.missing === 0) this.done();
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
  }
}
