import type { LogMatch, LogPage, LogScope, PlacedLine } from '../../domain/logQuery';
import { comparePlaces, readPlace, type Place } from './place';
import { MAX_READ } from '../logSegment';
import type { LogSearch } from './logSearch';
import type { SegmentLine, SegmentLines } from './segmentLines';
import type { Segment, Segments } from './segments';
import { headTest, placedLine } from './storedLine';

/** Matching lines that are read at once. */
const AT_ONCE = 64;

export interface PageQuery {
  scope: LogScope;
  match?: LogMatch | undefined;
  place?: string | undefined;
  direction: 'older' | 'newer' | 'around';
  limit: number;
}

/** Stored lines beside a place, over the segments of all tasks; no more is read than the page needs. */
export class LogPages {
  constructor(
    private readonly segments: Segments,
    private readonly lines: SegmentLines,
    private readonly search: LogSearch,
    /** Lines of a page are together at most this long, characters, but always one is given. */
    private readonly most = MAX_READ,
  ) {}

  /** @throws {Refusal} on a place of no page, or a bad expression. */
  async page({ scope, match, place: text, direction, limit }: PageQuery): Promise<LogPage> {
    const place = text === undefined ? undefined : readPlace(text);
    if (direction === 'older') {
      const { lines, more } = await this.older(scope, match, place, limit);
      return { lines, hasOlder: more, hasNewer: place !== undefined };
    }
    if (direction === 'newer') {
      const { lines, more } = await this.newer(scope, match, place && after(place), limit);
      return { lines, hasOlder: place !== undefined, hasNewer: more };
    }
    const [older, newer] = await Promise.all([
      this.older(scope, match, place, Math.floor(limit / 2)),
      place ? this.newer(scope, match, place, Math.ceil(limit / 2)) : { lines: [], more: false },
    ]);
    return { lines: [...older.lines, ...newer.lines], hasOlder: older.more, hasNewer: newer.more };
  }

  private async older(scope: LogScope, match: LogMatch | undefined, place: Place | undefined, limit: number): Promise<Taken> {
    if (match) return this.matching(scope, match, place && { place, side: 'older' }, limit);
    const all = (await this.segments.of(scope)).filter(({ first }) => !place || first <= place.at);
    return this.gather(all, scope, limit, 'older', (segment) => this.lines.before(segment, place));
  }

  private async newer(scope: LogScope, match: LogMatch | undefined, place: Place | undefined, limit: number): Promise<Taken> {
    if (match) return this.matching(scope, match, { place: place ? before(place) : BEGINNING, side: 'newer' }, limit);
    const all = (await this.segments.of(scope)).filter(({ last }) => !place || last >= place.at).sort((a, b) => a.first - b.first);
    return this.gather(all, scope, limit, 'newer', (segment) => this.lines.from(segment, place));
  }

  /** The `limit` lines nearest to where the readers begin; segments come nearest first, so that most are not opened. */
  private async gather(
    segments: readonly Segment[],
    scope: LogScope,
    limit: number,
    side: 'older' | 'newer',
    read: (segment: Segment) => AsyncGenerator<SegmentLine>,
  ): Promise<Taken> {
    const passes = headTest(scope);
    const nearer = (a: Place, b: Place): number => (side === 'older' ? comparePlaces(b, a) : comparePlaces(a, b));
    let taken: readonly SegmentLine[] = [];
    let next: SegmentLine | undefined;
    let more = false;
    for (const segment of segments) {
      const furthest = next?.place;
      if (furthest && (side === 'older' ? segment.last < furthest.at : segment.first > furthest.at)) {
        more = true;
        break;
      }
      const found: SegmentLine[] = [];
      let characters = 0;
      for await (const line of read(segment)) {
        if (furthest && nearer(line.place, furthest) > 0) break;
        if (!passes(line.head)) continue;
        characters += line.stored.length;
        // One more than is taken tells whether there are more.
        if (found.push(line) > limit || (found.length > 1 && characters > this.most)) break;
      }
      const all = [...taken, ...(next ? [next] : []), ...found].sort((a, b) => nearer(a.place, b.place));
      const count = howMany(all, limit, this.most);
      taken = all.slice(0, count);
      next = all[count];
    }
    more ||= next !== undefined;
    const lines = taken.flatMap(({ place, stored }) => placedLine(place.taskId, place.segment, place.offset, stored) ?? []);
    return { lines: side === 'older' ? lines.reverse() : lines, more };
  }

  private async matching(
    scope: LogScope,
    match: LogMatch,
    bound: { place: Place; side: 'older' | 'newer' } | undefined,
    limit: number,
  ): Promise<Taken> {
    const { places, isComplete } = await this.search.run(scope, match, {
      limit: limit + 1,
      stopEarly: true,
      ...(bound ? { bound } : {}),
    });
    const nearest = (bound?.side ?? 'older') === 'older' ? places.toReversed() : places;
    const lines: PlacedLine[] = [];
    let [count, characters] = [0, 0];
    while (count < Math.min(limit, nearest.length) && characters < this.most) {
      const read = await this.read(nearest.slice(count, Math.min(limit, count + AT_ONCE)));
      count += AT_ONCE;
      for (const { text } of read) characters += text.length;
      lines.push(...read);
    }
    return { lines: lines.sort(byPlace), more: nearest.length > Math.min(limit, count) || !isComplete };
  }

  /** The lines at places. */
  private async read(places: readonly Place[]): Promise<PlacedLine[]> {
    const paths = new Map(
      (await this.segments.of({ taskIds: [...new Set(places.map(({ taskId }) => taskId))] })).map((one) => [
        `${one.taskId}/${one.n}`,
        one.path,
      ]),
    );
    const groups = new Map<string, Place[]>();
    for (const place of places) {
      const key = `${place.taskId}/${place.segment}`;
      groups.set(key, [...(groups.get(key) ?? []), place]);
    }
    const lines: PlacedLine[] = [];
    for (const [key, group] of groups) {
      const [{ taskId = '', segment = 0 } = {}] = group;
      const path = paths.get(key);
      if (path !== undefined)
        lines.push(
          ...(await this.lines.at(
            { taskId, segment, path },
            group.map(({ offset }) => offset),
          )),
        );
    }
    return lines;
  }
}

/** How many of the lines, nearest first, make a page. */
function howMany(lines: readonly SegmentLine[], limit: number, most: number): number {
  let characters = 0;
  const over = lines.findIndex(({ stored }, index) => index >= limit || ((characters += stored.length) > most && index > 0));
  return over < 0 ? lines.length : over;
}

function byPlace(a: PlacedLine, b: PlacedLine): number {
  return comparePlaces(readPlace(a.place), readPlace(b.place));
}

interface Taken {
  lines: PlacedLine[];
  /** There are more on that side. */
  more: boolean;
}

const BEGINNING: Place = { at: 0, taskId: '', segment: 0, offset: 0 };

/** The place right after one. */
function after(place: Place): Place {
  return { ...place, offset: place.offset + 1 };
}

/** The place right before one, so that it is itself on the newer side. */
function before(place: Place): Place {
  return { ...place, offset: place.offset - 1 };
}
