import { dirname, join } from 'node:path';
import { errorCode } from '../base/errors';
import type { LogEntry } from '../domain/ports';
import { diskError, listFolder, syncFolder, writeAll, writeWhole, type Files } from './files';
import { readLinesBackwards } from './lines';
import { attemptOf, markOf, marksOf, marksText, reportText, timeOf } from './logSegment';

/** A segment is followed by another at this size, bytes; a task keeps this many. */
export interface LogLimits {
  segmentBytes: number;
  segments: number;
}

/** What an open log works with. */
export interface LogParts {
  files: Files;
  limits: LogLimits;
  /** Sync each report to the disk before it is answered. */
  fsync: boolean;
  /** @throws {SteppedDown} when another tower has taken the storage folder over. */
  look: () => void;
}

/** Where a line was stored, and with what time, ms. */
export interface StoredAt {
  at: number;
  segment: number;
  offset: number;
}

/** The numbers of the segments in a folder, oldest first. */
export async function segmentsIn(files: Files, folder: string): Promise<number[]> {
  const names = await listFolder(files, folder);
  return names
    .flatMap((name) => /^(\d+)\.ndjson$/.exec(name)?.[1] ?? [])
    .map(Number)
    .sort((a, b) => a - b);
}

/** The path of a segment. */
export function segmentPath(folder: string, n: number): string {
  return join(folder, `${n}.ndjson`);
}

/** The newest segment of a task, open for appending. What a crash left of a report is cut off first. */
export class OpenLog {
  /** The segment whose name is known to be on the disk. */
  private named = 0;

  private constructor(
    private readonly parts: LogParts,
    private readonly folder: string,
    private fd: number,
    private segment: number,
    private size: number,
    /** The last `seq` of each attempt. */
    readonly marks: Map<number, number>,
    /** The time of the last line, ms. */
    private lastAt: number,
  ) {}

  /** @param isOurs its last line was written by this tower, not by one before it. */
  static async open(parts: LogParts, folder: string, isOurs: boolean): Promise<OpenLog> {
    const { files, look } = parts;
    const isNew = await files.makeFolder(folder);
    const segment = isNew ? 1 : ((await segmentsIn(files, folder)).at(-1) ?? 1);
    const path = segmentPath(folder, segment);
    let fd = await files.open(path, 'a+');
    try {
      const { size } = isNew ? { size: 0 } : await files.stat(path);
      const { whole, marks, lastAt } = await readEnd(files, fd, size);
      look();
      // Its first line was never whole, so the marks stand in the one before.
      if (segment > 1 && whole === 0) {
        await files.close(fd);
        await files.remove(path);
        return await OpenLog.open(parts, folder, isOurs);
      }
      if (isOurs || whole === 0) {
        if (whole !== size) await files.truncate(fd, whole);
      } else {
        const before = fd;
        fd = await ownCopy(files, path, before, whole);
        await files.close(before);
      }
      return new OpenLog(parts, folder, fd, segment, whole, marks, lastAt);
    } catch (error) {
      await files.close(fd).catch(() => undefined);
      throw error;
    }
  }

  /**
   * Appends one report with one write; after a failed one the log must be opened anew. Times never go back within a task, so that lines can
   * be found by them. @returns where each line stands, and its time.
   */
  async append(attempt: number, agentId: string, lines: readonly LogEntry[], seq?: number): Promise<StoredAt[]> {
    let at = this.lastAt;
    const stored = lines.map((line) => ({ ...line, at: (at = Math.max(at, line.at)) }));
    const report = reportText(attempt, agentId, stored, seq);
    try {
      const full = this.size > 0 && this.size + Buffer.byteLength(report) > this.parts.limits.segmentBytes;
      const head = Buffer.from(full ? await this.next(attempt, agentId, stored[0]?.at ?? 0) : '');
      const body = Buffer.from(report);
      await writeAll(this.parts.files, this.fd, Buffer.concat([head, body]), this.size);
      if (this.parts.fsync) await this.sync();
      const begin = this.size + head.length;
      this.size = begin + body.length;
      this.lastAt = at;
      if (seq !== undefined) this.marks.set(attempt, Math.max(seq, this.marks.get(attempt) ?? 0));
      return offsetsIn(body).map((offset, index) => ({ at: stored[index]?.at ?? at, segment: this.segment, offset: begin + offset }));
    } catch (error) {
      await this.parts.files.truncate(this.fd, this.size).catch(() => undefined);
      throw diskError(error, segmentPath(this.folder, this.segment));
    }
  }

  private async sync(): Promise<void> {
    const { files } = this.parts;
    await files.sync(this.fd);
    if (this.named === this.segment) return;
    // The name of a new file, and those of the folders that may be new with it.
    const task = dirname(this.folder);
    for (const folder of [this.folder, task, dirname(task), dirname(dirname(task))]) await syncFolder(files, folder);
    this.named = this.segment;
  }

  /** Whether the file ends where this tower's last report does: another one may have written since. */
  async isCurrent(): Promise<boolean> {
    const { files } = this.parts;
    if (files.existsSync(segmentPath(this.folder, this.segment + 1))) return false;
    const found = await files.stat(segmentPath(this.folder, this.segment)).catch(() => undefined);
    return found?.size === this.size;
  }

  close(): Promise<void> {
    return this.parts.files.close(this.fd);
  }

  /** Begins the next segment. @returns what its first report must follow. */
  private async next(attempt: number, agentId: string, at: number): Promise<string> {
    const { files, limits, look } = this.parts;
    const path = segmentPath(this.folder, this.segment + 1);
    const fd = await files.open(path, 'ax+');
    try {
      look();
    } catch (error) {
      await files.close(fd);
      await files.remove(path);
      throw error;
    }
    await files.close(this.fd);
    this.fd = fd;
    this.segment++;
    this.size = 0;
    let dropped = false;
    for (const old of await segmentsIn(files, this.folder)) {
      if (old > this.segment - limits.segments) break;
      await files.remove(segmentPath(this.folder, old));
      dropped = true;
    }
    const megabytes = Math.round((limits.segments * limits.segmentBytes) / (1 << 20));
    const note: LogEntry = { at, level: 'warn', text: `Older lines were dropped: a task keeps the last ${megabytes} MiB of its log.` };
    return marksText(this.marks) + (dropped ? reportText(attempt, agentId, [note]) : '');
  }
}

/** Another file of that name with the same reports: a tower that was replaced may have a write on its way, which goes to the one before. */
async function ownCopy(files: Files, path: string, before: number, whole: number): Promise<number> {
  const bytes = Buffer.alloc(whole);
  for (let done = 0; done < whole;) {
    const got = await files.read(before, bytes.subarray(done), done);
    if (got === 0) throw new Error(`${path} became shorter while it was read.`);
    done += got;
  }
  // What a crash left of an earlier copy.
  for (const name of await files.list(dirname(path))) if (name.endsWith('.tmp')) await files.remove(join(dirname(path), name));
  await writeWhole(files, path, bytes);
  return files.open(path, 'a+');
}

/** Where each line of `bytes` begins. */
function offsetsIn(bytes: Buffer): number[] {
  const offsets = [];
  for (let start = 0; start < bytes.length; start = bytes.indexOf(0x0a, start) + 1) offsets.push(start);
  return offsets;
}

/** How many bytes of a segment are whole reports, the last `seq` of each attempt, and the time of the last line. */
async function readEnd(files: Files, fd: number, size: number): Promise<{ whole: number; marks: Map<number, number>; lastAt: number }> {
  let whole = 0;
  let lastAt = 0;
  const marks = new Map<number, number>();
  for await (const { text, at } of readLinesBackwards(files, fd, size)) {
    const earlier = at === 0 ? marksOf(text) : undefined;
    const mark = markOf(text);
    if (whole === 0 && (mark !== undefined || earlier)) whole = at + Buffer.byteLength(text) + 1;
    if (whole > 0 && lastAt === 0) lastAt = timeOf(text) ?? 0;
    for (const [attempt, seq] of earlier ?? []) marks.set(attempt, Math.max(seq, marks.get(attempt) ?? 0));
    const attempt = attemptOf(text);
    if (mark !== undefined && attempt !== undefined) marks.set(attempt, Math.max(mark, marks.get(attempt) ?? 0));
  }
  return { whole, marks, lastAt };
}

/** The lines of the segments of a task, last first. */
export async function* linesBackwards(files: Files, folder: string): AsyncGenerator<string> {
  for (const segment of (await segmentsIn(files, folder)).reverse()) {
    const path = segmentPath(folder, segment);
    let fd: number;
    try {
      fd = await files.open(path, 'r');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') continue;
      throw error;
    }
    try {
      for await (const { text } of readLinesBackwards(files, fd, (await files.stat(path)).size)) yield text;
    } finally {
      await files.close(fd);
    }
  }
}
