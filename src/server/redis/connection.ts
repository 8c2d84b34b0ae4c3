import { setTimeout as wait } from 'node:timers/promises';
import { createClient, type RedisClientOptions } from '@redis/client';
import type { Disposable } from '../base/disposables';
import { Emitter } from '../base/emitter';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { RedisAddress } from './address';

const CONNECT = 3_000;
/** A connection on which nothing came for this long is taken for broken, ms; towers say something every 2 s. */
const IDLE = 10_000;
const PAUSE_FIRST = 50;
const PAUSE_LONGEST = 1_000;

/** A client of Redis as it is used here. */
export type Client = ReturnType<typeof clientOf>;

function clientOf(options: RedisClientOptions) {
  // What was asked of a connection that broke is asked again by whoever knows whether that is safe.
  const socket = { ...options.socket, connectTimeout: CONNECT, socketTimeout: IDLE, reconnectStrategy: false as const };
  return createClient({ ...options, disableOfflineQueue: true, socket: socket as RedisClientOptions['socket'] & object });
}

/** One connection to Redis, made anew, and its place looked up anew, whenever it breaks. */
export class Connection implements Disposable {
  private current: Client | undefined;
  private closed = false;
  private readonly ending = new AbortController();
  private readonly opened = new Emitter<Client>();
  /** It can be used: at first, and after each break. */
  readonly onDidOpen = this.opened.event;
  /** Since when it cannot be used, monotonic ms. */
  private brokenSince: number | undefined = performance.now();

  constructor(
    private readonly address: RedisAddress,
    private readonly log: Log,
  ) {}

  /** Begins to connect. */
  start(): void {
    void this.keep();
  }

  get client(): Client | undefined {
    return this.current;
  }

  /** For how long it has not been usable, ms. */
  get brokenFor(): number {
    return this.brokenSince === undefined ? 0 : performance.now() - this.brokenSince;
  }

  /** Gives the connection up; another one is made. */
  drop(): void {
    this.current?.destroy();
  }

  private async keep(): Promise<void> {
    let pause = PAUSE_FIRST;
    let told = false;
    while (!this.closed) {
      try {
        const client = clientOf(await this.address.locate());
        const gone = new Promise<unknown>((resolve) => client.on('error', resolve).once('end', resolve));
        await Promise.race([client.connect(), gone.then(broken)]);
        if (this.closed) return client.destroy();
        this.current = client;
        this.brokenSince = undefined;
        if (told) this.log.info(`Redis answers again at ${this.address.text}.`);
        told = false;
        pause = PAUSE_FIRST;
        this.opened.fire(client);
        const why = await gone;
        this.current = undefined;
        this.brokenSince = performance.now();
        if (client.isOpen) client.destroy();
        if (!this.closed) this.log.debug(`A connection to Redis broke: ${errorText(why ?? 'closed')}`);
      } catch (error) {
        if (!told && !this.closed) this.log.warn(`Redis does not answer at ${this.address.text}: ${errorText(error)}`);
        told = true;
      }
      await wait(pause, undefined, { signal: this.ending.signal }).catch(() => undefined);
      pause = Math.min(pause * 2, PAUSE_LONGEST);
    }
  }

  dispose(): void {
    this.closed = true;
    this.ending.abort();
    this.current?.destroy();
    this.current = undefined;
    this.opened.dispose();
  }
}

function broken(why: unknown): never {
  throw why instanceof Error ? why : new Error('the connection was closed');
}
