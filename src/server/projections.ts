import { DisposableStore } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import { owed } from './domain/owed';
import type { TowerRecord } from './domain/event';
import type { History, Journal, LogStore, Peers, TaskFiles, Tower } from './domain/ports';
import type { Actor } from './domain/task';

const BY: Actor = { kind: 'tower', name: 'tower' };
/** Records between two checkpoints. */
const CHECKPOINT_EVERY = 5_000;

export interface ProjectionParts {
  tower: Tower;
  journal: Journal;
  files: TaskFiles;
  logs: LogStore;
  history: History;
  log: Log;
  /** Where several towers share the folder: one of them keeps it. */
  peers?: Pick<Peers, 'isKeeper' | 'onDidChangeKeeper' | 'tell'> | undefined;
}

/** Keeps what is made from the records up to date: task folders, history, checkpoints, archived tasks. */
export class Projections {
  private readonly subscriptions = new DisposableStore();
  /** The last record that the newest checkpoint holds, or the last try at one. */
  private kept: number;
  /** The last record that was handed to the files. */
  private taken: number;
  private checkpointing = false;
  private archiving = false;
  /** The end of the line of background work. */
  private tail: Promise<void> = Promise.resolve();

  constructor(private readonly parts: ProjectionParts) {
    this.kept = parts.journal.kept;
    this.taken = parts.tower.board.seq;
    this.subscriptions.add(parts.tower.onDidCommit((records) => this.take(records)));
    if (parts.peers) this.subscriptions.add(parts.peers.onDidChangeKeeper(() => this.reconcile()));
  }

  private get isKeeper(): boolean {
    return this.parts.peers?.isKeeper ?? true;
  }

  private take(records: readonly TowerRecord[]): void {
    const { files, history } = this.parts;
    files.append(records);
    this.taken = records.at(-1)?.seq ?? this.taken;
    history.apply(records);
    this.forgetPurged(records);
    this.reconcile();
  }

  /** Brings about what the board owes its files: a checkpoint now and then, and room for what is not finished. */
  reconcile(): void {
    const { board } = this.parts.tower;
    if (!this.isKeeper) return;
    if (!this.checkpointing && board.seq - this.kept >= CHECKPOINT_EVERY) this.checkpoint();
    if (!this.archiving && owed(board).archives.length > 0) this.archive();
  }

  private forgetPurged(records: readonly TowerRecord[]): void {
    if (!this.isKeeper) return;
    for (const { events } of records) {
      for (const event of events) if (event.type === 'TaskPurged') this.later(() => this.parts.logs.delete(event.taskId));
    }
  }

  /**
   * The texts of tasks leave the journal with its old epochs, so their folders must be whole first: up to the board that is kept, as under
   * a load that never pauses they are never whole up to now.
   */
  private checkpoint(): void {
    const { tower, files, journal, peers } = this.parts;
    const { seq } = tower.board;
    // The files have yet to hear of its last records; they come with a batch, and the next try.
    if (seq !== this.taken) return;
    this.kept = seq;
    this.checkpointing = true;
    const written = journal
      .checkpoint(tower.board, files.flush())
      .then(() => peers?.tell({ kept: seq }))
      .finally(() => (this.checkpointing = false));
    const told = this.tellFailure(written);
    this.later(() => told);
  }

  private archive(): void {
    this.archiving = true;
    this.later(async () => {
      try {
        const { tower, files } = this.parts;
        const { archives } = owed(tower.board);
        if (archives.length === 0) return;
        await files.flush();
        await tower.execute({ type: 'ArchiveTasks', taskIds: archives.slice(0, 1000) }, BY);
      } finally {
        this.archiving = false;
      }
    });
  }

  private later(work: () => Promise<void>): void {
    this.tail = this.tellFailure(this.tail.then(work));
  }

  private tellFailure(work: Promise<void>): Promise<void> {
    return work.catch((error: unknown) => this.parts.log.warn(`Background work failed, and is tried again: ${errorText(error)}`));
  }

  /** Writes what is pending and a last checkpoint. */
  async dispose(): Promise<void> {
    this.subscriptions.dispose();
    await this.tail;
    if (this.isKeeper && this.isOwner()) this.checkpoint();
    await this.tail;
  }

  private isOwner(): boolean {
    try {
      this.parts.journal.look();
      return true;
    } catch {
      return false;
    }
  }
}
