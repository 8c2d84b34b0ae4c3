import { errorCode } from '../base/errors';
import type { StoredEvent } from '../domain/ports';
import { writeAll, type Files } from './files';
import { readLinesBackwards } from './lines';

/** Where a file of events ends: the number of its last record and how many of that record's events it holds. */
export interface End {
  size: number;
  seq: number;
  events: number;
}

/**
 * Adds events to a file, leaving out those it has; a part of a line that a crash left is cut off, as are events after record `known`,
 * which the journal itself has lost.
 */
export async function appendEvents(
  files: Files,
  path: string,
  events: readonly StoredEvent[],
  known: number,
  { end, fsync = false }: { /** Where the file ends, when that is known. */ end?: End | undefined; fsync?: boolean | undefined } = {},
): Promise<End> {
  const fd = await files.open(path, 'a+');
  try {
    const from = end ?? (await repairedEnd(files, fd, (await files.stat(path)).size, known));
    let there = from.events;
    const missing = events.filter(({ seq }) => seq > from.seq || (seq === from.seq && --there < 0));
    const bytes = Buffer.from(missing.map((event) => `${JSON.stringify(event)}\n`).join(''));
    if (bytes.length === 0) return from;
    try {
      await writeAll(files, fd, bytes, from.size);
      if (fsync) await files.sync(fd);
    } catch (error) {
      await files.truncate(fd, from.size).catch(() => undefined);
      throw error;
    }
    const seq = missing.at(-1)?.seq ?? from.seq;
    const added = missing.filter((event) => event.seq === seq).length;
    return { size: from.size + bytes.length, seq, events: seq === from.seq ? from.events + added : added };
  } finally {
    await files.close(fd);
  }
}

async function repairedEnd(files: Files, fd: number, size: number, known: number): Promise<End> {
  const end = await endOf(files, fd, size, known);
  if (end.size !== size) await files.truncate(fd, end.size);
  return end;
}

async function endOf(files: Files, fd: number, size: number, known: number): Promise<End> {
  const end: End = { size: 0, seq: 0, events: 0 };
  for await (const { text, at } of readLinesBackwards(files, fd, size)) {
    const seq = seqOf(text);
    if (seq === undefined || seq > known) continue;
    if (end.seq === 0) Object.assign(end, { size: at + Buffer.byteLength(text) + 1, seq });
    if (seq !== end.seq) break;
    end.events++;
  }
  return end;
}

/** The events a file holds up to record `known`, oldest first; none when there is no file. What two towers both wrote counts once. */
export async function readEvents(files: Files, path: string, known: number): Promise<StoredEvent[]> {
  const events: StoredEvent[] = [];
  let last = 0;
  let seen = new Set<string>();
  for (const text of (await readText(files, path)).split('\n').slice(0, -1)) {
    const seq = seqOf(text);
    if (seq === undefined || seq < last || seq > known || (seq === last && seen.has(text))) continue;
    if (seq > last) seen = new Set();
    seen.add(text);
    last = seq;
    events.push(JSON.parse(text) as StoredEvent);
  }
  return events;
}

async function readText(files: Files, path: string): Promise<string> {
  let fd: number;
  try {
    fd = await files.open(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
  try {
    const { size } = await files.stat(path);
    const bytes = Buffer.alloc(size);
    const got = await files.read(fd, bytes, 0);
    return bytes.toString('utf8', 0, got);
  } finally {
    await files.close(fd);
  }
}

function seqOf(text: string): number | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'seq' in value && typeof value.seq === 'number' ? value.seq : undefined;
  } catch {
    return undefined;
  }
}
