import type { LogScope } from '../../server/domain/logQuery';
import { inScope } from '../../server/domain/logScope';
import type { LogLine } from '../../server/domain/query';
import type { CutLine } from '../../webviews/protocol';
import { cutLine } from './cutLine';

/** Time between two batches, ms. */
const BATCH_MS = 30;
const BATCH_LINES = 1_200;
/** Characters of a batch, all lines together. */
const BATCH_CHARACTERS = 4_000_000;
/** Lines a second that a page can take. */
export const FEED_PER_SECOND = (BATCH_LINES * 1000) / BATCH_MS;

export interface FedBatch {
  lines: CutLine[];
  /** Lines left out before these, by agent id. */
  dropped: Record<string, number>;
}

/** The new log lines of a scope in batches that a page can take: of a flood the newest ones, and how many were left out. */
export class LogFeed {
  private held: CutLine[] = [];
  /** Lines before this index are out already. */
  private start = 0;
  private characters = 0;
  private dropped = new Map<string, number>();
  private timer: NodeJS.Timeout | undefined;
  private isSending = false;
  private isOver = false;

  constructor(
    private readonly scope: LogScope,
    /** Resolves to false when the page is gone. */
    private readonly send: (batch: FedBatch) => PromiseLike<boolean>,
  ) {}

  take(lines: readonly LogLine[]): void {
    if (this.isOver) return;
    for (const line of lines) {
      if (!inScope(this.scope, line)) continue;
      const cut = cutLine(line);
      this.held.push(cut);
      this.characters += cut.text.length;
      while (this.held.length - this.start > BATCH_LINES || this.characters > BATCH_CHARACTERS) this.dropFirst();
    }
    // What is out is cut off now and then, as an array is shifted slowly.
    if (this.start > BATCH_LINES) {
      this.held.splice(0, this.start);
      this.start = 0;
    }
    this.sendSoon();
  }

  private dropFirst(): void {
    const line = this.held[this.start++];
    if (!line) return;
    this.characters -= line.text.length;
    this.dropped.set(line.agentId, (this.dropped.get(line.agentId) ?? 0) + 1);
  }

  /** One batch is on its way at a time: a page that is slow gets fewer lines, not later ones. */
  private sendSoon(): void {
    if (this.isSending || this.isOver || this.held.length === this.start) return;
    this.timer ??= setTimeout(() => void this.flush(), BATCH_MS);
  }

  private async flush(): Promise<void> {
    this.timer = undefined;
    const batch = { lines: this.held.slice(this.start), dropped: Object.fromEntries(this.dropped) };
    this.held = [];
    this.start = 0;
    this.characters = 0;
    this.dropped.clear();
    this.isSending = true;
    const isThere = await this.send(batch);
    this.isSending = false;
    if (isThere) this.sendSoon();
    else this.dispose();
  }

  dispose(): void {
    this.isOver = true;
    clearTimeout(this.timer);
    this.held = [];
  }
}
