import type { LogHits, LogMatch, LogPage, LogPlace, LogScope } from '../../server/domain/logQuery';
import type { Query } from '../../server/domain/query';
import { asContext } from './contextFilter';
import { lineOf, type Line } from './line';

/** Lines of a page. */
const PAGE = 500;
/** Matches of a page when lines around each are wanted: each is asked for by itself. */
const PAGE_WITH_CONTEXT = 60;
const AT_ONCE = 6;

/** What is looked at: a filter, and, when only matches are shown, what they match and how many lines around them. */
export interface Wanted {
  scope: LogScope;
  match?: LogMatch;
  context: number;
}

export interface LinePage {
  lines: Line[];
  hasOlder: boolean;
  hasNewer: boolean;
}

type PageQuery = Extract<Query, { type: 'LogPage' }>;
type SearchQuery = Extract<Query, { type: 'LogSearch' }>;

/** Who answers: the tower that the page follows. */
export interface LogTower {
  query(query: PageQuery): Promise<LogPage>;
  query(query: SearchQuery): Promise<LogHits>;
}

/** Stored lines, page by page. */
export class LineSource {
  constructor(private readonly tower: LogTower) {}

  /** The page beside a place; without one, at the end (`older`) or the beginning (`newer`). */
  async page({ scope, match, context }: Wanted, direction: 'older' | 'newer' | 'around', place?: LogPlace): Promise<LinePage> {
    const hasContext = match !== undefined && context > 0;
    const page = await this.tower.query({
      type: 'LogPage',
      scope,
      ...(match ? { match } : {}),
      ...(place === undefined ? {} : { place }),
      direction,
      limit: hasContext ? PAGE_WITH_CONTEXT : PAGE,
    });
    const lines = page.lines.map(lineOf);
    return { ...page, lines: hasContext ? await this.withContext(scope, lines, context) : lines };
  }

  search(scope: LogScope, match: LogMatch, limit: number, stopEarly: boolean): Promise<LogHits> {
    return this.tower.query({ type: 'LogSearch', scope, match, limit, stopEarly });
  }

  /** The same lines with those around each, none twice. */
  private async withContext(scope: LogScope, hits: readonly Line[], context: number): Promise<Line[]> {
    const around: Line[][] = new Array<Line[]>(hits.length);
    const next = hits.entries();
    const work = async (): Promise<void> => {
      for (const [index, hit] of next) around[index] = await this.around(scope, hit, context);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, work));
    const matching = new Set(hits.map(({ key }) => key));
    const lines = new Map(around.flat().map((line) => [line.key, matching.has(line.key) ? { ...line, isContext: false } : line]));
    return [...lines.values()].sort((a, b) => a.at - b.at);
  }

  private async around(scope: LogScope, hit: Line, context: number): Promise<Line[]> {
    if (hit.place === undefined) return [hit];
    const query = { type: 'LogPage', scope, place: hit.place, direction: 'around', limit: 2 * context + 2 } as const;
    const lines = (await this.tower.query(query)).lines.map(lineOf);
    const at = lines.findIndex(({ key }) => key === hit.key);
    if (at < 0) return [hit];
    return lines
      .slice(Math.max(0, at - context), at + context + 1)
      .map((line, index) => (index === Math.min(at, context) ? hit : asContext(line)));
  }
}
