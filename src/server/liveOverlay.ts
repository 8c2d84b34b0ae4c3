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
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly clock: Clock) {}

  setAgent(agentId: string, presence: LiveAgent['presence'] | 'offline'): void {
    if ((this.agents.get(agentId)?.presence ?? 'offline') === presence) return;
    const agent = presence === 'offline' ? undefined : { presence, since: this.clock.now() };
    if (agent) this.agents.set(agentId, agent);
    else this.agents.delete(agentId);
    this.pending.agents[agentId] = agent ?? null;
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
    this.pending.tasks[taskId] = null;
    this.schedule();
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
    this.pending.tasks[taskId] = task;
    this.schedule();
  }

  private schedule(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      const change = this.pending;
      this.pending = noChange();
      this.changed.fire(change);
    }, FRAME).unref();
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.changed.dispose();
    this.presence.dispose();
  }
}

function noChange(): LiveChange & Required<Pick<LiveChange, 'tasks' | 'agents'>> {
  return { tasks: {}, agents: {} };
}
