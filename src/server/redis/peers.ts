import { randomUUID } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import { Emitter } from '../base/emitter';
import { errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { PeerNews, Peers } from '../domain/ports';
import type { Commands } from './commands';
import type { Client, Connection } from './connection';

/** A tower that said nothing for this long is gone, ms. */
export const TOWER_TERM = 10_000;
const BEAT = 2_000;

/** Takes a key for a while, or keeps it, unless someone else has it. */
const HOLD = `
local owner = redis.call('GET', KEYS[1])
if owner and owner ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end return 0`;

/** What the book of towers works with. */
export interface RedisPeersParts {
  /** What the keys of the queue begin with. */
  prefix: string;
  here: string;
  commands: Commands;
  connection: Connection;
  /** A connection of its own, on which it hears the others. */
  hearing: Connection;
  log: Log;
  termMs?: number;
}

/** Who else is at the queue: keys with an expiry say who is there and who keeps the shared folder, a channel carries what is not written down. */
export class RedisPeers implements Peers {
  private readonly keeper = new Emitter<boolean>();
  readonly onDidChangeKeeper = this.keeper.event;
  private readonly returned = new Emitter<void>();
  readonly onDidReturn = this.returned.event;
  private readonly heard = new Emitter<{ from: string; news: PeerNews }>();
  readonly onDidHear = this.heard.event;
  /** Tells two processes of one name apart. */
  private readonly instance = randomUUID();
  /** Until when the folder is surely ours to keep, monotonic ms. */
  private keptUntil = 0;
  private wasKeeper = false;
  /** Since when Redis has answered without a break, monotonic ms. */
  private steadySince = performance.now();
  private timer: NodeJS.Timeout | undefined;
  private beating = false;
  private readonly term: number;

  private constructor(private readonly parts: RedisPeersParts) {
    this.term = parts.termMs ?? TOWER_TERM;
  }

  /** Takes the name of this tower. @throws {HumanError} when another process has it. */
  static async open(parts: RedisPeersParts): Promise<RedisPeers> {
    const peers = new RedisPeers(parts);
    await peers.takeName();
    await peers.beat();
    peers.timer = setInterval(() => void peers.beat(), Math.min(BEAT, peers.term / 5));
    parts.connection.onDidOpen(() => {
      peers.steadySince = performance.now();
      peers.returned.fire();
      void peers.beat();
    });
    const subscribe = (client: Client): void => {
      client
        .subscribe(peers.channel, (text) => peers.hear(text))
        .catch((error: unknown) => {
          parts.log.debug(`The other towers are not heard: ${errorText(error)}`);
          parts.hearing.drop();
        });
    };
    parts.hearing.onDidOpen(subscribe);
    if (parts.hearing.client) subscribe(parts.hearing.client);
    return peers;
  }

  get here(): string {
    return this.parts.here;
  }

  get isKeeper(): boolean {
    return performance.now() < this.keptUntil;
  }

  async silent(towers: readonly string[]): Promise<string[]> {
    // After an outage each has a term to say that it is there.
    if (towers.length === 0 || performance.now() - this.steadySince < this.term + BEAT) return [];
    const there = await this.parts.commands.ask((client) => client.mGet(towers.map((name) => this.nameKey(name))));
    return towers.filter((_, index) => there[index] === null);
  }

  tell(news: PeerNews): void {
    const { client } = this.parts.connection;
    const text = JSON.stringify({ from: this.here, news });
    if (client?.isReady) client.publish(this.channel, text).catch(() => undefined);
  }

  private get channel(): string {
    return `${this.parts.prefix}:news`;
  }

  private nameKey(name: string): string {
    return `${this.parts.prefix}:tower:${name}`;
  }

  private hear(text: string): void {
    const { from, news } = JSON.parse(text) as { from: string; news: PeerNews };
    if (from !== this.here) this.heard.fire({ from, news });
  }

  /** A process of this name that crashed has it until its key expires. */
  private async takeName(): Promise<void> {
    const until = performance.now() + this.term + BEAT;
    while (!(await this.hold(this.nameKey(this.here), this.instance))) {
      if (performance.now() > until)
        throw new HumanError(`A tower named ${this.here} is at this queue already. Give this one another name: --name NAME`);
      await wait(BEAT / 4);
    }
  }

  private async beat(): Promise<void> {
    if (this.beating) return;
    this.beating = true;
    try {
      await this.hold(this.nameKey(this.here), this.instance);
      const asked = performance.now();
      const isMine = await this.hold(`${this.parts.prefix}:keeper`, this.here);
      // Less than the key lasts, so that two towers never both think that it is theirs.
      this.keptUntil = isMine ? asked + this.term - BEAT : 0;
    } catch (error) {
      this.parts.log.debug(`The other towers do not hear of this one: ${errorText(error)}`);
    } finally {
      this.beating = false;
    }
    this.look();
  }

  private look(): void {
    const { isKeeper } = this;
    if (isKeeper === this.wasKeeper) return;
    this.wasKeeper = isKeeper;
    this.keeper.fire(isKeeper);
  }

  private async hold(key: string, who: string): Promise<boolean> {
    const held = await this.parts.commands.ask((client) => client.eval(HOLD, { keys: [key], arguments: [who, String(this.term)] }));
    return Number(held) === 1;
  }

  /** Lets the others go on at once. */
  async leave(): Promise<void> {
    clearInterval(this.timer);
    const release = async (key: string, who: string): Promise<void> => {
      const { client } = this.parts.connection;
      if (client?.isReady) await client.eval(RELEASE, { keys: [key], arguments: [who] }).catch(() => undefined);
    };
    this.keptUntil = 0;
    await release(`${this.parts.prefix}:keeper`, this.here);
    await release(this.nameKey(this.here), this.instance);
    for (const emitter of [this.keeper, this.returned, this.heard]) emitter.dispose();
  }
}
