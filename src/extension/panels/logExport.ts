import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { finished } from 'node:stream/promises';
import * as vscode from 'vscode';
import { bytes } from '../../server/domain/format';
import type { LogFormat, LogMatch, LogScope } from '../../server/domain/logQuery';

/** What is exported, and as what. */
export interface ExportedLines {
  scope: LogScope;
  match?: LogMatch;
  format: LogFormat;
}

/** The tower as an export needs it. */
export interface LogExporter {
  exportLogs(wanted: ExportedLines): AsyncIterable<Uint8Array>;
}

/** The least time between two messages about how far it is, ms. */
const TELL_MS = 200;

/** One export of log lines at a time, into a file that the person names. */
export class LogExport {
  private stopping: AbortController | undefined;

  constructor(
    /** Told how much is written, and null at the end. */
    private readonly tell: (progress: { bytes: number } | null) => void,
  ) {}

  /** How much is written; null when none goes on. */
  progress: { bytes: number } | null = null;

  async run(tower: LogExporter, wanted: ExportedLines): Promise<void> {
    if (this.stopping) return;
    const to = await vscode.window.showSaveDialog({
      title: vscode.l10n.t('Export Log Lines'),
      filters: { [wanted.format.toUpperCase()]: [wanted.format] },
      ...at(`tasktower-log.${wanted.format}`),
    });
    if (!to) return;
    const part = `${to.fsPath}.part`;
    const stopping = new AbortController();
    this.stopping = stopping;
    this.say({ bytes: 0 });
    try {
      const written = await this.write(tower.exportLogs(wanted), part, stopping.signal);
      if (stopping.signal.aborted) return;
      await rename(part, to.fsPath);
      vscode.window.setStatusBarMessage(vscode.l10n.t('Exported {0} of log lines.', bytes(written)), 4000);
    } finally {
      this.stopping = undefined;
      await rm(part, { force: true });
      this.say(null);
    }
  }

  stop(): void {
    this.stopping?.abort();
  }

  private async write(source: AsyncIterable<Uint8Array>, path: string, signal: AbortSignal): Promise<number> {
    const file = createWriteStream(path);
    const done = finished(file);
    let written = 0;
    let toldAt = 0;
    try {
      for await (const chunk of source) {
        if (signal.aborted) break;
        written += chunk.length;
        // A file that cannot be written ends in `done`.
        if (!file.write(chunk)) await Promise.race([once(file, 'drain'), done]);
        if (performance.now() - toldAt < TELL_MS) continue;
        toldAt = performance.now();
        this.say({ bytes: written });
      }
    } catch (error) {
      file.destroy();
      await done.catch(() => undefined);
      throw error;
    }
    file.end();
    await done;
    return written;
  }

  private say(progress: { bytes: number } | null): void {
    this.progress = progress;
    this.tell(progress);
  }
}

function at(name: string): { defaultUri?: vscode.Uri } {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri;
  return folder ? { defaultUri: vscode.Uri.joinPath(folder, name) } : {};
}
