import type { Analytics, AnalyticsFilter } from '../../server/domain/analytics';
import type { TowerEvent } from '../../server/domain/event';
import { spoken } from '../../server/domain/spoken';
import { FollowedTower } from '../kit/followedTower';
import { Listeners } from '../kit/listeners';
import type { PanelPort } from '../kit/panelChannel';
import type { FromAnalytics, KeptAnalytics, ToAnalytics } from '../protocol';

/** What there is to show: nothing yet, an error, or figures, the last ones also beside an error. */
export interface Figures {
  analytics?: Analytics;
  /** What was kept when these were asked for, with the group that they have. */
  of?: KeptAnalytics;
  /** The group is larger than the one asked for, as there were too many. */
  isCoarser?: boolean;
  /** Why they cannot be computed anew, for people. */
  error?: string;
  /** Not connected since, ms. */
  staleSince?: number;
}

type Group = AnalyticsFilter['group'];

/** Events that change what charts show. */
const TELLING: ReadonlySet<TowerEvent['type']> = new Set(['AttemptEnded', 'TaskSignedOff', 'TaskPurged', 'UsageReported']);
/** Events of one burst become one question, ms. */
const GATHER_MS = 500;
/** More bars than this are no chart any more. */
const MOST_PERIODS = 370;
const COARSER: Readonly<Partial<Record<Group, Group>>> = { day: 'week', week: 'month' };

/** The figures of the finished tasks, as the tower has them now. */
export class AnalyticsStore {
  private readonly changed = new Listeners<Figures>();
  readonly onDidChange = this.changed.event;
  private readonly shown = new Listeners<ToAnalytics['panel/show']>();
  /** The extension said what was kept. */
  readonly onDidShow = this.shown.event;
  current: Figures = {};
  private readonly tower: FollowedTower;
  private wanted: { filter: () => AnalyticsFilter; kept: KeptAnalytics } | undefined;
  private isAsking = false;
  private isOutdated = false;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(port: PanelPort) {
    this.tower = new FollowedTower(port);
    this.tower.onDidTell(({ method, params }) => method === 'panel/show' && this.shown.fire(params as ToAnalytics['panel/show']));
    this.tower.onDidChangeStanding(() => this.stand());
    this.tower.onDidReset(() => void this.ask());
    this.tower.onDidCommit((records) => {
      if (records.some(({ events }) => events.some(({ type }) => TELLING.has(type)))) this.askSoon();
    });
  }

  /** Listens and asks from now on. */
  start(): void {
    this.tower.start();
  }

  /** The name of an agent. */
  agentName(id: string): string {
    return this.tower.board?.agents.get(id)?.name ?? id;
  }

  /** The agents that the tower knows, by name. */
  agents(): { id: string; name: string }[] {
    return [...(this.tower.board?.agents.values() ?? [])]
      .map(({ id, name }) => ({ id, name }))
      .sort((a, b) => a.name.localeCompare(b.name));
  }

  /** Why the person may not run a command of the editor; undefined = they may. */
  whyNot(command: string): string | undefined {
    return this.tower.whyNot(command);
  }

  tell<Method extends keyof FromAnalytics>(method: Method, params: FromAnalytics[Method]): void {
    this.tower.tell(method, params);
  }

  /** Asks for what `kept` says; `filter` gives its range at the time of asking. */
  want(kept: KeptAnalytics, filter: () => AnalyticsFilter): void {
    this.wanted = { kept, filter };
    void this.ask();
  }

  /** Asks for everything again. */
  reload(): void {
    void this.ask();
  }

  private stand(): void {
    const { error, staleSince } = this.tower;
    const { staleSince: _, ...rest } = this.current;
    this.set({ ...rest, ...(error === undefined ? {} : { error }), ...(staleSince === undefined ? {} : { staleSince }) });
  }

  private askSoon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.ask();
    }, GATHER_MS);
  }

  private async ask(): Promise<void> {
    const { tower, wanted } = this;
    if (!tower.board || !wanted) return;
    if (this.isAsking) {
      this.isOutdated = true;
      return;
    }
    this.isAsking = true;
    try {
      const { analytics, group } = await this.compute(wanted.filter());
      const { error: _, ...rest } = this.current;
      const { filter } = wanted.kept;
      const of = { ...wanted.kept, filter: { ...filter, group } };
      // The answer to an older wish would flash up under the new one.
      if (this.wanted === wanted) this.set({ ...rest, analytics, of, isCoarser: group !== filter.group });
    } catch (error) {
      this.set({ ...this.current, error: spoken(error) });
    }
    this.isAsking = false;
    const again = this.isOutdated || this.wanted !== wanted;
    this.isOutdated = false;
    if (again) void this.ask();
  }

  private async compute(filter: AnalyticsFilter): Promise<{ analytics: Analytics; group: Group }> {
    const analytics = await this.tower.query({ type: 'Analytics', filter });
    const group = COARSER[filter.group];
    return analytics.periods.length > MOST_PERIODS && group ? this.compute({ ...filter, group }) : { analytics, group: filter.group };
  }

  private set(next: Figures): void {
    this.current = next;
    this.changed.fire(next);
  }
}
