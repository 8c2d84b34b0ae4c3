import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npmPeer, programPeer } from './peers';

/** What is used of a BullMQ queue. */
export interface BullQueue {
  add(name: string, data: unknown, options?: { priority?: number }): Promise<unknown>;
  addBulk(jobs: { name: string; data: unknown }[]): Promise<unknown>;
  getJobCounts(...types: string[]): Promise<Record<string, number>>;
  getPrioritized(from: number, to: number): Promise<{ name: string }[]>;
  obliterate(options: { force: boolean }): Promise<void>;
  close(): Promise<void>;
}
interface BullJob {
  name: string;
  updateProgress(progress: number): Promise<void>;
}
export interface BullWorker {
  on(event: 'completed', listener: (job: BullJob, result: string) => void): void;
  close(): Promise<void>;
}
interface Bull {
  Queue: new (name: string, options: object) => BullQueue;
  Worker: new (name: string, work: (job: BullJob) => Promise<string>, options: object) => BullWorker;
}

/** BullMQ on a Redis server of its own, which appends every command to a file. */
export class Bullmq {
  private readonly bull: Bull;

  private constructor(
    readonly label: string,
    private readonly folder: string,
    private readonly server: ChildProcess,
    private readonly connection: { host: string; port: number },
    load: () => unknown,
  ) {
    this.bull = load() as Bull;
  }

  /** @param sync when the file is synced to the disk: with every command, or once a second. */
  static async start(sync: 'always' | 'everysec'): Promise<Bullmq> {
    const [redis, bull] = [programPeer('redis-server'), npmPeer('bullmq')];
    const folder = mkdtempSync(join(tmpdir(), 'tasktower-redis-'));
    const connection = { host: '127.0.0.1', port: await freePort() };
    const options = { port: connection.port, bind: connection.host, dir: folder, appendonly: 'yes', appendfsync: sync, save: '' };
    const server = spawn(
      redis.path,
      Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]),
      { stdio: ['ignore', 'pipe', 'inherit'], env: redis.env },
    );
    for await (const chunk of server.stdout) if (String(chunk).includes('Ready to accept connections')) break;
    return new Bullmq(`${bull.label}, ${redis.label} ${sync}`, folder, server, connection, () => bull.load());
  }

  queue(): BullQueue {
    return new this.bull.Queue('bench', { connection: this.connection });
  }

  /** A worker that does so many jobs at once. */
  worker(concurrency: number, work: (job: BullJob) => Promise<string>): BullWorker {
    const connection = { ...this.connection, maxRetriesPerRequest: null };
    return new this.bull.Worker('bench', work, { connection, concurrency });
  }

  async stop(): Promise<void> {
    const gone = once(this.server, 'exit');
    this.server.kill('SIGKILL');
    await gone;
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
