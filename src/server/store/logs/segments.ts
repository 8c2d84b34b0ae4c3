import { join } from 'node:path';
import type { LogScope } from '../../domain/logQuery';
import { nodeFiles, type Files } from '../files';
import { Limiter } from '../limiter';
import { MAX_STORED } from '../logSegment';
import { segmentPath, segmentsIn } from '../openLog';
import { TaskFolders } from '../taskFolders';

/** A file of log lines, and the times of its first and last line, ms. */
export interface Segment {
  taskId: string;
  n: number;
  path: string;
  /** Bytes, as it was looked at. */
  size: number;
  first: number;
  last: number;
}

const AT_ONCE = 32;
const HEAD = 256;
/** The time of the first line stands within so many bytes, behind the marks. */
const BEGIN = 128 * 1024;
const TIME = /\{"at":(\d{1,16})/;
/** The times of segments that are remembered. */
const KNOWN = 20_000;

/** The log segments of a storage folder, with the times they span; what has not changed is not read again. */
export class Segments {
  private readonly folders: TaskFolders;
  private readonly limiter = new Limiter(AT_ONCE);
  private readonly known = new Map<string, { size: number; first: number; last: number }>();

  constructor(
    dir: string,
    private readonly files: Files = nodeFiles,
  ) {
    this.folders = new TaskFolders(join(dir, 'tasks'), files);
  }

  /** Segments that may hold lines of the scope, the one with the newest line first. Tasks are named by their ids. */
  async of({ taskIds, from, to }: Pick<LogScope, 'taskIds' | 'from' | 'to'>): Promise<Segment[]> {
    const ids = taskIds ?? (await this.folders.ids());
    const found = await Promise.all(ids.map((id) => this.limiter.run(() => this.ofTask(id, from))));
    return found
      .flat()
      .filter(({ first, last }) => (from === undefined || last >= from) && (to === undefined || first < to))
      .sort((a, b) => b.last - a.last);
  }

  private async ofTask(taskId: string, from = 0): Promise<Segment[]> {
    const folder = this.folders.of(taskId);
    if (folder === undefined) return [];
    const log = join(folder, 'log');
    const segments: Segment[] = [];
    for (const n of await segmentsIn(this.files, log)) {
      const path = segmentPath(log, n);
      // It may be dropped while it is looked at.
      const facts = await this.files.stat(path).catch(() => undefined);
      // A line is never written before the time it carries.
      if (!facts || facts.size === 0 || facts.mtimeMs + 1000 < from) continue;
      const span = await this.spanOf(path, facts.size).catch(() => undefined);
      if (span) segments.push({ taskId, n, path, size: facts.size, ...span });
    }
    return segments;
  }

  private async spanOf(path: string, size: number): Promise<{ first: number; last: number } | undefined> {
    const before = this.known.get(path);
    if (before?.size === size) return before;
    const fd = await this.files.open(path, 'r');
    try {
      const head = Buffer.alloc(Math.min(size, BEGIN));
      const first = before?.first ?? firstTime(head.toString('latin1', 0, await this.files.read(fd, head, 0)));
      if (first === undefined) return undefined;
      let last: number | undefined;
      for (let length = HEAD; last === undefined && length <= 8 * MAX_STORED; length *= 8) {
        const tail = Buffer.alloc(Math.min(size, length));
        last = lastTime(tail.toString('latin1', 0, await this.files.read(fd, tail, size - tail.length)));
        if (tail.length === size) break;
      }
      const span = { size, first, last: Math.max(first, last ?? first) };
      if (this.known.size > KNOWN) this.known.clear();
      this.known.set(path, span);
      return span;
    } finally {
      await this.files.close(fd);
    }
  }
}

function firstTime(text: string): number | undefined {
  for (const line of text.split('\n')) {
    const [, at] = line.startsWith('{"marks":') ? [] : (TIME.exec(line.slice(0, HEAD)) ?? []);
    if (at !== undefined) return Number(at);
  }
  return undefined;
}

/** The time of the last line that begins in `text`. */
function lastTime(text: string): number | undefined {
  const begin = '\n{"at":';
  const at = text.lastIndexOf(begin);
  const [, time] = /^\{"at":(\d{1,16})/.exec(text.slice(at + 1, at + HEAD)) ?? [];
  return time === undefined ? undefined : Number(time);
}
