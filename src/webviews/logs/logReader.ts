import type { LogPlace } from '../../server/domain/logQuery';
import { inScope } from '../../server/domain/logScope';
import type { LogLine } from '../../server/domain/query';
import { spoken } from '../../server/domain/spoken';
import type { ToLogs } from '../protocol';
import { ContextFilter } from './contextFilter';
import { lineOf, type Dropped, type Line } from './line';
import { LineCache, MOST_LINES } from './lineCache';
import type { LineSource, Wanted } from './lineSource';

export type Where = 'end' | 'beginning' | { place: LogPlace };

/** What a reader tells whoever shows its lines. */
export interface ReaderEvents {
  changed(): void;
  /** These lines were read from the store; `at`: the one that was wanted. */
  read(lines: readonly Line[], at: string | undefined): void;
  /** A page beside those that are here could not be read. */
  failed(reason: string): void;
}

/** The lines of a filter: those read from the store, page by page, and those that come. */
export class LogReader {
  readonly cache = new LineCache();
  wanted: Wanted = { scope: {}, context: 0 };
  isLoading = true;
  /** Why the lines cannot be read. */
  error: string | undefined;
  isFollowing = true;
  /** Lines that have come since the view was paused. */
  newLines = 0;
  /** Lines a second that the page is sent. */
  perSecond = 0;
  private isPaging = false;
  private turn = 0;
  /** Lines that came while the first page was on the way. */
  private waiting: Line[] = [];
  private dropped = new Map<string, number>();
  private context: ContextFilter | undefined;

  constructor(
    private readonly source: LineSource,
    private readonly events: ReaderEvents,
  ) {}

  /**
   * Begins anew with other lines.
   * @param isHit what alone is shown, with `wanted.context` lines around each.
   * @param canAsk false = the tower is not there yet; until it is, only what comes is kept.
   */
  async load(wanted: Wanted, where: Where, isHit: ((line: Line) => boolean) | undefined, canAsk: boolean): Promise<void> {
    const turn = ++this.turn;
    this.wanted = wanted;
    this.context = isHit && new ContextFilter(isHit, wanted.context);
    this.isLoading = true;
    this.waiting = [];
    if (where === 'end') this.newLines = 0;
    if (!canAsk) return;
    const [direction, place] =
      typeof where === 'object' ? (['around', where.place] as const) : ([where === 'end' ? 'older' : 'newer'] as const);
    try {
      const page = await this.source.page(wanted, direction, place);
      if (turn !== this.turn) return;
      this.error = undefined;
      this.cache.replace(page.lines, page.hasOlder, page.hasNewer);
      this.cache.addLive(this.waiting.splice(0), !this.isFollowing);
      this.isLoading = false;
      this.events.read(page.lines, place ?? (where === 'beginning' ? page.lines[0]?.key : undefined));
    } catch (error) {
      if (turn !== this.turn) return;
      this.isLoading = false;
      this.error = spoken(error);
    }
    this.events.changed();
  }

  /** Reads the page before the first line, or after the last one. */
  async page(direction: 'older' | 'newer'): Promise<void> {
    const { cache, turn } = this;
    const isThere = direction === 'older' ? cache.hasOlder : cache.hasNewer;
    const hasPlace = ({ place }: Line): boolean => place !== undefined;
    const place = (direction === 'older' ? cache.lines.find(hasPlace) : cache.lines.findLast(hasPlace))?.place;
    if (!isThere || this.isPaging || this.isLoading || place === undefined) return;
    this.isPaging = true;
    try {
      const page = await this.source.page(this.wanted, direction, place);
      if (turn !== this.turn) return;
      if (direction === 'older') cache.addOlder(page.lines, page.hasOlder);
      else cache.addNewer(page.lines, page.hasNewer);
      this.events.read(page.lines, undefined);
    } catch (error) {
      if (turn === this.turn) this.events.failed(spoken(error));
    } finally {
      this.isPaging = false;
      this.events.changed();
    }
  }

  /** Takes lines as they come. @returns those of the filter, and those of them that are shown. */
  take(sent: readonly LogLine[]): { lines: readonly Line[]; shown: readonly Line[] } {
    const { scope } = this.wanted;
    const lines = sent.filter((line) => inScope(scope, line)).map(lineOf);
    const [first] = lines;
    if (!first) return { lines, shown: lines };
    if (this.dropped.size > 0) lines[0] = { ...first, dropped: this.takeDropped() };
    const shown = this.context ? this.context.pass(lines) : lines;
    if (this.isLoading) this.waiting = [...this.waiting, ...shown].slice(-MOST_LINES);
    else this.cache.addLive(shown, !this.isFollowing);
    if (!this.isFollowing) this.newLines += shown.filter(({ isContext }) => !isContext).length;
    return { lines, shown };
  }

  /** Notes lines that were left out before those that come next. */
  drop({ lines, perSecond }: ToLogs['panel/dropped']): void {
    this.perSecond = perSecond;
    for (const [agentId, count] of Object.entries(lines)) {
      this.dropped.set(agentId, (this.dropped.get(agentId) ?? 0) + count);
      if (!this.isFollowing) this.newLines += count;
    }
  }

  /** How many lines pass the filter. @throws what the tower refuses, in its words. */
  async count(): Promise<number> {
    const { scope, match } = this.wanted;
    const everything = { text: '^', regex: true, wholeWord: false, matchCase: false };
    return (await this.source.search(scope, match ?? everything, 1, false)).total;
  }

  /** Lines from one to another, both included, also those that are not here; `most` at most. */
  async between(first: Line, last: Line, most: number): Promise<Line[]> {
    const lines = new Map([[first.key, first]]);
    let from = first.place;
    while (from !== undefined && lines.size < most) {
      const page = await this.source.page(this.wanted, 'newer', from);
      const fresh = page.lines.filter(({ key }) => !lines.has(key));
      for (const line of fresh) {
        lines.set(line.key, line);
        if (line.key === last.key) return [...lines.values()];
      }
      from = page.hasNewer ? fresh.at(-1)?.place : undefined;
    }
    return [...lines.values()].slice(0, most);
  }

  private takeDropped(): Dropped[] {
    const dropped = [...this.dropped].map(([agentId, lines]) => ({ agentId, lines }));
    this.dropped.clear();
    return dropped;
  }
}
