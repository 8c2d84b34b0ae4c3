import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket, WebSocketServer, type RawData } from 'ws';

/** What can happen to a frame on its way. */
export type Weather = 'clear' | 'delay' | 'duplicate' | 'reorder';

interface Link {
  near: WebSocket;
  far: WebSocket;
}

/** Stands between agents and their tower: delays, doubles and swaps frames, and cuts connections. */
export class FrameProxy {
  weather: Weather = 'clear';
  private readonly links = new Set<Link>();

  private constructor(
    private readonly server: WebSocketServer,
    private readonly target: () => string,
    private readonly random: (n: number) => number,
    private readonly happened: (what: string) => void,
  ) {
    server.on('connection', (near, request) => this.connect(near, request.url ?? '', request.headers.authorization ?? ''));
  }

  /** A proxy on a port of its own in front of the tower that `target` names at the moment of each connection. */
  static async open(target: () => string, random: (n: number) => number, happened: (what: string) => void): Promise<FrameProxy> {
    const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
    await once(server, 'listening');
    return new FrameProxy(server, target, random, happened);
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Cuts about half of the connections, without a word. */
  cut(): void {
    for (const { near, far } of this.links) {
      if (this.random(2) === 0) continue;
      this.happened('cut');
      near.terminate();
      far.terminate();
    }
  }

  async close(): Promise<void> {
    for (const { near, far } of this.links) {
      near.terminate();
      far.terminate();
    }
    await new Promise((resolve) => this.server.close(resolve));
  }

  private connect(near: WebSocket, path: string, authorization: string): void {
    const far = new WebSocket(`${this.target().replace('http', 'ws')}${path}`, { headers: { authorization }, handshakeTimeout: 3_000 });
    const link: Link = { near, far };
    this.links.add(link);
    const end = (): void => {
      this.links.delete(link);
      near.terminate();
      far.terminate();
    };
    for (const socket of [near, far]) socket.on('close', end).on('error', end);
    far.on('ping', () => near.readyState === WebSocket.OPEN && near.ping());
    const opened = new Promise<void>((resolve) => far.once('open', () => resolve()));
    this.relay(near, far, opened);
    this.relay(far, near, opened);
  }

  /** Frames keep their order, but for those that are swapped. */
  private relay(from: WebSocket, to: WebSocket, opened: Promise<void>): void {
    let turn: Promise<unknown> = opened;
    let held: RawData | undefined;
    const send = (data: RawData): void => void (to.readyState === WebSocket.OPEN && to.send(data, { binary: false }));
    const flush = (): void => {
      if (held) send(held);
      held = undefined;
    };
    from.on('message', (data) => {
      const { weather } = this;
      turn = turn.then(async () => {
        if (weather === 'delay' && this.random(2) === 0) {
          this.happened('delay');
          await wait(this.random(60));
        }
        if (weather === 'reorder' && held === undefined && this.random(3) === 0) {
          held = data;
          this.happened('reorder');
          // The last frame of all must not wait for ever.
          setTimeout(flush, 40);
          return;
        }
        send(data);
        flush();
        if (weather !== 'duplicate' || this.random(2) === 0) return;
        this.happened('duplicate');
        send(data);
      });
    });
  }
}
