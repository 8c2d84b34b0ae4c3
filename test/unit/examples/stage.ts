import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import type { Evidence } from '../../../src/server/domain/evidence';
import type { LogLine, TaskDetails } from '../../../src/server/domain/query';
import type { Actor, Task } from '../../../src/server/domain/task';
import { FolderEvidenceStore } from '../../../src/server/store/evidence';
import { startTower, type RunningTower } from '../../../src/server/start';
import { until } from '../../support/until';

const person: Actor = { kind: 'person', name: 'test' };

/** A tower on a temporary folder, and the agents of `examples/` as the processes they are. */
export class Stage {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), 'tasktower-examples-')));
  private readonly workspace = join(this.folder, 'workspace');
  private readonly agents: ChildProcess[] = [];
  private readonly home = process.env.TASKTOWER_HOME;
  private running: RunningTower | undefined;

  async open(): Promise<void> {
    process.env.TASKTOWER_HOME = join(this.folder, 'home');
    for (const name of ['workspace', 'storage']) mkdirSync(join(this.folder, name), { recursive: true });
    this.running = await startTower({
      storage: join(this.folder, 'storage'),
      folders: [this.workspace],
      agents: [],
      cap: 4,
      port: 0,
      fsync: false,
      dist: resolve('dist'),
      log: nullLog,
    });
  }

  get tower(): RunningTower['tower'] {
    if (!this.running) throw new Error('The tower is not open.');
    return this.running.tower;
  }

  /** Lets the tower go as a closing window does. */
  async shut(): Promise<void> {
    await this.running?.dispose();
    this.running = undefined;
  }

  async close(): Promise<void> {
    for (const agent of this.agents) end(agent);
    await this.shut();
    if (this.home === undefined) delete process.env.TASKTOWER_HOME;
    else process.env.TASKTOWER_HOME = this.home;
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Starts an agent in the workspace; it finds the tower by the address file alone. */
  agent(command: string, args: string[], env: Record<string, string> = {}): void {
    const { TASKTOWER_URL: _url, TASKTOWER_TOKEN: _token, ...rest } = process.env;
    this.agents.push(spawn(command, args, { cwd: this.workspace, env: { ...rest, ...env }, stdio: 'ignore', detached: true }));
  }

  /** Ends the agents that were started so far. */
  async dismiss(): Promise<void> {
    const gone = this.agents.splice(0).map(async (agent) => {
      if (agent.exitCode !== null || agent.signalCode !== null) return;
      const exit = once(agent, 'exit');
      end(agent);
      await exit;
    });
    await Promise.all(gone);
  }

  async create(prompt: string, agent: string, folder = this.workspace): Promise<string> {
    const spec = { title: prompt, prompt, agent, folder };
    const { taskId } = await this.tower.execute({ type: 'CreateTask', spec }, person);
    if (taskId === undefined) throw new Error('A new task has no id.');
    return taskId;
  }

  async cancel(taskId: string): Promise<void> {
    await this.tower.execute({ type: 'CancelTask', taskId }, person);
  }

  task(taskId: string): Task {
    const task = this.tower.board.tasks.get(taskId);
    if (!task) throw new Error(`There is no task ${taskId}.`);
    return task;
  }

  async ended(taskId: string, ms = 60_000): Promise<TaskDetails> {
    await until('the end of the task', () => ['completed', 'failed', 'cancelled'].includes(this.task(taskId).status), ms);
    return this.tower.query({ type: 'TaskDetails', taskId });
  }

  logs(taskId: string): Promise<LogLine[]> {
    return this.tower.query({ type: 'Logs', filter: { taskId, limit: 5000 } });
  }

  /** The stored bytes of a piece of evidence. */
  bytes(evidence: Evidence | undefined): Buffer {
    const path = evidence && new FolderEvidenceStore(join(this.folder, 'storage'), 1).path(evidence.sha256);
    if (path === undefined) throw new Error(`${evidence?.name ?? 'The evidence'} is not stored.`);
    return readFileSync(path);
  }
}

/** Ends an agent with what it has started: a request for work that outlives it would take the next task. */
function end({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === 'win32' ? pid : -pid, 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
}
