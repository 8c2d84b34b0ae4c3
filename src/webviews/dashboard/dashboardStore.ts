import { estimatesBy, type EstimateOf } from '../../server/domain/analytics';
import { activitiesOf, type Activity } from '../../server/domain/activity';
import type { CommandInput } from '../../server/domain/command';
import type { Answer } from '../../server/domain/command';
import type { You } from '../../server/domain/commandRole';
import type { TowerRecord } from '../../server/domain/event';
import type { TaskFilter, TaskRow } from '../../server/domain/query';
import type { Scene } from '../../server/domain/rows/row';
import type { Task } from '../../server/domain/task';
import { FollowedTower } from '../kit/followedTower';
import { Listeners } from '../kit/listeners';
import type { PanelPort } from '../kit/panelChannel';
import type { FromDashboard, KeptDashboard, RunCommand, ToDashboard } from '../protocol';

/** How much of the past is shown, and how soon what changed is asked for anew, ms. */
const ACTIVITIES = 200;
const PAGE = 100;
const SOON_MS = 150;
const ESTIMATES_MS = 2_000;

/** Finished tasks come from the history, a page at a time; a filter of undefined wants none. */
export type FinishedFilter = Partial<Omit<TaskFilter, 'order' | 'limit' | 'cursor'>>;

/** What the Dashboard shows, as the tower has it. Listeners hear of changes once a frame. */
export class DashboardStore {
  private readonly changed = new Listeners<void>();
  readonly onDidChange = this.changed.event;
  private readonly shown = new Listeners<ToDashboard['panel/show']>();
  /** The extension wants something shown: a filter, or the form. */
  readonly onDidShow = this.shown.event;
  private readonly reset = new Listeners<void>();
  /** The whole board came anew. */
  readonly onDidReset = this.reset.event;
  show: ToDashboard['panel/show'] | undefined;
  /** Newest first. */
  activities: readonly Activity[] = [];
  finished: { rows: readonly TaskRow[]; total: number; cursor?: string | undefined } = { rows: [], total: 0 };
  private readonly tower: FollowedTower;
  /** How long like tasks took. */
  estimateOf: EstimateOf = () => undefined;
  private filter: FinishedFilter | undefined;
  private asked = 0;
  private isDrawing = false;
  private readonly timers = new Map<() => Promise<void>, ReturnType<typeof setTimeout>>();

  constructor(port: PanelPort) {
    this.tower = new FollowedTower(port);
    this.tower.onDidTell(({ method, params }) => {
      if (method === 'panel/show') this.take(params as ToDashboard['panel/show']);
    });
    this.tower.onDidReset(() => {
      this.start();
      this.reset.fire();
    });
    this.tower.onDidCommit((records) => this.hear(records));
    this.tower.onDidChangeLive(() => this.draw());
    this.tower.onDidChangeStanding(() => this.draw());
    this.tower.start();
  }

  /** The board and what goes on, at `now` (ms); undefined until it is there. */
  scene(now: number): Scene | undefined {
    const { board, live } = this.tower;
    return board && live ? { board, live, now } : undefined;
  }

  get error(): string | undefined {
    return this.tower.error;
  }

  /** Not connected since, ms. */
  get staleSince(): number | undefined {
    return this.tower.staleSince;
  }

  /** Who works here. */
  get you(): You | undefined {
    return this.tower.you;
  }

  /** Why the person may not run a command of the editor; undefined = they may. */
  whyNot(command: string): string | undefined {
    return this.tower.whyNot(command);
  }

  execute(command: CommandInput): Promise<Answer> {
    return this.tower.execute(command);
  }

  query: FollowedTower['query'] = (query) => this.tower.query(query);

  run(run: RunCommand): void {
    this.tower.tell('panel/run', run);
  }

  tell<Method extends keyof FromDashboard>(method: Method, params: FromDashboard[Method]): void {
    this.tower.tell(method, params);
  }

  keep(kept: KeptDashboard): void {
    this.tell('panel/keep', { kept });
  }

  /** Which finished tasks are wanted; undefined = none. */
  want(filter: FinishedFilter | undefined): void {
    this.filter = filter;
    void this.askFinished();
  }

  /** The next page of finished tasks. */
  async more(): Promise<void> {
    const { filter } = this;
    const { cursor, rows } = this.finished;
    if (!filter || cursor === undefined) return;
    const asked = this.asked;
    const page = await this.tower.query({ type: 'Tasks', filter: { ...filter, order: 'newest', limit: PAGE, cursor } });
    if (asked !== this.asked) return;
    this.finished = { rows: [...rows, ...page.tasks], total: page.total, cursor: page.cursor };
    this.draw();
  }

  /** The ids of all finished tasks that match, also of those not shown yet. */
  async allFinished(): Promise<string[]> {
    const ids: string[] = [];
    let cursor: string | undefined;
    if (this.filter)
      do {
        const next = cursor === undefined ? {} : { cursor };
        const page = await this.tower.query({ type: 'Tasks', filter: { ...this.filter, order: 'newest', limit: 500, ...next } });
        ids.push(...page.tasks.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
    return ids;
  }

  /** A task of the board. */
  task(id: string): Task | undefined {
    return this.tower.board?.tasks.get(id);
  }

  private take(show: ToDashboard['panel/show']): void {
    this.show = show;
    this.shown.fire(show);
    this.draw();
  }

  private start(): void {
    this.draw();
    void this.askActivity();
    void this.askEstimates();
    void this.askFinished();
  }

  private hear(records: readonly TowerRecord[]): void {
    const { board } = this.tower;
    if (!board) return;
    const news = records.flatMap((record) => activitiesOf(board, record)).reverse();
    if (news.length > 0) this.activities = [...news, ...this.activities].slice(0, ACTIVITIES);
    const types = new Set(records.flatMap(({ events }) => events.map(({ type }) => type)));
    if (CHANGES_FINISHED.some((type) => types.has(type))) this.soon(this.askFinished, SOON_MS);
    if (types.has('AttemptEnded')) this.soon(this.askEstimates, ESTIMATES_MS);
    this.draw();
  }

  private readonly askActivity = async (): Promise<void> => {
    try {
      this.activities = await this.tower.query({ type: 'Activity', limit: ACTIVITIES });
      this.draw();
    } catch {
      // What happens from now on is told all the same.
    }
  };

  private readonly askEstimates = async (): Promise<void> => {
    try {
      const estimates = await this.tower.query({ type: 'Estimates' });
      this.estimateOf = estimatesBy(estimates);
      this.draw();
    } catch {
      // A task without an estimate says how long it has run.
    }
  };

  private readonly askFinished = async (): Promise<void> => {
    const asked = ++this.asked;
    const { filter } = this;
    if (!filter) this.finished = { rows: [], total: 0 };
    else
      try {
        // What was loaded stays loaded, so that nothing moves under the reader.
        const limit = Math.min(500, Math.max(PAGE, this.finished.rows.length));
        const page = await this.tower.query({ type: 'Tasks', filter: { ...filter, order: 'newest', limit } });
        if (asked !== this.asked) return;
        this.finished = { rows: page.tasks, total: page.total, cursor: page.cursor };
      } catch {
        return;
      }
    this.draw();
  };

  private soon(work: () => Promise<void>, ms: number): void {
    if (this.timers.has(work)) return;
    this.timers.set(
      work,
      setTimeout(() => {
        this.timers.delete(work);
        void work();
      }, ms),
    );
  }

  /** One change a frame, however many there were; a hidden page draws nothing and catches up when it is seen. */
  private draw(): void {
    if (this.isDrawing) return;
    this.isDrawing = true;
    requestAnimationFrame(() => {
      this.isDrawing = false;
      this.changed.fire();
    });
  }
}

const CHANGES_FINISHED = [
  'AttemptEnded',
  'TaskCancelled',
  'TaskRetried',
  'TaskSignedOff',
  'TaskPurged',
  'TaskDismissed',
  'TaskRecalled',
  'TasksArchived',
] as const;
