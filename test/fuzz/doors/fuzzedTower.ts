import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { FileKeys } from '../../../src/server/gateway/keys';
import type { Held } from '../../soak/soakTower';
import { bundleScript } from '../../support/bundle';
import { tempFolder } from '../../support/tempFolder';
import { keysOf, rest } from '../../support/towerClient';
import { until } from '../../support/until';

/** A real tower in a process of its own. An error that nobody catches, or a promise that nobody waits for, ends that process. */
export class FuzzedTower {
  /** Tokens of one agent each, and their names: each has limits of its own. */
  readonly agents: readonly { name: string; token: string }[];
  readonly keys: { client: string; person: string };
  /** What the tower has written to its log. */
  said = '';

  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
    storage: string,
    agents: number,
  ) {
    this.keys = keysOf(storage);
    const keys = FileKeys.open(storage);
    this.agents = Array.from({ length: agents }, (_, n) => ({ name: `Fuzz ${n}`, token: keys.issue(`Fuzz ${n}`, Date.now()) }));
    child.stderr?.on('data', (chunk: Buffer) => (this.said = (this.said + chunk.toString()).slice(-100_000)));
  }

  static async start(agents: number): Promise<FuzzedTower> {
    const home = tempFolder();
    const storage = join(home, 'storage');
    const script = join(home, 'tower.cjs');
    bundleScript('test/soak/soakTower.ts', script, { external: ['bufferutil', 'utf-8-validate'] });
    const child = fork(script, [storage, resolve('dist')], {
      execArgv: ['--expose-gc'],
      env: { ...process.env, TASKTOWER_HOME: join(home, 'addresses') },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    const [{ url }] = (await once(child, 'message')) as [{ url: string }];
    return new FuzzedTower(child, url, storage, agents);
  }

  /** @throws {Error} when the process has ended. */
  mustLive(): void {
    if (this.child.exitCode !== null || this.child.signalCode !== null)
      throw new Error(`The tower ended with ${this.child.signalCode ?? this.child.exitCode}:\n${this.said}`);
  }

  /** What it holds after a forced garbage collection. */
  async held(): Promise<Held> {
    this.mustLive();
    // It says now and then how much is not done yet; that is not the answer.
    const answer = new Promise<Held>((resolve) => {
      const hear = (message: Held | { open: number }): void => {
        if (!('heap' in message)) return;
        this.child.off('message', hear);
        resolve(message);
      };
      this.child.on('message', hear);
    });
    this.child.send('measure');
    return answer;
  }

  ask(method: string, path: string, body?: unknown): ReturnType<typeof rest> {
    return rest(this.url, this.keys.person, method, path, body);
  }

  /** Cancels and purges what the inputs have left in the queue, so that what is held at the end can be compared with the beginning. */
  async clear(): Promise<void> {
    await this.patiently('POST', '/api/queue/resume', {});
    for (;;) {
      const { tasks } = (await this.patiently('GET', '/api/tasks?limit=500')) as { tasks: { id: string; status: string }[] };
      if (tasks.length === 0) return;
      for (const { id, status } of tasks) {
        if (!/completed|failed|cancelled/.test(status)) {
          // What is only cancelled waits for its agent, which has hung up.
          await this.patiently('POST', `/api/tasks/${id}/error`, { error: 'Cleared.' });
          await this.patiently('DELETE', `/api/tasks/${id}`);
        }
        await this.patiently('POST', `/api/tasks/${id}/purge`, {});
      }
    }
  }

  /** Asks again while there are too many requests. */
  private async patiently(method: string, path: string, body?: unknown): Promise<unknown> {
    return until(`${method} ${path}`, async () => {
      this.mustLive();
      const { status, body: answer } = await this.ask(method, path, body);
      return status === 429 ? undefined : answer;
    });
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.disconnect();
    await ended;
  }
}
