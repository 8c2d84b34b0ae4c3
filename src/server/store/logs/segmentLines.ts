import type { PlacedLine } from '../../domain/logQuery';
import { nodeFiles, type Files } from '../files';
import { readLinesBackwards } from '../lines';
import { MAX_STORED } from '../logSegment';
import { comparePlaces, type Place } from './place';
import type { Segment } from './segments';
import { headOf, placedLine, type Head } from './storedLine';

const NEWLINE = 0x0a;
const CHUNK = 128 * 1024;

/** A line of a segment, not yet read whole. */
export interface SegmentLine {
  place: Place;
  head: Head;
  stored: string;
}

/** Reads the lines of segments from a place on, in either direction. */
export class SegmentLines {
  constructor(private readonly files: Files = nodeFiles) {}

  /** The lines before a place, last first; without one, from the end. */
  async *before({ taskId, n, path, size }: Segment, place?: Place): AsyncGenerator<SegmentLine> {
    const own = place?.taskId === taskId && place.segment === n;
    const fd = await this.open(path);
    if (fd === undefined) return;
    try {
      const end = own ? Math.min(size, place.offset) : size;
      for await (const { text, at: offset } of readLinesBackwards(this.files, fd, end, CHUNK)) {
        const head = headOf(text);
        if (!head) continue;
        const here = { at: head.at, taskId, segment: n, offset };
        if (!place || comparePlaces(here, place) < 0) yield { place: here, head, stored: text };
      }
    } finally {
      await this.files.close(fd);
    }
  }

  /** The lines from a place on (itself included), first first; without one, from the beginning. */
  async *from({ taskId, n, path, size }: Segment, place?: Place): AsyncGenerator<SegmentLine> {
    const own = place?.taskId === taskId && place.segment === n;
    const fd = await this.open(path);
    if (fd === undefined) return;
    try {
      let rest = Buffer.alloc(0);
      let offset = own ? place.offset : place ? await this.offsetAt(fd, size, place.at) : 0;
      for (let position = offset; position < size;) {
        const chunk = Buffer.allocUnsafe(Math.min(CHUNK, size - position));
        const got = await this.files.read(fd, chunk, position);
        if (got === 0) return;
        position += got;
        const bytes = Buffer.concat([rest, chunk.subarray(0, got)]);
        let start = 0;
        for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
          const stored = bytes.toString('utf8', start, end);
          const head = headOf(stored);
          const here = head && { at: head.at, taskId, segment: n, offset: offset + start };
          if (head && here && (!place || comparePlaces(here, place) >= 0)) yield { place: here, head, stored };
          start = end + 1;
        }
        rest = bytes.subarray(start);
        offset += start;
      }
    } finally {
      await this.files.close(fd);
    }
  }

  /** The lines that begin at those offsets, in their order; one that is gone is left out. */
  async at(
    { taskId, segment, path }: { taskId: string; segment: number; path: string },
    offsets: readonly number[],
  ): Promise<PlacedLine[]> {
    const fd = await this.open(path);
    if (fd === undefined) return [];
    try {
      const lines: PlacedLine[] = [];
      for (const offset of offsets) {
        const stored = await this.lineAt(fd, offset);
        const line = stored === undefined ? undefined : placedLine(taskId, segment, offset, stored);
        if (line) lines.push(line);
      }
      return lines;
    } finally {
      await this.files.close(fd);
    }
  }

  private async lineAt(fd: number, offset: number): Promise<string | undefined> {
    for (let length = 1024; length <= 8 * MAX_STORED; length *= 8) {
      const chunk = Buffer.alloc(length);
      const got = await this.files.read(fd, chunk, offset);
      const end = chunk.subarray(0, got).indexOf(NEWLINE);
      if (end >= 0) return chunk.toString('utf8', 0, end);
      if (got < length) return undefined;
    }
    return undefined;
  }

  /** Where to begin to find all lines of a time and later: at a line, or the beginning. Lines of a task stand in order of time. */
  private async offsetAt(fd: number, size: number, at: number): Promise<number> {
    let low = 0;
    let high = size;
    const probe = Buffer.alloc(CHUNK);
    while (high - low > CHUNK) {
      const middle = Math.floor((low + high) / 2);
      const text = probe.toString('latin1', 0, await this.files.read(fd, probe, middle));
      const newline = text.indexOf('\n');
      const time = newline < 0 ? undefined : /^\{"at":(\d{1,16})/.exec(text.slice(newline + 1, newline + 30))?.[1];
      if (newline < 0 || time === undefined || Number(time) >= at) high = middle;
      else low = middle + newline + 1;
    }
    return low;
  }

  /** A segment may have been dropped since it was listed. */
  private async open(path: string): Promise<number | undefined> {
    try {
      return await this.files.open(path, 'r');
    } catch {
      return undefined;
    }
  }
}
