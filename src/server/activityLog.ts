import { activitiesOf, type Activity } from './domain/activity';
import { tasksIn, type Board } from './domain/board';
import type { TowerRecord } from './domain/event';
import type { StoredEvent, TaskFiles } from './domain/ports';
import { Status } from './domain/task';

/** How much is remembered, and of how many tasks the past is read for it. */
const KEPT = 200;
const TASKS = 40;

/** What happened last, in words; what came before the tower started is read from the tasks' own files, once somebody asks. */
export class ActivityLog {
  private readonly kept: Activity[] = [];
  private past: Promise<Activity[]> | undefined;
  private readonly startedAfter: number;

  constructor(
    private readonly board: Board,
    private readonly files: Pick<TaskFiles, 'events'>,
  ) {
    this.startedAfter = board.seq;
  }

  /** Takes in what was committed. */
  add(records: readonly TowerRecord[]): void {
    for (const record of records) this.kept.push(...activitiesOf(this.board, record));
    this.kept.splice(0, this.kept.length - KEPT);
  }

  /** The last ones, newest first. */
  async list(limit: number): Promise<Activity[]> {
    const past = this.kept.length >= limit ? [] : await (this.past ??= this.readPast());
    return [...past, ...this.kept].slice(-limit).reverse();
  }

  private async readPast(): Promise<Activity[]> {
    const { board } = this;
    const latest = Status.options.flatMap((status) => tasksIn(board, status)).sort((a, b) => b.since - a.since);
    const stories = await Promise.all(latest.slice(0, TASKS).map(({ id }) => this.files.events(id).catch((): StoredEvent[] => [])));
    const before = stories.flat().filter(({ seq }) => seq <= this.startedAfter);
    return before
      .sort((a, b) => a.seq - b.seq)
      .slice(-2 * KEPT)
      .flatMap(({ seq, at, event }) => activitiesOf(board, { seq, at, events: [event] }))
      .slice(-KEPT)
      .map((activity, index) => ({ ...activity, id: `past.${index}` }));
  }
}
