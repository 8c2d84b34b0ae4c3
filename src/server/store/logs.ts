import { join } from 'node:path';
import type { LogEntry, LogStore } from '../domain/ports';
import type { PlacedLine } from '../domain/logQuery';
import type { LogFilter, LogLine } from '../domain/query';
import { LogLevel } from '../domain/report';
import { Refusal } from '../domain/refusal';
import { nodeFiles, type Files } from './files';
import { Limiter } from './limiter';
import { logLineOf, MAX_READ } from './logSegment';
import { placeText } from './logs/place';
import { linesBackwards, OpenLog, segmentPath, segmentsIn, type LogLimits, type LogParts } from './openLog';
import { TaskFolders } from './taskFolders';

const OPEN_LOGS = 256;
const AT_ONCE = 32;
/** How many tasks are remembered whose log this tower has made its own. */
const OURS = 10_000;
const LIMITS: LogLimits = { segmentBytes: 4 << 20, segments: 16 };

/** The log segments in `tasks/<id>/log/`. A report is one write: its lines are there with its `seq`, or none of them. Write, look, then answer. */
export class FolderLogStore implements LogStore {
  private readonly folders: TaskFolders;
  private readonly parts: LogParts;
  private readonly limiter = new Limiter(AT_ONCE);
  /** Open logs, the one used last at the end. */
  private readonly logs = new Map<string, OpenLog>();
  /** The end of each task's line of work. */
  private readonly lines = new Map<string, Promise<unknown>>();
  /** Tasks whose newest segment was written by no other tower. */
  private readonly ours = new Set<string>();
  /** Tasks whose job runs now. */
  private readonly busy = new Set<string>();

  /**
   * @param look throws when another tower has taken the storage folder over. @param fsync syncs each report before it is answered.
   * @param shared several towers write here, one after the other: to whichever an agent is connected.
   */
  constructor(
    dir: string,
    private readonly files: Files = nodeFiles,
    limits: LogLimits = LIMITS,
    private readonly look: () => void = () => undefined,
    fsync = false,
    private readonly shared = false,
  ) {
    this.folders = new TaskFolders(join(dir, 'tasks'), files);
    this.parts = { files, limits, look, fsync };
  }

  async append(taskId: string, attempt: number, agentId: string, lines: readonly LogEntry[], seq?: number): Promise<PlacedLine[]> {
    if (lines.length === 0) return [];
    return this.inTurn(taskId, async (folder) => {
      const log = await this.open(taskId, folder);
      try {
        const stored = await log.append(attempt, agentId, lines, seq);
        this.look();
        return stored.flatMap((where, index) => {
          const line = lines[index];
          return line ? [{ ...line, at: where.at, taskId, attempt, agentId, place: placeText({ ...where, taskId }) }] : [];
        });
      } catch (error) {
        this.logs.delete(taskId);
        await log.close().catch(() => undefined);
        throw error;
      }
    });
  }

  async lastSeq(taskId: string, attempt: number): Promise<number> {
    const known = this.logs.get(taskId);
    if (known && !this.shared) return known.marks.get(attempt) ?? 0;
    return this.inTurn(taskId, async (folder) => {
      if ((await segmentsIn(this.files, folder)).length === 0) return 0;
      return (await this.open(taskId, folder)).marks.get(attempt) ?? 0;
    });
  }

  /** `level` takes lines of that level and above; `text` compares without case. */
  async tail(filter: LogFilter & { taskIds?: readonly string[] }): Promise<LogLine[]> {
    let lines: LogLine[] = [];
    for (const { taskId, folder, changedAt } of await this.newestFirst(filter)) {
      const oldest = lines.length >= filter.limit ? (lines[0]?.at ?? 0) : -Infinity;
      if (changedAt < oldest) break;
      lines = [...(await this.tailOf(taskId, folder, filter)), ...lines].sort((a, b) => a.at - b.at).slice(-filter.limit);
    }
    return lines;
  }

  async delete(taskId: string): Promise<void> {
    await this.inTurn(taskId, async (folder) => {
      const log = this.logs.get(taskId);
      this.logs.delete(taskId);
      this.ours.delete(taskId);
      await log?.close();
      await this.files.removeFolder(folder);
    });
  }

  async dispose(): Promise<void> {
    await Promise.all(this.lines.values());
    const logs = [...this.logs.values()];
    this.logs.clear();
    await Promise.all(logs.map((log) => log.close()));
  }

  private folderOf(taskId: string): string {
    const folder = this.folders.of(taskId);
    if (folder === undefined) throw new Refusal('not_found', `There is no task ${taskId.slice(0, 40)}.`);
    return join(folder, 'log');
  }

  /** One job a task at a time, in the order asked for. */
  private async inTurn<T>(taskId: string, job: (folder: string) => Promise<T>): Promise<T> {
    const folder = this.folderOf(taskId);
    const before = this.lines.get(taskId) ?? Promise.resolve();
    const done = before.then(() => this.limiter.run(() => this.run(taskId, () => job(folder))));
    const line = done.catch(() => undefined);
    this.lines.set(taskId, line);
    try {
      return await done;
    } finally {
      if (this.lines.get(taskId) === line) this.lines.delete(taskId);
    }
  }

  private async run<T>(taskId: string, job: () => Promise<T>): Promise<T> {
    this.busy.add(taskId);
    try {
      return await job();
    } finally {
      this.busy.delete(taskId);
      await this.closeIdle();
    }
  }

  private async open(taskId: string, folder: string): Promise<OpenLog> {
    const before = this.logs.get(taskId);
    const known = before && (!this.shared || (await before.isCurrent())) ? before : undefined;
    if (before && !known) await before.close();
    this.logs.delete(taskId);
    const log = known ?? (await OpenLog.open(this.parts, folder, this.shared || this.ours.has(taskId)));
    this.logs.set(taskId, log);
    if (this.ours.size > OURS) this.ours.clear();
    this.ours.add(taskId);
    return log;
  }

  /** Closes the logs that were used longest ago, but none that is in use. */
  private async closeIdle(): Promise<void> {
    for (const [taskId, log] of this.logs) {
      if (this.logs.size <= OPEN_LOGS) return;
      if (this.busy.has(taskId)) continue;
      this.logs.delete(taskId);
      await log.close();
    }
  }

  private async newestFirst({
    taskId,
    taskIds,
  }: {
    taskId?: string;
    taskIds?: readonly string[];
  }): Promise<{ taskId: string; folder: string; changedAt: number }[]> {
    const ids = taskId === undefined ? (taskIds ?? (await this.folders.ids())) : [taskId];
    const found = await Promise.all(
      ids.map((id) =>
        this.limiter.run(async () => {
          const folder = this.folderOf(id);
          const last = (await segmentsIn(this.files, folder)).at(-1);
          if (last === undefined) return [];
          return [{ taskId: id, folder, changedAt: (await this.files.stat(segmentPath(folder, last))).mtimeMs }];
        }),
      ),
    );
    return found.flat().sort((a, b) => b.changedAt - a.changedAt);
  }

  private async tailOf(taskId: string, folder: string, filter: LogFilter): Promise<LogLine[]> {
    const passes = passing(filter);
    const lines: LogLine[] = [];
    let characters = 0;
    for await (const text of linesBackwards(this.files, folder)) {
      if (!mayPass(text, filter)) continue;
      const line = logLineOf(taskId, text);
      if (!line || !passes(line)) continue;
      characters += line.text.length;
      if (characters > MAX_READ && lines.length > 0) break;
      if (lines.push(line) === filter.limit) break;
    }
    return lines.reverse();
  }
}

/** Looks at the stored line as a whole, so that most need not be read; only text that JSON does not escape can be looked for so. */
function mayPass(stored: string, { text }: LogFilter): boolean {
  return text === undefined || /["\\\p{Cc}]/u.test(text) || stored.toLowerCase().includes(text.toLowerCase());
}

function passing({ attempt, agent, level, text }: LogFilter): (line: LogLine) => boolean {
  const levels = LogLevel.options.slice(LogLevel.options.indexOf(level ?? 'trace'));
  const wanted = text?.toLowerCase();
  return (line) =>
    (attempt === undefined || line.attempt === attempt) &&
    (agent === undefined || line.agentId === agent) &&
    levels.includes(line.level) &&
    (wanted === undefined || line.text.toLowerCase().includes(wanted));
}
