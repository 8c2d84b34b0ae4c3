import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { AgentConfig } from '../../src/server/domain/agent';
import { runningOf } from './processTree';
import { keysOf, rest } from './towerClient';
import { until } from './until';

/** `dist/serve.js` in a process of its own, which can be killed and started again on the same folder. */
export class HeadlessTower {
  url = '';
  /** What it says that it is: owner, follower, reconnecting. */
  role = '';
  readonly storage: string;
  private child: ChildProcess | undefined;
  private said = '';

  private constructor(
    readonly home: string,
    private readonly cap: number,
    private readonly folders: readonly string[],
  ) {
    this.storage = join(home, 'storage');
  }

  /** A tower in the folder `home`, listening. */
  static async start(
    home: string,
    agents: (Partial<AgentConfig> & { name: string })[],
    cap: number,
    folders: readonly string[] = [home],
  ): Promise<HeadlessTower> {
    const tower = new HeadlessTower(home, cap, folders);
    writeFileSync(join(home, 'agents.json'), JSON.stringify(agents));
    await tower.restart();
    return tower;
  }

  /** Starts the process again and waits until it says where it listens. */
  async restart(): Promise<void> {
    const { home, storage, cap } = this;
    const folders = this.folders.flatMap((folder) => ['--folder', folder]);
    const options = ['--storage', storage, ...folders, '--agents', join(home, 'agents.json'), '--cap', String(cap)];
    const child = spawn(process.execPath, [resolve('dist/serve.js'), ...options], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, TASKTOWER_HOME: this.addressHome },
    });
    this.child = child;
    child.stderr.on('data', (chunk: Buffer) => (this.said += chunk.toString()));
    const lines = createInterface(child.stdout);
    const first = await Promise.race([once(lines, 'line'), once(child, 'exit').then(() => undefined)]);
    if (!first) throw new Error(`The tower ended before it listened:\n${this.said}`);
    this.hear(String(first[0]));
    lines.on('line', (line: string) => this.hear(line));
  }

  private hear(line: string): void {
    const { role, url } = JSON.parse(line) as { role: string; url?: string };
    this.role = role;
    if (url !== undefined) this.url = url;
  }

  /** Where its address file is. */
  get addressHome(): string {
    return join(this.home, 'tasktower');
  }

  /** How many files and sockets it has open; 0 where the system does not tell. */
  get handles(): number {
    const folder = `/proc/${this.child?.pid}/fd`;
    return existsSync(folder) ? readdirSync(folder).length : 0;
  }

  signal(signal: NodeJS.Signals): void {
    this.child?.kill(signal);
  }

  /** Sends SIGKILL at once; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  async stop(): Promise<void> {
    await this.end('SIGTERM');
  }

  /** What the tower has written to stderr, over all its lives. */
  get log(): string {
    return this.said;
  }

  get keys(): { client: string; person: string } {
    return keysOf(this.storage);
  }

  /** Asks as a person, here or at another address of the same folder. */
  async ask(method: string, path: string, body?: unknown, url = this.url): Promise<{ status: number; body: Record<string, unknown> }> {
    return rest(url, this.keys.person, method, path, body);
  }

  /** Every process group that a tower of this folder had its runner start, and the runners themselves, as the journal and the log say. */
  startedProcesses(): number[] {
    const folder = join(this.storage, 'journal');
    const journal = existsSync(folder) ? readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')) : [];
    const noted = journal.join('').matchAll(/"type":"ProcessStarted","process":\{"pid":(\d+)/g);
    return [...new Set([...[...noted].map(([, pid]) => Number(pid)), ...this.runners()])];
  }

  /** Stops the tower and then its runners, as a window that closes and is not opened again; resolves when nothing of it runs. */
  async close(): Promise<void> {
    await this.stop();
    for (const pid of runningOf(this.runners())) process.kill(pid, 'SIGTERM');
    await until('every process to end', () => runningOf(this.startedProcesses()).length === 0, 15_000);
  }

  private runners(): number[] {
    return [...this.said.matchAll(/Runner started \((\d+)\)/g)].map(([, pid]) => Number(pid));
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const { child } = this;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }
}
