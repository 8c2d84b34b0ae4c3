import type { LogHits, LogMatch, LogPlace, LogScope } from '../../server/domain/logQuery';
import { spoken } from '../../server/domain/spoken';
import type { Line } from './line';
import { faultOf, holds, patternOf } from './matcher';

/** Hits that are kept, the newest ones. */
const MOST_HITS = 10_000;
/** The first answer stops at so many. */
const FIRST_HITS = 200;

type Hit = LogHits['hits'][number];
type Search = (scope: LogScope, match: LogMatch, limit: number, stopEarly: boolean) => Promise<LogHits>;

/** What is looked for, what was found, and which hit is the current one. */
export class Finder {
  /** What the hits are of; it stays while what is typed cannot be looked for. */
  match: LogMatch | undefined;
  /** Finds the same in lines on the page; only once the tower has taken it. */
  pattern: RegExp | undefined;
  /** Why what is typed cannot be looked for. */
  fault: string | undefined;
  /** How many there are, as far as it is known. */
  total = 0;
  /** The tower is still counting. */
  isCounting = false;
  current: LogPlace | undefined;
  private hits: Hit[] = [];
  /** Hits that came while the tower was asked. */
  private late: Hit[] = [];
  private turn = 0;

  constructor(
    private readonly search: Search,
    private readonly changed: () => void,
  ) {}

  /** Looks for something in a scope; nothing = ends it. */
  async find(scope: LogScope, match: LogMatch | undefined): Promise<void> {
    const turn = ++this.turn;
    this.fault = match && faultOf(match);
    if (this.fault !== undefined) {
      this.isCounting = false;
      return this.changed();
    }
    if (!match) {
      this.reset(undefined);
      return this.changed();
    }
    this.isCounting = true;
    this.late = [];
    this.changed();
    try {
      const first = await this.search(scope, match, FIRST_HITS, true);
      if (turn !== this.turn) return;
      this.take(match, first, !first.isComplete);
      if (first.isComplete) return;
      const all = await this.search(scope, match, MOST_HITS, false);
      if (turn === this.turn) this.take(match, all, false);
    } catch (error) {
      if (turn !== this.turn) return;
      this.isCounting = false;
      this.fault = spoken(error);
      this.changed();
    }
  }

  /** Counts the hits among lines that have just come. */
  addLive(lines: readonly Line[]): void {
    const { pattern } = this;
    if (!pattern) return;
    for (const { text, place, at, taskId } of lines) {
      if (place === undefined || !holds(pattern, text)) continue;
      const hit = { place, at, taskId };
      if (this.isCounting) this.late.push(hit);
      this.hits.push(hit);
      this.total++;
    }
    if (this.hits.length > MOST_HITS) this.hits.splice(0, this.hits.length - MOST_HITS);
  }

  /** The number of the current hit, from 1; undefined when there is none. */
  get position(): number | undefined {
    const at = this.hits.findIndex(({ place }) => place === this.current);
    return at < 0 ? undefined : this.total - this.hits.length + at + 1;
  }

  /**
   * Makes the next hit in that direction the current one, around the end.
   * @param from where to begin when there is no current one: the time of the first line in sight, ms.
   */
  step(by: 1 | -1, from: number): Hit | undefined {
    const { hits } = this;
    const at = hits.findIndex(({ place }) => place === this.current);
    const begin = by === 1 ? hits.findIndex((hit) => hit.at >= from) : hits.findLastIndex((hit) => hit.at < from);
    const next = at >= 0 ? hits[(at + by + hits.length) % hits.length] : (hits[begin] ?? hits.at(by === 1 ? 0 : -1));
    this.current = next?.place;
    return next;
  }

  private take(match: LogMatch, { hits, total }: LogHits, isCounting: boolean): void {
    if (JSON.stringify(match) !== JSON.stringify(this.match)) this.reset(match);
    const known = new Set(hits.map(({ place }) => place));
    const late = this.late.filter(({ place }) => !known.has(place));
    this.hits = [...hits, ...late].slice(-MOST_HITS);
    this.total = total + late.length;
    this.isCounting = isCounting;
    this.changed();
  }

  private reset(match: LogMatch | undefined): void {
    this.match = match;
    this.pattern = match && patternOf(match);
    this.hits = [];
    this.total = 0;
    this.isCounting = false;
    this.current = undefined;
    if (!match) this.late = [];
  }
}
