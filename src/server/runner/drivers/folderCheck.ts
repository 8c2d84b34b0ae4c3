import { readFile, stat } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { deferred, type Deferred } from '../../base/deferred';
import { errorText } from '../../base/errors';
import type { FinalReport, LogLevel } from '../../domain/report';
import { plural } from '../../domain/format';
import { cleanLine, shorten } from '../../domain/text';
import type { Driver, Work, WorkContext } from '../driver';
import { listFiles, sizeOf } from '../folderCheck/fileList';
import { metricsOf, sarifOf, summaryOf, type FolderReport } from '../folderCheck/folderReport';
import { linksIn, RULES, troublesIn, type Link, type Trouble } from '../folderCheck/trouble';

/** How many files are looked at, and how large one may be to be read, bytes. */
const MOST_FILES = 20_000;
const MOST_BYTES = 1_000_000;
/** How many lines say what was found; the report has the rest. */
const MOST_SAID = 200;
/** How often the progress is told, ms. */
const TELL = 100;
const MAX_RESULT = 60_000;

/** The agent that comes along: checks the files of a folder in this process. It needs no program, no key and no network, and changes nothing. */
export const runFolderCheck: Driver = (context) => new FolderCheck(context);

class FolderCheck implements Work {
  private readonly folder: string;
  private readonly stopping = new AbortController();
  private paused: Deferred<void> | undefined;
  private endedAs: FinalReport | undefined;
  private told = 0;

  constructor(private readonly context: WorkContext) {
    this.folder = resolve(context.agent.cwd, context.assignment.folder ?? '');
    void this.run().then((final) => context.report(this.endedAs ?? final));
  }

  end(as: FinalReport): void {
    this.endedAs ??= as;
    this.stopping.abort();
    this.resume();
  }

  pause(): void {
    if (!this.stopping.signal.aborted) this.paused ??= deferred();
  }

  resume(): void {
    this.paused?.resolve();
    this.paused = undefined;
  }

  private async run(): Promise<FinalReport> {
    try {
      const report = await this.check();
      await this.handIn(report);
      return { type: 'result', result: shorten(summaryOf(report), MAX_RESULT), usage: { costUsd: 0 } };
    } catch (error) {
      return { type: 'error', kind: 'agent_error', message: errorText(error) };
    }
  }

  private async check(): Promise<FolderReport> {
    const { signal } = this.stopping;
    const folder = basename(this.folder);
    if (!(await stat(this.folder).catch(() => undefined))?.isDirectory()) throw new Error(`The folder "${this.folder}" was not found.`);
    this.tell(0, `lists the files of ${folder}`);
    const { files: paths, byGit, isCut } = await listFiles(this.folder, MOST_FILES, signal);
    this.log(`${plural(paths.length, 'file')} in ${folder}${byGit ? ', without those that git ignores' : ''}.`);
    const files: { path: string; size: number }[] = [];
    const troubles: Trouble[] = [];
    const links: Link[] = [];
    let unread = 0;
    for (const [at, path] of paths.entries()) {
      await this.paused?.promise;
      signal.throwIfAborted();
      this.tell(at / paths.length, path);
      const size = await sizeOf(join(this.folder, path));
      if (size === undefined) continue;
      files.push({ path, size });
      const text = size > MOST_BYTES ? undefined : await textOf(join(this.folder, path));
      if (text === undefined) unread++;
      else {
        for (const link of linksIn(path, text)) links.push(link);
        this.found(troubles, troublesIn(path, text));
      }
    }
    this.found(troubles, await this.broken(links, new Set(files.map(({ path }) => path))));
    return { folder, files, links: links.length, troubles, unread, byGit, isCut };
  }

  /** The links that lead nowhere; also folders, and files that git ignores, are somewhere. */
  private async broken(links: readonly Link[], known: ReadonlySet<string>): Promise<Trouble[]> {
    const troubles: Trouble[] = [];
    const exists = new Map<string, boolean>();
    for (const { file, line, text, target } of links) {
      if (known.has(target)) continue;
      this.stopping.signal.throwIfAborted();
      if (!exists.has(target)) exists.set(target, (await stat(join(this.folder, target)).catch(() => undefined)) !== undefined);
      if (exists.get(target)) continue;
      troubles.push({ rule: 'broken-link', file, line, message: `The link to ${shorten(text, 200)} leads nowhere.` });
    }
    return troubles;
  }

  private found(troubles: Trouble[], more: readonly Trouble[]): void {
    for (const trouble of more) {
      troubles.push(trouble);
      const { rule, file, line, message } = trouble;
      const level = RULES[rule].level === 'note' ? 'info' : 'warn';
      if (troubles.length <= MOST_SAID) this.log(`${file}:${line} ${message}`, level);
      if (troubles.length === MOST_SAID) this.log('More is in the report.');
    }
  }

  private async handIn(report: FolderReport): Promise<void> {
    this.stopping.signal.throwIfAborted();
    this.tell(1, 'hands in what it found');
    const bytes = (text: string) => new TextEncoder().encode(text);
    await this.context.handIn(
      { kind: 'report', name: 'folder-check.sarif', description: 'Broken links, unreadable JSON, merge conflicts and TODOs, as SARIF.' },
      { mime: 'application/json', bytes: bytes(sarifOf(report)) },
    );
    await this.context.handIn(
      { kind: 'metrics', name: 'folder', metrics: metricsOf(report) },
      { mime: 'application/json', bytes: bytes('') },
    );
  }

  private tell(progress: number, step: string): void {
    const now = performance.now();
    if (progress > 0 && progress < 1 && now - this.told < TELL) return;
    this.told = now;
    this.context.report({ type: 'progress', progress, step: shorten(cleanLine(step), 200) || 'reads' });
  }

  private log(text: string, level: LogLevel = 'info'): void {
    this.context.report({ type: 'log', lines: [{ text: shorten(text, 2_000), level, at: Date.now() }] });
  }
}

/** The text of a file; undefined when it cannot be read, or is no text. */
async function textOf(path: string): Promise<string | undefined> {
  const bytes = await readFile(path).catch(() => undefined);
  return bytes === undefined || bytes.subarray(0, 8_000).includes(0) ? undefined : bytes.toString('utf8');
}
