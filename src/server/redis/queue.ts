import { setTimeout as wait } from 'node:timers/promises';
import { HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { JournalSource, SharedQueue } from '../domain/ports';
import { redisAddress } from './address';
import { Commands } from './commands';
import { Connection } from './connection';
import { RedisJournal } from './journal';
import { RedisPeers } from './peers';

/** How long the first connection may take, ms. */
const PATIENCE = 10_000;

/** Which queue, and who comes to it. */
export interface RedisQueueOptions {
  url: string;
  /** Queues of different names in one Redis have nothing to do with each other. */
  queue: string;
  /** The name of this tower. */
  here: string;
  log: Log;
  /** Shorter in tests. */
  termMs?: number;
}

/** A queue in Redis that several towers share. */
export class RedisQueue implements SharedQueue {
  private constructor(
    private readonly prefix: string,
    private readonly connections: { main: Connection; reader: Connection; hearing: Connection },
    private readonly commands: Commands,
    readonly peers: RedisPeers,
    private readonly log: Log,
  ) {}

  /** @throws {HumanError} when Redis does not answer, or another tower has this name. */
  static async open({ url, queue, here, log, termMs }: RedisQueueOptions): Promise<RedisQueue> {
    const address = redisAddress(url);
    const connections = {
      main: new Connection(address, log),
      // One is said to break once.
      reader: new Connection(address, { ...log, info: () => undefined, warn: () => undefined }),
      hearing: new Connection(address, { ...log, info: () => undefined, warn: () => undefined }),
    };
    for (const connection of Object.values(connections)) connection.start();
    try {
      await connected(Object.values(connections), address.text);
      const commands = new Commands(connections.main, address.text);
      // The braces keep all keys of a queue on one node of a cluster.
      const prefix = `{tasktower:${queue}}`;
      const peers = await RedisPeers.open({
        ...{ prefix, here, commands, log, connection: connections.main, hearing: connections.hearing },
        ...(termMs === undefined ? {} : { termMs }),
      });
      return new RedisQueue(prefix, connections, commands, peers, log);
    } catch (error) {
      for (const connection of Object.values(connections)) connection.dispose();
      throw error;
    }
  }

  openJournal(source: JournalSource): ReturnType<SharedQueue['openJournal']> {
    const { prefix, commands, connections, log } = this;
    return RedisJournal.open({ ...source, key: `${prefix}:journal`, commands, reader: connections.reader, log });
  }

  async dispose(): Promise<void> {
    await this.peers.leave();
    for (const connection of Object.values(this.connections)) connection.dispose();
  }
}

async function connected(connections: readonly Connection[], place: string): Promise<void> {
  const until = performance.now() + PATIENCE;
  while (!connections.every(({ client }) => client?.isReady)) {
    if (performance.now() > until) throw new HumanError(`Redis does not answer at ${place}. Start it, or correct --redis.`);
    await wait(20);
  }
}
