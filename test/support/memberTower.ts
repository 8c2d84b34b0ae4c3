import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { BoardData } from '../../src/server/domain/board';
import { keysOf, rest, RpcSocket } from './towerClient';

/** One tower of a queue in Redis: `dist/team/serve.js` in a process of its own. */
export class MemberTower {
  url = '';
  private child: ChildProcess | undefined;
  private said = '';

  private constructor(
    readonly name: string,
    private readonly home: string,
    private readonly redis: string,
    private readonly cap: number,
    private readonly more: readonly string[],
  ) {}

  /** @param home the folder of the test: all towers share `home/data`. */
  static async start(name: string, home: string, redis: string, cap = 100, more: readonly string[] = []): Promise<MemberTower> {
    const tower = new MemberTower(name, home, redis, cap, more);
    await tower.restart();
    return tower;
  }

  async restart(): Promise<void> {
    const { name, redis, storage, cap, home } = this;
    const options = ['--storage', storage, '--redis', redis, '--name', name, '--cap', String(cap), ...this.more];
    const child = spawn(process.execPath, [resolve('dist/team/serve.js'), ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TASKTOWER_HOME: join(home, 'tasktower') },
    });
    this.child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    const first = await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit').then(() => undefined)]);
    if (!first) throw new Error(`The tower ${name} ended before it listened:\n${this.said}`);
    this.url = (JSON.parse(String(first[0])) as { url: string }).url;
  }

  get storage(): string {
    return join(this.home, 'data');
  }

  get keys(): { client: string; person: string } {
    return keysOf(this.storage);
  }

  /** What it has written to stderr, over all its lives. */
  get log(): string {
    return this.said;
  }

  /** The most memory that it took since it started, bytes. */
  peak(): number {
    const status = readFileSync(`/proc/${this.child?.pid ?? 0}/status`, 'utf8');
    return 1024 * Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]);
  }

  get isRunning(): boolean {
    return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  async ask(method: string, path: string, body?: unknown, key?: string): Promise<{ status: number; body: Record<string, unknown> }> {
    return rest(this.url, this.keys.person, method, path, body, key);
  }

  /** The board as a viewer gets it. */
  async board(): Promise<BoardData> {
    const rpc = await RpcSocket.open(this.url, '/board', this.keys.person);
    try {
      const snapshot = new Promise<BoardData>((resolve) => {
        rpc.onCall = (method, params) => {
          if (method === 'board/snapshot') resolve((params as { board: BoardData }).board);
        };
      });
      await rpc.ask('board/hello', { protocol: 1, seq: 0, role: 'viewer' });
      return await snapshot;
    } finally {
      rpc.close();
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || !this.isRunning) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
