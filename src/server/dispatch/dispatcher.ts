import { promise as fastq } from 'fastq';
import type { queueAsPromised } from 'fastq';
import type { Clock } from '../base/clock';
import { DisposableStore, type Disposable } from '../base/disposables';
import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import { taskLimit } from '../domain/budget';
import { owed } from '../domain/owed';
import type { AgentLinks, Assignment, Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { requirementText } from '../domain/requirement';
import { openAttempt, type Actor, type Task } from '../domain/task';
import { cleanLine, shorten } from '../domain/text';
import { plan } from './plan';

const TOWER: Actor = { kind: 'tower', name: 'tower' };
/** How many assignments wait for their agent's answer at once. */
const HAND_OVERS = 8;

interface HandOver {
  taskId: string;
  attempt: number;
  agentId: string;
}

/** Brings about what the board owes the agents: hands work over, and tells them to stop. */
export class Dispatcher implements Disposable {
  private readonly store = new DisposableStore();
  private readonly handOvers: queueAsPromised<HandOver, void> = fastq((handOver: HandOver) => this.handOver(handOver), HAND_OVERS);
  /** (task, attempt) under way here, so that each is asked once at a time. */
  private readonly offered = new Set<string>();
  private readonly told = new Set<string>();
  private planning = false;
  private planAgain = false;
  private disposed = false;

  constructor(
    private readonly tower: Tower,
    private readonly links: AgentLinks,
    private readonly clock: Clock,
    private readonly log: Log,
    /** The name of this tower, where several share the queue. */
    private readonly here?: string,
  ) {
    this.store.add(tower.onDidCommit(() => this.reconcile()));
  }

  /** Looks at the board and starts what is missing. Cheap when nothing is. */
  reconcile(): void {
    if (this.disposed) return;
    void this.pair();
    const { handOvers, cancels } = owed(this.tower.board);
    for (const { task, attempt } of handOvers) this.offer({ taskId: task.id, attempt: attempt.n, agentId: attempt.agentId });
    const open = new Set<string>();
    for (const { task, attempt } of cancels) {
      open.add(keyOf(task.id, attempt.n));
      this.tell({ taskId: task.id, attempt: attempt.n, agentId: attempt.agentId });
    }
    for (const key of this.told) if (!open.has(key)) this.told.delete(key);
  }

  private async pair(): Promise<void> {
    this.planAgain = true;
    if (this.planning) return;
    this.planning = true;
    try {
      while (this.planAgain && !this.disposed) {
        this.planAgain = false;
        for (const pair of plan(this.tower.board, this.tower.live, this.clock.now(), undefined, this.here)) {
          await this.tower.execute({ type: 'AssignTask', ...pair }, TOWER).catch((error: unknown) => {
            // The board moved on since the plan; the next commit plans again.
            this.log.debug(`Not assigned: ${errorText(error)}`);
          });
        }
      }
    } finally {
      this.planning = false;
    }
  }

  private offer(handOver: HandOver): void {
    const key = keyOf(handOver.taskId, handOver.attempt);
    if (this.offered.has(key) || !this.links.isConnected(handOver.agentId)) return;
    this.offered.add(key);
    this.handOvers
      .push(handOver)
      .catch((error: unknown) => this.log.warn(`Hand-over of ${key} failed: ${errorText(error)}`))
      .finally(() => this.offered.delete(key));
  }

  private async handOver(handOver: HandOver): Promise<void> {
    const { taskId, attempt, agentId } = handOver;
    if (!this.isStarting(taskId, attempt)) return;
    const by: Actor = { kind: 'agent', name: agentId };
    const assignment = await this.assignment(handOver);
    if (!assignment) return;
    const answer = await this.links.assign(agentId, assignment).catch((error: unknown) => ({
      accepted: false,
      reason: shorten(cleanLine(errorText(error)), 500) || undefined,
    }));
    // Gone: it is offered again when the agent comes back, or ends with its lease.
    if (!answer) return this.links.isConnected(agentId) ? this.handOver(handOver) : undefined;
    if (!this.isStarting(taskId, attempt)) return;
    const { accepted, reason = 'The agent declined without a reason.' } = answer;
    await this.tower.execute(
      accepted ? { type: 'AcceptAttempt', taskId, attempt } : { type: 'DeclineAttempt', taskId, attempt, reason },
      by,
    );
  }

  /** The work in full, or undefined when it cannot be given: then the attempt ends here. */
  private async assignment({ taskId, attempt }: HandOver): Promise<Assignment | undefined> {
    try {
      return await assignmentOf(this.tower, taskId, attempt);
    } catch (error) {
      if (this.isStarting(taskId, attempt))
        await this.tower.execute({ type: 'ReportError', taskId, attempt, kind: 'protocol_error', message: errorText(error) }, TOWER);
      return undefined;
    }
  }

  private isStarting(taskId: string, n: number): boolean {
    const task = this.tower.board.tasks.get(taskId);
    return !this.disposed && task?.status === 'running' && openAttempt(task)?.n === n && openAttempt(task)?.acceptedAt === undefined;
  }

  private tell({ taskId, attempt, agentId }: HandOver): void {
    const key = keyOf(taskId, attempt);
    if (this.told.has(key) || !this.links.isConnected(agentId)) return;
    this.told.add(key);
    const reason = this.tower.board.tasks.get(taskId)?.attempts[attempt - 1]?.cancelReason;
    this.links.cancel(agentId, { taskId, attempt, ...(reason ? { reason } : {}) }).catch((error: unknown) => {
      this.told.delete(key);
      this.log.warn(`${agentId} did not take the cancel of ${key}: ${errorText(error)}`);
    });
  }

  dispose(): void {
    this.disposed = true;
    this.store.dispose();
    // `kill` would leave the promises of queued hand-overs pending for ever.
    this.handOvers.abort();
  }
}

/** An attempt in the words an agent gets. @throws {Refusal} when it has ended meanwhile. */
export async function assignmentOf(tower: Tower, taskId: string, n: number): Promise<Assignment> {
  const { task, prompt } = await tower.query({ type: 'TaskDetails', taskId });
  const attempt = task.attempts[n - 1];
  // The task is as it was asked for; its attempt may have ended while the texts were read.
  if (!attempt || openAttempt(tower.board.tasks.get(task.id) ?? task)?.n !== n) throw new Refusal('conflict', `Attempt ${n} has ended.`);
  const { id, number, title, priority, kind, folder, requires, fields } = task satisfies Task;
  const costUsd = taskLimit(tower.board, task);
  const session = task.continues === undefined ? undefined : await sessionOf(tower, task.continues, attempt.agentId);
  return {
    taskId: id,
    attempt: n,
    number,
    title,
    prompt,
    priority,
    kind,
    requires: requires.map(requirementText),
    limits: { ...task.limits, ...(costUsd === undefined ? {} : { costUsd }) },
    fields,
    ...(session === undefined ? {} : { session }),
    ...(folder === undefined ? {} : { folder }),
    ...(attempt.note === undefined ? {} : { note: attempt.note }),
  };
}

/** The session an agent had last with a task, if it keeps sessions and the task is still known. */
async function sessionOf(tower: Tower, taskId: string, agentId: string): Promise<string | undefined> {
  const { task } = await tower.query({ type: 'TaskDetails', taskId }).catch(() => ({ task: undefined }));
  return task?.attempts.findLast((attempt) => attempt.agentId === agentId)?.session;
}

function keyOf(taskId: string, attempt: number): string {
  return `${taskId}/${attempt}`;
}
