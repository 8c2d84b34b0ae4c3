import { logPattern } from '../../domain/logPattern';
import type { LogHits, LogMatch, LogScope } from '../../domain/logQuery';
import type { Disposable } from '../../base/disposables';
import { comparePlaces, placeText, type Place } from './place';
import type { ScanPool } from './scanPool';
import type { Segment, Segments } from './segments';

export interface SearchOptions {
  /** How many of the newest hits are told. */
  limit: number;
  /** Stop as soon as there are so many. */
  stopEarly: boolean;
  /** Only lines on this side of a place. */
  bound?: { place: Place; side: 'older' | 'newer' };
}

/** Finds lines that hold something, over everything kept. */
export class LogSearch implements Disposable {
  constructor(
    private readonly segments: Segments,
    private readonly pool: ScanPool,
  ) {}

  /** @throws {Refusal} when the expression is wrong or takes too long. */
  async run(
    scope: LogScope,
    match: LogMatch,
    { limit, stopEarly, bound }: SearchOptions,
  ): Promise<{ places: Place[]; total: number; isComplete: boolean }> {
    logPattern(match);
    const side = bound?.side ?? 'older';
    const all = (await this.segments.of(scope)).filter((segment) => within(segment, bound));
    // What is nearest to where the asker is comes first.
    const queue = side === 'older' ? all : all.sort((a, b) => a.first - b.first);
    const isOnSide = (place: Place): boolean => !bound || Math.sign(comparePlaces(place, bound.place)) === (side === 'older' ? -1 : 1);
    let places: Place[] = [];
    let total = 0;
    let next = 0;
    let isComplete = true;
    const order = (a: Place, b: Place): number => (side === 'older' ? comparePlaces(a, b) : comparePlaces(b, a));
    const work = async (): Promise<void> => {
      for (let segment = queue[next++]; segment; segment = queue[next++]) {
        if (stopEarly && places.length >= limit && isBeyond(segment, places, side)) {
          isComplete = false;
          return;
        }
        const { taskId, n, path, size } = segment;
        const { total: count, kept } = await this.pool.run({
          path,
          size,
          match,
          scope,
          keep: bound && side === 'newer' ? 1e9 : bound ? 1e9 : limit,
        });
        const found: Place[] = [];
        for (let index = 0; index < kept.length; index += 2)
          found.push({ at: kept[index] ?? 0, taskId, segment: n, offset: kept[index + 1] ?? 0 });
        const passing = bound ? found.filter(isOnSide) : found;
        total += bound ? passing.length : count;
        places = [...places, ...passing].sort(order).slice(-limit);
      }
    };
    await Promise.all(Array.from({ length: this.pool.width }, work));
    return { places: places.sort(comparePlaces), total, isComplete };
  }

  /** The answer to a query. */
  async hits(scope: LogScope, match: LogMatch, limit: number, stopEarly: boolean): Promise<LogHits> {
    const { places, total, isComplete } = await this.run(scope, match, { limit, stopEarly });
    return { hits: places.map((place) => ({ place: placeText(place), at: place.at, taskId: place.taskId })), total, isComplete };
  }

  dispose(): void {
    this.pool.dispose();
  }
}

function within({ first, last }: Segment, bound: SearchOptions['bound']): boolean {
  if (!bound) return true;
  return bound.side === 'older' ? first <= bound.place.at : last >= bound.place.at;
}

/** True when nothing of a segment can be among the hits that are kept. */
function isBeyond({ first, last }: Segment, places: readonly Place[], side: 'older' | 'newer'): boolean {
  const edge = places[0]?.at ?? 0;
  return side === 'older' ? last < edge : first > edge;
}
