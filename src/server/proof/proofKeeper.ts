import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import type { Clock } from '../base/clock';
import type { Disposable } from '../base/disposables';
import { errorText, HumanError } from '../base/errors';
import type { Log } from '../base/log';
import type { Baseline, Comparison } from '../domain/comparison';
import { evidenceLabel, type Evidence } from '../domain/evidence';
import { owed, type Piece } from '../domain/owed';
import type { Baselines, EvidenceStore, Tower } from '../domain/ports';
import { Refusal, TowerStopped } from '../domain/refusal';
import { taskName, type Actor, type Task } from '../domain/task';
import { pictureBytes } from './compareFiles';
import type { PictureComparer } from './pictureComparer';
import type { Thumbnails } from './thumbnails';
import { phrase } from '../domain/phrase';

const BY: Actor = { kind: 'tower', name: 'tower' };
const NOTHING = { changed: 0, ratio: 0, areas: [], width: 0, height: 0, ignore: [] };

type Accepted = Omit<Baseline, 'sha256' | 'file' | 'ignore' | 'threshold'>;

export interface ProofKeeperParts {
  tower: Tower;
  evidence: EvidenceStore;
  comparer: PictureComparer;
  /** The baselines of the workspace that a task works in; undefined when no folder is open. */
  baselines: (task: Task) => Baselines | undefined;
  thumbnails: Thumbnails;
  /** The folder of temporary files, absolute. */
  folder: string;
  clock: Clock;
  log: Log;
  /** Where several towers share the folder: whether this one keeps it now. */
  isKeeper?: () => boolean;
}

/** Compares each screenshot with its baseline, and lets the baselines of the workspace follow people's verdicts. */
export class ProofKeeper implements Disposable {
  private readonly subscription: Disposable;
  private working = false;
  private again = false;
  private disposed = false;
  /** What could not be done, so that it is not tried at every record; forgotten at the next start. */
  private readonly failed = new Set<string>();

  constructor(private readonly parts: ProofKeeperParts) {
    this.subscription = parts.tower.onDidCommit(() => this.reconcile());
  }

  /** Sees to what is owed; cheap when nothing is. */
  reconcile(): void {
    const { tower, isKeeper } = this.parts;
    if (tower.board.proofOwed.size === 0 || this.disposed || isKeeper?.() === false) return;
    this.again = true;
    if (!this.working) void this.work();
  }

  private async work(): Promise<void> {
    this.working = true;
    try {
      while (this.again && !this.disposed) {
        this.again = false;
        const { comparisons, baselines } = owed(this.parts.tower.board);
        for (const piece of comparisons) await this.attend(piece, () => this.compare(piece));
        for (const piece of baselines) await this.attend(piece, () => this.follow(piece));
      }
    } finally {
      this.working = false;
    }
  }

  private async attend({ task, attempt, piece }: Piece, work: () => Promise<void>): Promise<void> {
    const key = `${task.id}/${attempt.n}/${piece.id}/${piece.baseline ?? ''}`;
    if (this.disposed || this.failed.has(key)) return;
    try {
      await work();
    } catch (error) {
      // It moved on meanwhile, or another window goes on with it.
      if (error instanceof Refusal || error instanceof TowerStopped || this.disposed) return;
      this.failed.add(key);
      this.parts.log.error(`${evidenceLabel(piece)} of ${taskName(task)}: ${errorText(error)}`, error);
    }
  }

  private async compare(owing: Piece): Promise<void> {
    const { task, attempt, piece } = owing;
    const comparison = await this.comparison(owing).catch((error: unknown): Comparison => {
      if (this.disposed || !(error instanceof HumanError)) throw error;
      return { ...NOTHING, state: 'unreadable', message: errorText(error) };
    });
    await this.parts.tower.execute({ type: 'RecordComparison', taskId: task.id, attempt: attempt.n, evidenceId: piece.id, comparison }, BY);
  }

  private async comparison({ task, piece }: Piece): Promise<Comparison> {
    const { evidence, comparer } = this.parts;
    const actual = evidence.path(piece.sha256);
    if (actual === undefined) throw new HumanError(phrase('The picture is no longer on the disk.'));
    const baseline = await this.parts.baselines(task)?.find(evidenceLabel(piece));
    if (!baseline) {
      // Made now, so that a picture that cannot be decoded is known before anyone relies on it.
      await this.parts.thumbnails.of(piece.sha256);
      return { ...NOTHING, state: 'new' };
    }
    const { ignore = [], threshold } = baseline.entry ?? {};
    const diffTo = await this.temporary();
    try {
      const options = { ignore, ...(threshold === undefined ? {} : { threshold }) };
      const { equal, changed, ratio, areas, width, height, sizeChanged } = await comparer.compare({
        ...{ baseline: baseline.path, actual, diffTo, options },
      });
      const kept = await evidence.put(pictureBytes(baseline.path));
      const diff = changed > 0 ? (await evidence.put(pictureBytes(diffTo))).sha256 : undefined;
      return {
        state: changed > 0 || sizeChanged ? 'changed' : 'equal',
        ...{ changed, ratio, areas, width, height, ignore, baseline: kept.sha256 },
        ...(sizeChanged ? { sizeChanged } : {}),
        ...(equal === 'bytes' ? { sameBytes: true } : {}),
        ...(diff === undefined ? {} : { diff }),
      };
    } finally {
      await rm(diffTo, { force: true });
    }
  }

  /** Writes or takes back the baseline that a verdict asks for. */
  private async follow({ task, attempt, piece }: Piece): Promise<void> {
    const baselines = this.parts.baselines(task);
    if (!baselines) throw new HumanError(phrase('No folder is open, so there is no place for baselines. Open a folder to keep them.'));
    const about = { taskId: task.id, attempt: attempt.n, evidenceId: piece.id };
    const entry = {
      ...{ label: evidenceLabel(piece), task: taskName(task).slice(0, 240), attempt: attempt.n },
      ...{ acceptedBy: piece.judgedBy ?? 'you', acceptedAt: new Date(piece.judgedAt ?? this.parts.clock.now()).toISOString() },
      ...(attempt.commit ? { commit: `${attempt.commit.sha}${attempt.commit.dirty ? '-dirty' : ''}` } : {}),
    };
    const { tower } = this.parts;
    if (piece.baseline === 'owed') {
      const before = await this.keep(baselines, entry, piece);
      await tower.execute({ type: 'RecordBaseline', ...about, state: 'kept', before }, BY);
    } else {
      await this.giveBack(baselines, entry, piece);
      await tower.execute({ type: 'RecordBaseline', ...about, state: 'undone' }, BY);
    }
  }

  /** @returns what the picture replaced: kept among the evidence, so that the verdict can be taken back. */
  private async keep(baselines: Baselines, entry: Accepted, { sha256, comparison }: Evidence): Promise<string | null> {
    const { evidence } = this.parts;
    const path = evidence.path(sha256);
    if (path === undefined) throw new HumanError(phrase('The picture is no longer on the disk, so it cannot become the baseline.'));
    const found = await baselines.find(entry.label);
    const there = found && (await evidence.put(pictureBytes(found.path))).sha256;
    await baselines.keep({ ...entry, sha256 }, path);
    // There already: it was written just before a crash.
    return (there === sha256 ? comparison?.baseline : there) ?? null;
  }

  private async giveBack(baselines: Baselines, entry: Accepted, { sha256, comparison, baselineBefore }: Evidence): Promise<void> {
    const { evidence } = this.parts;
    const before = baselineBefore ?? comparison?.baseline;
    const path = before === undefined ? undefined : evidence.path(before);
    if (before !== undefined && path !== undefined) return baselines.keep({ ...entry, sha256: before }, path);
    const found = await baselines.find(entry.label);
    // Someone else's baseline stays.
    if (found && (await evidence.put(pictureBytes(found.path))).sha256 === sha256) await baselines.remove(entry.label);
  }

  private async temporary(): Promise<string> {
    const { folder } = this.parts;
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return join(folder, `${randomBytes(8).toString('hex')}.png`);
  }

  dispose(): void {
    this.disposed = true;
    this.subscription.dispose();
    this.parts.comparer.dispose();
  }
}
