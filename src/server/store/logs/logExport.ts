import type { LogFormat, LogMatch, LogScope, PlacedLine } from '../../domain/logQuery';
import { csvText } from '../../domain/csv';
import type { LogNames } from '../../domain/ports';
import { logPattern } from '../../domain/logPattern';
import { comparePlaces } from './place';
import type { ScanPool } from './scanPool';
import type { SegmentLine, SegmentLines } from './segmentLines';
import type { Segment, Segments } from './segments';
import { headTest, placedLine } from './storedLine';

/** What is exported, and as what. */
export interface LogExport {
  scope: LogScope;
  match?: LogMatch | undefined;
  format: LogFormat;
}

/** Text that is sent on as soon as it is this long, characters. */
const CHUNK = 64 * 1024;

/** All lines that pass, in order, as a stream of bytes; memory stays the same however many there are. */
export async function* exportLines(
  segments: Segments,
  reader: SegmentLines,
  pool: ScanPool,
  { scope, match, format }: LogExport,
  names: LogNames,
): AsyncGenerator<Uint8Array> {
  if (match) logPattern(match);
  const write = WRITERS[format];
  const tasks = new Map<string, Awaited<ReturnType<LogNames['task']>>>();
  let text = write.begin;
  let isFirst = true;
  // In threads: an expression can take for ever.
  const find: Find | undefined = match && (async ({ path, size }) => (await pool.run({ path, size, match, scope, keep: 1e9 })).kept);
  for await (const line of ordered(segments, reader, scope, find)) {
    if (!tasks.has(line.taskId)) {
      if (tasks.size > 1000) tasks.clear();
      tasks.set(line.taskId, await names.task(line.taskId));
    }
    const task = tasks.get(line.taskId);
    text +=
      (isFirst ? '' : write.between) +
      write.line(line, { agent: names.agent(line.agentId), number: task?.number, title: task?.title ?? '' });
    isFirst = false;
    if (text.length < CHUNK) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text + write.end);
}

interface Writer {
  begin: string;
  between: string;
  end: string;
  line(line: PlacedLine, names: { agent: string; number: number | undefined; title: string }): string;
}

const COLUMNS = ['time', 'level', 'agent', 'task', 'title', 'attempt', 'text'];

const asObject: Writer['line'] = ({ at, level, agentId, taskId, attempt, text }, { agent, number, title }) =>
  JSON.stringify({ time: new Date(at).toISOString(), level, agent, agentId, task: number, title, taskId, attempt, text });

const WRITERS: Readonly<Record<LogFormat, Writer>> = {
  json: { begin: '[\n', between: ',\n', end: '\n]\n', line: asObject },
  ndjson: { begin: '', between: '', end: '', line: (line, names) => `${asObject(line, names)}\n` },
  csv: {
    begin: csvText([COLUMNS]),
    between: '',
    end: '',
    line: ({ at, level, attempt, text }, { agent, number, title }) =>
      csvText([[new Date(at).toISOString(), level, agent, number === undefined ? '' : `#${number}`, title, attempt, text]]),
  },
};

/** The lines of a segment that are looked for, as pairs of time and offset. */
type Find = (segment: Segment) => Promise<readonly number[]>;

/** Lines of all segments merged by time, those that are found alone; a segment is opened when its time has come. */
async function* ordered(segments: Segments, reader: SegmentLines, scope: LogScope, find?: Find): AsyncGenerator<PlacedLine> {
  const passes = headTest(scope);
  const waiting: Segment[] = (await segments.of(scope)).sort((a, b) => b.first - a.first);
  const open: { line: SegmentLine; rest: AsyncGenerator<SegmentLine>; found: ReadonlySet<number> | undefined }[] = [];
  const start = async (segment: Segment): Promise<void> => {
    const found = find && new Set((await find(segment)).filter((_, index) => index % 2 === 1));
    if (found?.size === 0) return;
    const rest = reader.from(segment);
    const first = await rest.next();
    if (!first.done) open.push({ line: first.value, rest, found });
  };
  try {
    while (waiting.length > 0 || open.length > 0) {
      open.sort((a, b) => comparePlaces(a.line.place, b.line.place));
      const [head] = open;
      const next = waiting.at(-1);
      if (next && (!head || next.first <= head.line.place.at)) {
        waiting.pop();
        await start(next);
        continue;
      }
      if (!head) continue;
      const { place, stored } = head.line;
      if (passes(head.line.head) && head.found?.has(place.offset) !== false) {
        const line = placedLine(place.taskId, place.segment, place.offset, stored);
        if (line) yield line;
      }
      const following = await head.rest.next();
      if (following.done) open.shift();
      else head.line = following.value;
    }
  } finally {
    for (const { rest } of open) await rest.return(undefined);
  }
}
