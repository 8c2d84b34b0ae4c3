import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Log } from '../../src/server/base/log';
import { AgentConfig } from '../../src/server/domain/agent';
import type { Task } from '../../src/server/domain/task';
import { startTower, type RunningTower, type StartOptions } from '../../src/server/start';
import { SharedTower } from '../../src/server/sharedTower';
import { removeTempFolders, tempFolder } from './tempFolder';
import { keysOf, SocketAgent, type Assigned } from './towerClient';

export const person = { kind: 'person', name: 'you' } as const;

type Settings = Partial<Omit<StartOptions, 'agents'>> & { agents?: Record<string, unknown>[] };

/** A folder of its own where towers are started in this process, one after another, and what they log. */
export class TowerBench {
  readonly home = tempFolder();
  readonly storage = join(this.home, 'storage');
  readonly workspace = join(this.home, 'workspace');
  /** Warnings and errors. */
  readonly said: string[] = [];
  private readonly outerHome = process.env.TASKTOWER_HOME;
  private readonly towers: RunningTower[] = [];
  private readonly windows: SharedTower[] = [];
  private readonly agents: SocketAgent[] = [];
  private current: RunningTower | undefined;

  constructor() {
    process.env.TASKTOWER_HOME = join(this.home, 'tasktower');
    mkdirSync(this.workspace);
  }

  async start(settings: Settings = {}): Promise<RunningTower> {
    this.current = await startTower(this.options(settings));
    this.towers.push(this.current);
    return this.current;
  }

  /** Another window on the folder: it owns the tower or follows it. */
  async window(settings: Settings = {}): Promise<SharedTower> {
    const window = await SharedTower.open(this.options(settings));
    this.windows.push(window);
    return window;
  }

  private options({ agents = [], ...settings }: Settings): StartOptions {
    const say = (message: string | Error): void => void this.said.push(message instanceof Error ? message.message : message);
    const silent = (): void => undefined;
    const log: Log = { trace: silent, debug: silent, info: silent, warn: say, error: say };
    const places = { storage: this.storage, folders: [this.workspace], dist: resolve('dist') };
    const configs = agents.map((agent) => AgentConfig.parse(agent));
    return { ...places, cap: 10, port: 0, fsync: false, log, ...settings, agents: configs };
  }

  get running(): RunningTower {
    if (!this.current) throw new Error('No tower was started.');
    return this.current;
  }

  /** Where the tower that was started last listens. */
  get url(): string {
    if (!this.running.address) throw new Error('The tower does not listen.');
    return this.running.address.url;
  }

  get tower(): RunningTower['tower'] {
    return this.running.tower;
  }

  get keys(): { client: string; person: string } {
    return keysOf(this.storage);
  }

  async stop(): Promise<void> {
    for (const agent of this.agents.splice(0)) agent.close();
    await Promise.all(this.windows.splice(0).map((window) => window.close()));
    await Promise.all(this.towers.splice(0).map((tower) => tower.dispose()));
  }

  /** Connects an agent that does its work at once, or what `work` says. */
  async agent(name: string, work: (agent: SocketAgent, task: Assigned) => unknown = finish, url = this.url): Promise<SocketAgent> {
    const agent = await SocketAgent.join(url, this.keys.client, { name }, work);
    this.agents.push(agent);
    return agent;
  }

  /** @returns the id. */
  async create(title: string, spec: Record<string, unknown> = {}): Promise<string> {
    return (await this.tower.execute({ type: 'CreateTask', spec: { title, ...spec } }, person)).taskId ?? '';
  }

  task(id: string): Task {
    const task = this.tower.board.tasks.get(id);
    if (!task) throw new Error(`There is no task ${id}.`);
    return task;
  }

  async close(): Promise<void> {
    await this.stop();
    if (this.outerHome === undefined) delete process.env.TASKTOWER_HOME;
    else process.env.TASKTOWER_HOME = this.outerHome;
    removeTempFolders();
  }
}

/** Reports a result at once. */
export function finish(agent: SocketAgent, task: Assigned): Promise<unknown> {
  return agent.send(task, { type: 'result', result: 'Done.' });
}
