import assert from 'node:assert/strict';
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { until } from '../support/until';
import type { Order, Setup, Word } from './faultTower';

/** A tower under faults, seen from its parent. */
export class TowerProcess {
  /** What it says that it is: owner, follower, reconnecting, down. */
  role = '';
  url = '';
  epoch = 0;
  private said = '';
  private readonly child: ChildProcess;
  private readonly loaded: Promise<unknown>;

  constructor(
    script: string,
    setup: Setup,
    addressHome: string,
    /** Told of each fault that a call met. */
    private readonly fired: (what: string) => void,
    /** Told of what must never happen. */
    private readonly fault: (text: string) => void,
  ) {
    this.child = fork(script, [JSON.stringify(setup)], {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, TASKTOWER_HOME: addressHome },
    });
    this.child.stderr?.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-64_000)));
    this.loaded = Promise.race([once(this.child, 'message'), once(this.child, 'exit')]);
    this.child.on('message', (word: Word) => this.hear(word));
  }

  /** Lets it begin. */
  async begin(): Promise<void> {
    await this.loaded;
    this.tell({ say: 'start' });
  }

  /** Lets it begin; resolves when it says what it is. @throws when it ends instead. */
  async start(): Promise<this> {
    await this.begin();
    await until('a tower to start', () => this.role !== '' || this.ended, 180_000);
    assert.ok(!this.ended, `The tower ended at its start:\n${this.said}`);
    return this;
  }

  tell(order: Order): void {
    if (this.child.connected && !this.ended) this.child.send(order, () => undefined);
  }

  get ended(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** The end of what it wrote to stderr. */
  get log(): string {
    return this.said;
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Kills it; resolves when it is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Closes it as a window that closes. */
  async close(): Promise<void> {
    await this.end('SIGTERM');
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (this.ended) return;
    const gone = once(this.child, 'exit');
    this.child.kill(signal);
    await gone;
  }

  private hear(word: Word): void {
    if (word.said === 'fired') this.fired(word.what);
    else if (word.said === 'fault') this.fault(word.text);
    else if (word.said === 'standing') {
      this.role = word.role;
      this.url = word.url ?? this.url;
      this.epoch = word.epoch ?? this.epoch;
    }
  }
}
