import { setTimeout as wait } from 'node:timers/promises';
import * as z from 'zod';
import type { SentLine } from '../domain/report';
import { TaskOut } from '../protocol/rest';
import { taskPath } from './arguments';
import { REPORT_PATIENCE, type Connection, type Question } from './connection';
import { Refused } from './failure';

/** Lines go out together: so many, so many bytes, or what comes within so many ms. */
const BATCH_LINES = 1_000;
const BATCH_BYTES = 512 * 1024;
const BATCH_AGE = 100;
/** What is kept while the tower is away; beyond this, lines are only counted. */
const FULL_LINES = 200_000;
const FULL_BYTES = 32 * 1024 * 1024;
/** How often a silent command asks whether it is still wanted, which also keeps its task alive, ms. */
const LOOK_EVERY = 1_000;

const Answer = z.object({ cancel: z.boolean() });
const Seen = TaskOut.pick({ status: true, phase: true });

export type Final =
  | { verb: 'result'; result: string }
  | { verb: 'error'; kind: 'agent_error' | 'spawn_failed'; message: string }
  | { verb: 'cancelled' };

/** The reports of one command, in order, each kept until the tower has stored it. The command never waits for them. */
export class ReportQueue {
  private lines: { line: SentLine; bytes: number }[] = [];
  private bytes = 0;
  private dropped = 0;
  private progress: { progress: number; step?: string } | undefined;
  private final: Final | undefined;
  /** The number of the last report that is stored. */
  private seq = 0;
  private cancelled = false;
  private wake = new AbortController();
  private readonly over = new AbortController();
  private readonly work: Promise<boolean>;

  constructor(
    private readonly connection: Connection,
    private readonly taskId: string,
    /** A person cancelled the task. */
    private readonly onCancel: () => void,
  ) {
    this.work = this.deliver();
  }

  log(line: SentLine): void {
    const bytes = Buffer.byteLength(JSON.stringify(line)) + 1;
    if (this.lines.length >= FULL_LINES || this.bytes + bytes > FULL_BYTES) return void this.dropped++;
    this.lines.push({ line, bytes });
    this.bytes += bytes;
    this.wake.abort();
  }

  /** Only the latest is sent. */
  setProgress(progress: { progress: number; step?: string }): void {
    this.progress = progress;
    this.wake.abort();
  }

  /** Sends what is left and then how it ended. @returns false when the tower did not take it within a minute. */
  async finish(final: Final): Promise<boolean> {
    this.final = final;
    this.wake.abort();
    const late = setTimeout(() => this.over.abort(), REPORT_PATIENCE);
    try {
      return await this.work;
    } finally {
      clearTimeout(late);
    }
  }

  private async deliver(): Promise<boolean> {
    try {
      for (;;) {
        await this.sendProgress();
        if (this.lines.length > 0) await this.sendLines();
        else if (this.dropped > 0) this.sayDropped();
        else if (this.final) return await this.sendFinal(this.final);
        else await this.rest();
      }
    } catch (error) {
      // The task is gone or has ended by other means: nothing more to say about it.
      return error instanceof Refused && !this.over.signal.aborted;
    }
  }

  private async rest(): Promise<void> {
    this.wake = new AbortController();
    const woken = await wait(LOOK_EVERY, false, { signal: this.wake.signal }).catch(() => true);
    if (!woken) return this.look();
    if (!this.final) await wait(BATCH_AGE);
  }

  private async sendProgress(): Promise<void> {
    const { progress } = this;
    if (!progress) return;
    this.progress = undefined;
    this.heed(await this.post('progress', progress));
  }

  private async sendLines(): Promise<void> {
    let [count, bytes] = [0, 0];
    for (const { bytes: size } of this.lines.slice(0, BATCH_LINES)) {
      if (count > 0 && bytes + size > BATCH_BYTES) break;
      count++;
      bytes += size;
    }
    const lines = this.lines.slice(0, count).map(({ line }) => line);
    const answer = await this.number('logs', { lines });
    this.lines.splice(0, count);
    this.bytes -= bytes;
    this.heed(answer);
  }

  private sayDropped(): void {
    const text = `${this.dropped} lines were not kept: there were more than the tower could take.`;
    this.dropped = 0;
    this.log({ text, level: 'warn', at: Date.now() });
  }

  private async sendFinal({ verb, ...body }: Final): Promise<true> {
    if (verb !== 'cancelled') await this.number(verb, body);
    else {
      // Without this, a command that its own user stopped would count as failed.
      await this.ask({ method: 'DELETE', path: taskPath(this.taskId) }).catch((error: unknown) => this.unless(error));
      await this.post('cancelled', {}).catch((error: unknown) => this.unless(error));
    }
    return true;
  }

  private unless(error: unknown): void {
    if (!(error instanceof Refused)) throw error;
  }

  /** Sends a report by number, so that it is stored once, however often it is sent. */
  private async number(verb: string, body: object): Promise<{ cancel: boolean }> {
    try {
      const answer = await this.post(verb, { ...body, seq: this.seq + 1 });
      this.seq++;
      return answer;
    } catch (error) {
      if (!(error instanceof Refused) || error.expected === undefined || error.expected === this.seq + 1) throw error;
      this.seq = error.expected - 1;
      return this.number(verb, body);
    }
  }

  private async post(verb: string, body: object): Promise<{ cancel: boolean }> {
    return Answer.parse(await this.ask({ method: 'POST', path: taskPath(this.taskId, verb), body }));
  }

  private ask(question: Question): Promise<unknown> {
    return this.connection.ask(z.unknown(), { ...question, patience: Infinity, signal: this.over.signal });
  }

  private heed({ cancel }: { cancel: boolean }): void {
    if (cancel) void this.look().catch(() => undefined);
  }

  /** Looks whether a person cancelled. An attempt that ended otherwise is no reason to stop someone's command. */
  private async look(): Promise<void> {
    const { status, phase } = Seen.parse(await this.ask({ method: 'GET', path: taskPath(this.taskId) }));
    if (this.cancelled || (status !== 'cancelled' && phase !== 'cancelling')) return;
    this.cancelled = true;
    this.onCancel();
  }
}
