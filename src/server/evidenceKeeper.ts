import type { Clock } from './base/clock';
import type { Disposable } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import type { Keep } from './domain/evidence';
import type { EvidenceStore, History, NeededFile, Tower } from './domain/ports';

const DAY = 86_400_000;
/** How often it looks, and how soon after a task was deleted, ms. */
const EVERY = 3_600_000;
const SOON = 1_000;
/** How much may come in beyond what is kept before it looks, as a part of that: each look reads the whole list. */
const SLACK = 0.05;

export interface EvidenceKeeperParts {
  tower: Tower;
  evidence: Pick<EvidenceStore, 'list' | 'size' | 'delete'>;
  history: Pick<History, 'files'>;
  /** Takes away the small picture of a file. */
  forget(sha256: string): Promise<void>;
  clock: Clock;
  log: Log;
  /** Where several towers share the folder: whether this one keeps it now. */
  isKeeper?: () => boolean;
  /** ms; injected by tests. */
  soon?: number;
}

/** Deletes the evidence files that no task needs any more, and those past their keeping. */
export class EvidenceKeeper implements Disposable {
  private readonly subscription: Disposable;
  private readonly timer: NodeJS.Timeout;
  private next: NodeJS.Timeout | undefined;
  /** When it looks next, monotonic ms. */
  private due = Infinity;
  private keep: Keep | undefined;
  /** Bytes there were after the last look, and what came since. */
  private total = 0;
  private added = 0;
  private readonly soon: number;
  private working: Promise<void> = Promise.resolve();
  private disposed = false;

  constructor(private readonly parts: EvidenceKeeperParts) {
    this.soon = parts.soon ?? SOON;
    this.subscription = parts.tower.onDidCommit((records) => {
      for (const { events } of records) {
        for (const event of events) {
          if (event.type === 'TaskPurged') this.lookSoon();
          else if (event.type === 'EvidenceAdded') this.add(event.evidence.bytes);
        }
      }
    });
    this.timer = setInterval(() => this.lookSoon(), EVERY).unref();
  }

  /** Takes changed settings. */
  configure(keep: Keep): void {
    const { keep: before } = this;
    if (keep.days === before?.days && keep.bytes === before.bytes) return;
    this.keep = keep;
    // At the start there is more urgent work.
    this.lookSoon(before ? this.soon : 60 * this.soon);
  }

  /** Deletes what is due now. @returns how many files it deleted. */
  async look(): Promise<number> {
    const { evidence, history, tower, clock, isKeeper } = this.parts;
    if (isKeeper?.() === false) return 0;
    this.added = 0;
    // First the files: what comes in meanwhile is no orphan because the history does not know it yet.
    const stored = await evidence.list();
    const needed = new Map((await history.files(tower.board.seq)).map((file) => [file.sha256, file]));
    const orphans = stored.filter((sha256) => !needed.has(sha256));
    const kept = stored.flatMap((sha256) => needed.get(sha256) ?? []);
    const sizes = new Map<string, number>();
    const { keep = { days: 0, bytes: 0 } } = this;
    if (keep.bytes > 0) for (const { sha256 } of kept) sizes.set(sha256, await evidence.size(sha256));
    const expired = expiredFiles(kept, sizes, keep, clock.now());
    this.total = [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0);
    const deleted: string[] = [];
    let postponed = false;
    for (const sha256 of [...orphans, ...expired]) {
      if (this.disposed) break;
      if (await evidence.delete(sha256)) deleted.push(sha256);
      else postponed = true;
    }
    for (const sha256 of deleted) this.total -= sizes.get(sha256) ?? 0;
    for (const sha256 of deleted) await this.parts.forget(sha256);
    if (postponed) this.lookSoon(60 * this.soon);
    // What came meanwhile was weighed against the total of the look before.
    this.lookIfFull();
    if (deleted.length > 0) this.parts.log.info(`${deleted.length} evidence files were deleted: their tasks are, or their time is over.`);
    return deleted.length;
  }

  private add(bytes: number): void {
    this.added += bytes;
    this.lookIfFull();
  }

  private lookIfFull(): void {
    const most = this.keep?.bytes ?? 0;
    if (most > 0 && this.added > most * SLACK && this.total + this.added > most) this.lookSoon();
  }

  private lookSoon(ms = this.soon): void {
    const due = performance.now() + ms;
    // What comes in all the time must not put it off.
    if (this.disposed || this.due <= due) return;
    clearTimeout(this.next);
    this.due = due;
    this.next = setTimeout(() => {
      this.due = Infinity;
      this.working = this.working
        .then(() => this.look())
        .then(() => undefined)
        .catch((error: unknown) => this.parts.log.warn(`Old evidence could not be deleted, and is tried again: ${errorText(error)}`));
    }, ms).unref();
  }

  dispose(): void {
    this.disposed = true;
    clearTimeout(this.next);
    clearInterval(this.timer);
    this.subscription.dispose();
  }
}

/** The files to delete: of ended tasks alone, those past their days, then the oldest until the rest fits. `sizes` in bytes. */
export function expiredFiles(
  files: readonly NeededFile[],
  sizes: ReadonlyMap<string, number>,
  { days, bytes }: Keep,
  now: number,
): string[] {
  const ended = files
    .flatMap(({ sha256, endedAt }) => (endedAt === null ? [] : [{ sha256, endedAt }]))
    .sort((a, b) => a.endedAt - b.endedAt);
  let total = 0;
  for (const { sha256 } of files) total += sizes.get(sha256) ?? 0;
  const expired: string[] = [];
  for (const { sha256, endedAt } of ended) {
    const old = days > 0 && endedAt < now - days * DAY;
    if (!old && !(bytes > 0 && total > bytes)) break;
    total -= sizes.get(sha256) ?? 0;
    expired.push(sha256);
  }
  return expired;
}
