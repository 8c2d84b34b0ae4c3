import { deferred } from '../base/deferred';
import { errorText } from '../base/errors';
import type { JsonRpcSocket } from '../base/jsonRpcSocket';
import { isFinalReport, type AgentReport, type FinalReport } from '../domain/report';
import type { AssignParams, RunnerAgent } from '../protocol/agent';
import { drivers } from './drivers/table';
import type { ProcessLedger, Work } from './driver';
import { handIn } from './handIn';
import { Asking } from './asking';
import { withWorktree } from './worktree/worktreeDriver';
import { Outbox } from './outbox';

/** One attempt under way here: its work and its reports. */
export class Attempt {
  readonly ref: { taskId: string; attempt: number };
  /** Resolves when the work has ended. */
  readonly worked: Promise<void>;
  /** Resolves when the tower has every report, or wants no more. */
  readonly reported: Promise<void>;
  private readonly outbox: Outbox;
  private readonly work: Work | undefined;
  private readonly asking: Asking;
  private readonly over = new AbortController();
  private pieces = 0;
  private running = true;

  constructor(agent: RunnerAgent, assignment: AssignParams, graceMs: number, processes: ProcessLedger) {
    this.ref = { taskId: assignment.taskId, attempt: assignment.attempt };
    const worked = deferred();
    const reported = deferred();
    this.worked = worked.promise;
    this.reported = reported.promise;
    this.outbox = new Outbox(this.ref, {
      onPressure: (paused) => (paused ? this.work?.pause() : this.work?.resume()),
      onCancel: () => this.cancel(),
      onClosed: () => {
        this.cancel();
        this.over.abort();
        reported.resolve();
      },
    });
    this.asking = new Asking(this.ref);
    const report = (report: AgentReport): void => {
      this.outbox.push(report);
      if (!isFinalReport(report)) return;
      this.running = false;
      this.asking.dispose();
      worked.resolve();
    };
    try {
      this.work = withWorktree(drivers[agent.driver])({
        agent,
        assignment,
        graceMs,
        report,
        processes,
        ask: (question) => this.asking.ask(question),
        handIn: (head, body) => handIn(assignment, `${assignment.attempt}-${++this.pieces}`, head, body, this.over.signal),
      });
    } catch (error) {
      report({ type: 'error', kind: 'spawn_failed', message: `${agent.name} could not be started: ${errorText(error)}` });
    }
  }

  /** True until the work has ended; its reports may still be on their way. */
  get isRunning(): boolean {
    return this.running;
  }

  /** Ends the work; `as` becomes the final report. */
  end(as: FinalReport): void {
    if (this.running) this.work?.end(as);
  }

  cancel(): void {
    this.end({ type: 'cancelled' });
  }

  /** Ends the work and drops what it had to say: the attempt is not ours any more. */
  abandon(): void {
    this.outbox.close();
  }

  /** @returns false when the driver has no ear. */
  message(text: string): boolean {
    if (!this.running || !this.work?.message) return false;
    this.work.message(text);
    return true;
  }

  connect(link: JsonRpcSocket, ackSeq: number): void {
    this.outbox.connect(link, ackSeq);
    this.asking.connect(link);
  }

  disconnect(): void {
    this.outbox.disconnect();
    this.asking.disconnect();
  }
}
