import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { errorText } from '../base/errors';
import { type JsonRpcSocket, RpcFailure } from '../base/jsonRpcSocket';
import type { Log } from '../base/log';
import type { ProcessRef } from '../domain/command';
import { shorten } from '../domain/text';
import type { RunnerReport } from '../protocol/agent';
import type { ProcessLedger } from './driver';

const ANSWER_TIMEOUT = 10_000;
const RETRY_AFTER = 500;
/** Output of services is sent this often, ms; of what gathers meanwhile the newest lines are kept. */
const OUTPUT_EVERY = 100;
const OUTPUT_LINES = 1_000;
const OUTPUT_LENGTH = 4_096;

/** What the runner says of its agents and their processes, each until the tower has it. */
export class ControlReports implements ProcessLedger {
  private readonly queue: { report: RunnerReport; done: () => void }[] = [];
  private readonly alive = new Map<number, { agentId: string; process: ProcessRef }>();
  private readonly output = new Map<string, string[]>();
  private link: JsonRpcSocket | undefined;
  private last = Promise.resolve();
  private pumping = false;
  private flushing = false;

  constructor(private readonly log: Log) {}

  /** Resolves when the tower has it. */
  push(report: RunnerReport): Promise<void> {
    this.last = new Promise((done) => {
      this.queue.push({ report, done });
      void this.pump();
    });
    return this.last;
  }

  started(agentId: string, process: ProcessRef): void {
    this.alive.set(process.pid, { agentId, process });
    void this.push({ type: 'processStarted', agentId, process });
  }

  ended(agentId: string, process: ProcessRef): void {
    this.alive.delete(process.pid);
    void this.push({ type: 'processEnded', agentId, process });
  }

  /** The process groups of an agent that are not known to have ended. */
  groupsOf(agentId: string): ProcessRef[] {
    return [...this.alive.values()].filter((one) => one.agentId === agentId).map(({ process }) => process);
  }

  /** A line that a service printed, for its output channel; the oldest are left out when they come too fast. */
  print(agentId: string, line: string): void {
    const lines = this.output.get(agentId) ?? [];
    lines.push(shorten(line, OUTPUT_LENGTH));
    if (lines.length > OUTPUT_LINES * 2) lines.splice(0, lines.length - OUTPUT_LINES);
    this.output.set(agentId, lines);
    void this.flush();
  }

  connect(link: JsonRpcSocket): void {
    this.link = link;
    // A tower that took over may not know of the groups the one before had noted last.
    for (const { agentId, process } of this.alive.values()) void this.push({ type: 'processStarted', agentId, process });
    void this.pump();
    void this.flush();
  }

  disconnect(): void {
    this.link = undefined;
  }

  /** Resolves when the tower has everything, after `ms`, or at once while there is no tower. */
  async drain(ms: number): Promise<void> {
    if (this.link) await Promise.race([this.last, wait(ms, undefined, { ref: false })]);
  }

  private async flush(): Promise<void> {
    if (this.flushing) return;
    this.flushing = true;
    while (this.link && this.output.size > 0) {
      await wait(OUTPUT_EVERY, undefined, { ref: false });
      for (const [agentId, lines] of this.output) {
        this.output.delete(agentId);
        await this.push({ type: 'output', agentId, lines: lines.slice(-OUTPUT_LINES) });
      }
    }
    this.flushing = false;
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    for (let first = this.queue[0]; first && this.link; first = this.queue[0]) {
      if (!(await this.send(first.report, this.link))) continue;
      this.queue.shift();
      first.done();
    }
    this.pumping = false;
  }

  private async send(report: RunnerReport, link: JsonRpcSocket): Promise<boolean> {
    try {
      await link.request('runner/report', report, ANSWER_TIMEOUT);
      return true;
    } catch (error) {
      if (error instanceof RpcFailure) {
        this.log.warn(`The tower did not take "${report.type}" of ${report.agentId}: ${errorText(error)}`);
        return true;
      }
      if (link.socket.readyState === WebSocket.OPEN) await wait(RETRY_AFTER, undefined, { ref: false });
      else if (this.link === link) this.disconnect();
      return false;
    }
  }
}
