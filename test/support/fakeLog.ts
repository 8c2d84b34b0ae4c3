import type { LogHits, LogPage, PlacedLine } from '../../src/server/domain/logQuery';
import { inScope } from '../../src/server/domain/logScope';
import type { Query } from '../../src/server/domain/query';
import { holds, patternOf } from '../../src/webviews/logs/matcher';

type PageQuery = Extract<Query, { type: 'LogPage' }>;
type SearchQuery = Extract<Query, { type: 'LogSearch' }>;

/** Stored lines in memory, asked as the tower is asked. */
export class FakeLog {
  /** In order of time. */
  lines: PlacedLine[] = [];

  page({ scope, match, place, direction, limit }: PageQuery): LogPage {
    const pattern = match && patternOf(match);
    const lines = this.lines.filter((line) => inScope(scope, line) && (!pattern || holds(pattern, line.text)));
    const order = new Map(this.lines.map((line, index) => [line.place, index]));
    const at = place === undefined ? undefined : (order.get(place) ?? 0);
    const before = at === undefined ? lines.length : lines.findIndex((line) => (order.get(line.place) ?? 0) >= at);
    const index = before < 0 ? lines.length : before;
    const [from, to] = span(direction, place === undefined ? undefined : index, lines, place, limit);
    return { lines: lines.slice(from, to), hasOlder: from > 0, hasNewer: to < lines.length };
  }

  search({ scope, match, limit, stopEarly }: SearchQuery): LogHits {
    const pattern = patternOf(match);
    const all = this.lines.filter((line) => inScope(scope, line) && holds(pattern, line.text));
    const hits = all.slice(-limit).map(({ place, at, taskId }) => ({ place, at, taskId }));
    const isComplete = !stopEarly || all.length <= limit;
    return { hits, total: isComplete ? all.length : hits.length, isComplete };
  }
}

function span(
  direction: PageQuery['direction'],
  index: number | undefined,
  lines: readonly PlacedLine[],
  place: string | undefined,
  limit: number,
): [number, number] {
  if (direction === 'around') {
    const from = Math.max(0, (index ?? lines.length) - Math.floor(limit / 2));
    return [from, Math.min(lines.length, from + limit)];
  }
  if (direction === 'older') {
    const to = index ?? lines.length;
    return [Math.max(0, to - limit), to];
  }
  const from = index === undefined ? 0 : lines[index]?.place === place ? index + 1 : index;
  return [from, Math.min(lines.length, from + limit)];
}
