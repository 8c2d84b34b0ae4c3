import { setTimeout as wait } from 'node:timers/promises';
import { WebSocket } from 'ws';
import * as z from 'zod';
import { errorText } from '../base/errors';
import { NoAnswer } from '../base/errors';
import { type JsonRpcSocket, RpcFailure } from '../base/jsonRpcSocket';
import { type AgentReport, isFinalReport, type SentLine } from '../domain/report';
import { TaskEventResult } from '../protocol/agent';
import { MAX_FRAME, RpcError } from '../protocol/version';

/** A frame of log lines goes out when it holds this many lines, this many bytes, or is this old, ms. */
const BATCH_LINES = 200;
const BATCH_BYTES = 512 * 1024;
const BATCH_AGE = 100;
/** The sender must pause beyond this. */
const FULL_LINES = 5_000;
const FULL_BYTES = 1024 * 1024;
/** The largest report that fits into a frame with what goes along, bytes. */
const MAX_REPORT = MAX_FRAME - 1024;
/** How long a report waits for its answer before it is sent again, ms. */
const ANSWER_TIMEOUT = 30_000;
const RETRY_AFTER = 500;

const Gap = z.object({ expected: z.int().positive() });
const OVER: ReadonlySet<number> = new Set([RpcError.not_found, RpcError.conflict, RpcError.forbidden]);
const UNFIT: ReadonlySet<number> = new Set([RpcError.invalid, RpcError.too_large]);

interface Item {
  report: AgentReport;
  lines: number;
  /** As JSON. */
  bytes: number;
  /** It went out once, so the tower may have it: it must not change any more. */
  sent: boolean;
}

export interface OutboxEvents {
  /** The sender must pause, or may go on. */
  onPressure(paused: boolean): void;
  /** The tower wants the work stopped. */
  onCancel(): void;
  /** Nothing more will be sent: the final report is stored, or the tower wants no more of this attempt. */
  onClosed(): void;
}

/**
 * The reports of one attempt, in order, each kept until the tower has stored it.
 * One is under way at a time, so its number is the last stored one plus one, on whatever connection.
 */
export class Outbox {
  private readonly items: Item[] = [];
  private lines = 0;
  private bytes = 0;
  /** The number of the last report that the tower has stored. */
  private acked = 0;
  private progress: { report: AgentReport; sent: boolean } | undefined;
  private link: JsonRpcSocket | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** The first item has waited long enough for more lines. */
  private due = false;
  private pumping = false;
  private paused = false;
  private closed = false;

  constructor(
    private readonly ref: { taskId: string; attempt: number },
    private readonly events: OutboxEvents,
  ) {}

  /** Takes a report. Of progress only the latest is sent; nothing after a final report counts. */
  push(report: AgentReport): void {
    const last = this.items.at(-1);
    if (this.closed || (last && isFinalReport(last.report))) return;
    if (report.type === 'progress') {
      this.progress = { report, sent: false };
      return this.pumpLater();
    }
    if (report.type === 'log') for (const line of report.lines) this.addLine(line);
    else this.add({ report, lines: 1, bytes: sizeOf(report), sent: false });
    this.press();
    void this.pump();
  }

  /** Goes on over a new connection, after what the tower has stored. */
  connect(link: JsonRpcSocket, ackSeq: number): void {
    this.link = link;
    if (this.progress) this.progress.sent = false;
    this.follow(ackSeq);
    this.pumpLater();
    void this.pump();
  }

  disconnect(): void {
    this.link = undefined;
  }

  /** Drops all that is left. */
  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.items.length = 0;
    clearTimeout(this.timer);
    this.events.onClosed();
  }

  private addLine(line: SentLine): void {
    const bytes = sizeOf(line) + 1;
    const last = this.items.at(-1);
    if (last?.report.type !== 'log' || last.sent || last.lines >= BATCH_LINES || last.bytes + bytes > BATCH_BYTES) {
      return this.add({ report: { type: 'log', lines: [line] }, lines: 1, bytes, sent: false });
    }
    last.report.lines.push(line);
    last.lines++;
    last.bytes += bytes;
    this.lines++;
    this.bytes += bytes;
  }

  private add(item: Item): void {
    this.items.push(item);
    this.lines += item.lines;
    this.bytes += item.bytes;
  }

  private remove(): Item | undefined {
    const item = this.items.shift();
    this.due = false;
    this.lines -= item?.lines ?? 0;
    this.bytes -= item?.bytes ?? 0;
    this.press();
    return item;
  }

  private press(): void {
    const share = this.paused ? 0.5 : 1;
    const paused = this.lines > FULL_LINES * share || this.bytes > FULL_BYTES * share;
    if (paused === this.paused) return;
    this.paused = paused;
    this.events.onPressure(paused);
  }

  private follow(ackSeq: number): void {
    const stored = this.items[0]?.sent && ackSeq > this.acked ? this.remove() : undefined;
    this.acked = ackSeq;
    if (stored && isFinalReport(stored.report)) this.close();
  }

  private pumpLater(): void {
    if (this.closed) return;
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.due = true;
      this.tellProgress();
      void this.pump();
    }, BATCH_AGE);
  }

  private async pump(): Promise<void> {
    if (this.pumping) return;
    this.pumping = true;
    for (let item = this.next(); item && this.link; item = this.next()) await this.send(item, this.link);
    this.pumping = false;
  }

  private next(): Item | undefined {
    const [first] = this.items;
    const fillsUp = first?.report.type === 'log' && !first.sent && !this.due && this.items.length === 1 && first.lines < BATCH_LINES;
    if (!fillsUp) return first;
    this.pumpLater();
    return undefined;
  }

  private async send(item: Item, link: JsonRpcSocket): Promise<void> {
    if (item.bytes > MAX_REPORT) return this.replace(item, 'it is larger than 1 MiB. Let the agent write it to a file.');
    item.sent = true;
    if (isFinalReport(item.report)) this.tellProgress();
    try {
      const params = { ...this.ref, seq: this.acked + 1, event: item.report };
      const { ackSeq, cancel } = TaskEventResult.parse(await link.request('task/event', params, ANSWER_TIMEOUT));
      if (this.items[0] === item) this.follow(ackSeq);
      if (cancel && !this.closed) this.events.onCancel();
    } catch (error) {
      await this.refused(item, link, error);
    }
  }

  private async refused(item: Item, link: JsonRpcSocket, error: unknown): Promise<void> {
    if (error instanceof NoAnswer && link.socket.readyState !== WebSocket.OPEN) {
      if (this.link === link) this.disconnect();
      return;
    }
    if (error instanceof RpcFailure && this.items[0] === item) {
      const gap = Gap.safeParse(error.data);
      if (gap.success) return this.follow(gap.data.expected - 1);
      if (OVER.has(error.code)) return this.close();
      if (UNFIT.has(error.code)) return this.replace(item, errorText(error));
    }
    await wait(RETRY_AFTER, undefined, { ref: false });
  }

  /** The tower will never take this one: an attempt must end all the same. */
  private replace(item: Item, reason: string): void {
    this.remove();
    if (!isFinalReport(item.report)) return;
    if (item.report.type === 'error' && item.report.kind === 'protocol_error') return this.close();
    this.push({ type: 'error', kind: 'protocol_error', message: `The result could not be stored: ${reason}` });
  }

  private tellProgress(): void {
    if (!this.progress || this.progress.sent || !this.link) return;
    this.progress.sent = true;
    this.link.notify('task/event', { ...this.ref, event: this.progress.report });
  }
}

function sizeOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}
