import { Emitter } from './base/emitter';
import type { Disposable } from './base/disposables';
import type { LiveAgent, LiveChange, LiveTask } from './domain/live';
import type { LiveOverlay } from './domain/ports';
import type { Clock } from './base/clock';

/** The least time between two frames of changes, ms. */
const FRAME = 100;

/** Presence and progress of the moment, told to views at most ten times a second. */
export class LiveBoard implements LiveOverlay, Disposable {
  readonly tasks = new Map<string, LiveTask>();
  readonly agents = new Map<string, LiveAgent>();
  trouble: string | undefined;
  private readonly changed = new Emitter<LiveChange>();
  private readonly presence = new Emitter<string>();
  /** What changed since the frame before. */
  readonly onDidChange = this.changed.event;
  /** An agent came or went; at once, because work may be waiting for it. */
  readonly onDidChangePresence = this.presence.event;
  private pending: ReturnType<typeof noChange> = noChange();
  /** What of it this tower says itself, and who says the rest, where several towers share a queue. */
  private own: ReturnType<typeof noChange> = noChange();
  private readonly agentsFrom = new Map<string, string>();
  private readonly tasksFrom = new Map<string, string>();
  private readonly changedOwn = new Emitter<LiveChange>();
  readonly onDidChangeOwn = this.changedOwn.event;
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly clock: Clock) {}

  setAgent(agentId: string, presence: LiveAgent['presence'] | 'offline'): void {
    const known = this.agentsFrom.has(agentId) ? undefined : this.agents.get(agentId);
    if ((known?.presence ?? 'offline') === presence) return;
    const agent = presence === 'offline' ? undefined : { presence, since: this.clock.now() };
    if (agent) this.agents.set(agentId, agent);
    else this.agents.delete(agentId);
    this.agentsFrom.delete(agentId);
    this.pending.agents[agentId] = agent ?? null;
    this.own.agents[agentId] = agent ?? null;
    this.schedule();
    this.presence.fire(agentId);
  }

  /** Progress never falls within an attempt; null = goes on, share unknown. */
  setProgress(taskId: string, attempt: number, progress: number | null, step?: string): void {
    const { progress: before, steps, lastLine } = this.of(taskId, attempt);
    const next = progress === null ? before : Math.max(progress, before ?? 0);
    this.setTask(taskId, {
      attempt,
      progress: next,
      steps: progress === null ? steps + 1 : steps,
      ...(step === undefined ? {} : { step }),
      ...(lastLine === undefined ? {} : { lastLine }),
    });
  }

  setLastLine(taskId: string, attempt: number, line: string): void {
    this.setTask(taskId, { ...this.of(taskId, attempt), lastLine: line.slice(0, 200) });
  }

  clearTask(taskId: string): void {
    if (!this.tasks.delete(taskId)) return;
    this.tasksFrom.delete(taskId);
    this.pending.tasks[taskId] = null;
    this.own.tasks[taskId] = null;
    this.schedule();
  }

  /** What this tower says itself. */
  get ownFacts(): LiveChange {
    const mine = <T>(facts: ReadonlyMap<string, T>, from: ReadonlyMap<string, string>): Record<string, T> =>
      Object.fromEntries([...facts].filter(([id]) => !from.has(id)));
    return { agents: mine(this.agents, this.agentsFrom), tasks: mine(this.tasks, this.tasksFrom) };
  }

  /** Takes in what another tower says; of an agent that is connected here, this one knows better. `whole`: it says nothing else. */
  merge(from: string, { agents = {}, tasks = {} }: LiveChange, whole = false): void {
    if (whole) {
      for (const [id, tower] of this.agentsFrom) if (tower === from && !(id in agents)) this.drop('agents', id);
      for (const [id, tower] of this.tasksFrom) if (tower === from && !(id in tasks)) this.drop('tasks', id);
    }
    for (const [id, agent] of Object.entries(agents)) {
      if (agent === null) {
        if (this.agentsFrom.get(id) === from) this.drop('agents', id);
      } else if (this.agentsFrom.has(id) || !this.agents.has(id)) {
        this.agents.set(id, agent);
        this.agentsFrom.set(id, from);
        this.pending.agents[id] = agent;
      }
    }
    for (const [id, task] of Object.entries(tasks)) {
      if (task === null) {
        if (this.tasksFrom.get(id) === from) this.drop('tasks', id);
      } else if ((this.tasks.get(id)?.attempt ?? 0) <= task.attempt) {
        this.tasks.set(id, task);
        this.tasksFrom.set(id, from);
        this.pending.tasks[id] = task;
      }
    }
    this.schedule();
  }

  private drop(kind: 'agents' | 'tasks', id: string): void {
    this[kind].delete(id);
    (kind === 'agents' ? this.agentsFrom : this.tasksFrom).delete(id);
    this.pending[kind][id] = null;
  }

  /** Nothing new starts, with why, or it does again. */
  setTrouble(trouble: string | undefined): void {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.pending.trouble = trouble ?? null;
    this.schedule();
  }

  private of(taskId: string, attempt: number): LiveTask {
    const live = this.tasks.get(taskId);
    return live?.attempt === attempt ? live : { attempt, progress: null, steps: 0 };
  }

  private setTask(taskId: string, task: LiveTask): void {
    this.tasks.set(taskId, task);
    this.tasksFrom.delete(taskId);
    this.pending.tasks[taskId] = task;
    this.own.tasks[taskId] = task;
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const change = this.pending;
      this.pending = noChange();
      this.changed.fire(change);
      const { own } = this;
      this.own = noChange();
      if (Object.keys(own.agents).length + Object.keys(own.tasks).length > 0) this.changedOwn.fire(own);
    }, FRAME).unref();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
    this.presence.dispose();
    this.changedOwn.dispose();
  }
}

function noChange(): LiveChange & Required<Pick<LiveChange, 'tasks' | 'agents'>> {
  return { tasks: {}, agents: {} };
}
