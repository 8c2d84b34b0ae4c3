import { join } from 'node:path';
import type { Disposable } from '../../base/disposables';
import type { LogHits, LogMatch, LogPage, LogScope } from '../../domain/logQuery';
import type { LogNames } from '../../domain/ports';
import { exportLines, type LogExport } from './logExport';
import { LogPages, type PageQuery } from './logPages';
import { LogSearch } from './logSearch';
import { ScanPool } from './scanPool';
import { SegmentLines } from './segmentLines';
import { Segments } from './segments';

/** Reads the log of all tasks: page by page, by what lines hold, or as a whole. Tasks are named by their ids. */
export class FolderLogReader implements Disposable {
  private readonly segments: Segments;
  private readonly lines = new SegmentLines();
  private readonly pool: ScanPool;
  private readonly finder: LogSearch;
  private readonly pages: LogPages;

  /** @param dir the storage folder. @param dist where the bundled `logWorker.js` lies. @param most characters of a page. */
  constructor(dir: string, dist: string, most?: number) {
    this.segments = new Segments(dir);
    this.pool = new ScanPool(join(dist, 'logWorker.js'));
    this.finder = new LogSearch(this.segments, this.pool);
    this.pages = new LogPages(this.segments, this.lines, this.finder, most);
  }

  /** @throws {Refusal} on a place of no page, or a bad expression. */
  page(query: PageQuery): Promise<LogPage> {
    return this.pages.page(query);
  }

  /** @throws {Refusal} when the expression is wrong or takes too long. */
  search(scope: LogScope, match: LogMatch, limit: number, stopEarly: boolean): Promise<LogHits> {
    return this.finder.hits(scope, match, limit, stopEarly);
  }

  /** All lines that pass, in order, as a stream. @throws {Refusal} when the expression is wrong or takes too long. */
  export(wanted: LogExport, names: LogNames): AsyncIterable<Uint8Array> {
    return exportLines(this.segments, this.lines, this.pool, wanted, names);
  }

  dispose(): void {
    this.finder.dispose();
  }
}
