import type { Clock } from './base/clock';
import { DisposableStore, type Disposable } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import { endProcesses, isAlive } from './base/processes';
import type { ProcessRef } from './domain/command';
import type { RunnerAgents, RunnerLink, Tower } from './domain/ports';
import { openAttempt, type Actor } from './domain/task';

const BY: Actor = { kind: 'tower', name: 'tower' };
/** How long a started runner may take to connect, ms. */
const PATIENCE = 15_000;
const GRACE = 5_000;

export interface KeeperParts {
  tower: Tower;
  agents: RunnerAgents;
  link: RunnerLink;
  /** Where several towers share a queue: whether this one starts its agents now. */
  isKeeper?: () => boolean;
  /** The id under which the runner's own process is on the board. */
  runnerId: string;
  launch(): Promise<ProcessRef>;
  clock: Clock;
  log: Log;
}

/** Keeps a runner at work while an agent should run, and ends what a dead one left behind. */
export class RunnerKeeper implements Disposable {
  private readonly store = new DisposableStore();
  private launchedAt = -Infinity;
  private busy = false;
  private again: NodeJS.Timeout | undefined;
  private disposed = false;

  constructor(private readonly parts: KeeperParts) {
    this.store.add(parts.agents.onDidChange(() => this.look()));
    this.store.add(parts.link.onDidChange(() => this.look()));
  }

  /** Looks whether a runner is missing. */
  look(): void {
    if (this.busy || this.disposed) return;
    this.busy = true;
    this.bringAbout()
      .catch((error: unknown) => this.parts.log.error(`The runner could not be kept: ${errorText(error)}`))
      .finally(() => (this.busy = false));
  }

  private async bringAbout(): Promise<void> {
    const { link, agents, clock, log, isKeeper } = this.parts;
    // What another tower started is not ours to end.
    if (link.connected || isKeeper?.() === false) return;
    const runner = this.noted();
    if (runner && (await isAlive(runner))) return this.later(1_000);
    await this.endOrphans();
    if (agents.list().length === 0 || link.connected || this.disposed) return;
    const since = clock.monotonic() - this.launchedAt;
    if (since < PATIENCE) return this.later(PATIENCE - since);
    this.launchedAt = clock.monotonic();
    const { pid } = await this.parts.launch();
    log.debug(`The runner has pid ${pid}.`);
    this.later(PATIENCE);
  }

  private noted(): ProcessRef | undefined {
    return [...this.parts.tower.board.processes.values()].find(({ agentId }) => agentId === this.parts.runnerId);
  }

  /** The runner is dead: nothing it started may go on beside a retry. */
  private async endOrphans(): Promise<void> {
    const { tower, runnerId, log } = this.parts;
    const left = [...tower.board.processes.values()];
    const agents = new Set<string>();
    for (const { pid, startTime, agentId } of left) {
      if (agentId !== runnerId) {
        log.warn(`Ending process group ${pid} of ${agentId}, left by a runner that died.`);
        await endProcesses({ pid, startTime }, GRACE);
      }
      agents.add(agentId);
      await tower.execute({ type: 'ReportProcess', process: { pid, startTime }, agentId, running: false }, BY);
    }
    if (left.length > 0) for (const agentId of agents) await this.loseAttempts(agentId);
  }

  private async loseAttempts(agentId: string): Promise<void> {
    const { tower } = this.parts;
    for (const taskId of [...(tower.board.held.get(agentId) ?? [])]) {
      const task = tower.board.tasks.get(taskId);
      const attempt = task && openAttempt(task);
      if (attempt?.acceptedAt === undefined) continue;
      await tower.execute({ type: 'LoseAttempt', taskId, attempt: attempt.n }, BY);
    }
  }

  private later(ms: number): void {
    clearTimeout(this.again);
    if (this.disposed) return;
    this.again = setTimeout(() => this.look(), ms);
    this.again.unref();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.again);
    this.store.dispose();
  }
}
