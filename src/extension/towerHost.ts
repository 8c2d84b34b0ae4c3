import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import type { Tower } from '../server/domain/ports';
import { OwnedElsewhere, startTower, type RunningTower } from '../server/start';
import type { Settings } from './settings';
import type { TowerState } from './statusText';

/** How often a window asks whether the other one is gone, ms. */
const ASK_AGAIN = 5_000;

/** The window's tower: starts it, takes it over when another window is gone, and says where it stands. */
export class TowerHost implements vscode.Disposable {
  private current: TowerState = { kind: 'starting' };
  private running: RunningTower | undefined;
  private starting: Promise<void> | undefined;
  private again: NodeJS.Timeout | undefined;
  private disposed = false;
  private readonly changed = new vscode.EventEmitter<TowerState>();
  /** The tower came, went, or could not be started. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly settings: Settings,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.start()),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused && this.current.kind === 'elsewhere') void this.start();
      }),
      settings.onDidChange(() => void this.configure()),
    ];
  }

  get state(): TowerState {
    return this.current;
  }

  get tower(): Tower | undefined {
    return this.running?.tower;
  }

  /** The running tower. @throws when there is none, with why. */
  get here(): RunningTower {
    if (this.running) return this.running;
    throw new Error('message' in this.current ? this.current.message : 'Tasktower is still starting. Try again in a moment.');
  }

  /** Starts the tower unless it runs; never rejects. */
  start(): Promise<void> {
    this.starting ??= this.tryStart().finally(() => (this.starting = undefined));
    return this.starting;
  }

  private async tryStart(): Promise<void> {
    clearTimeout(this.again);
    if (this.running || this.disposed) return;
    // Nothing listens and nothing is started in a folder that is not trusted.
    if (!vscode.workspace.isTrusted) return this.enter({ kind: 'untrusted' });
    try {
      const { agents, cap, port, fsync } = this.settings;
      const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
      const storage = storageFolder(this.context.globalStorageUri.fsPath, folders);
      const dist = join(this.context.extensionPath, 'dist');
      this.running = await startTower({ storage, folders, agents, cap, port, fsync, dist, log: this.log });
      if (this.disposed) return await this.stop();
      const { tower, readOnly } = this.running;
      this.log.info(`The tower listens at ${this.running.address.url}.`);
      this.enter({ kind: 'running', board: tower.board, live: tower.live, ...(readOnly === undefined ? {} : { readOnly }) });
    } catch (error) {
      if (error instanceof OwnedElsewhere) return this.waitForOther(error.message);
      this.log.error(error instanceof Error ? error : errorText(error));
      this.enter({ kind: 'down', message: errorText(error) });
    }
  }

  private waitForOther(message: string): void {
    this.enter({ kind: 'elsewhere', message });
    if (!this.disposed) this.again = setTimeout(() => void this.start(), ASK_AGAIN);
  }

  private async configure(): Promise<void> {
    const { agents, cap } = this.settings;
    try {
      await this.running?.configure({ agents, cap });
    } catch (error) {
      void vscode.window.showWarningMessage(errorText(error));
    }
  }

  private enter(state: TowerState): void {
    if (
      JSON.stringify({ ...state, board: 0, live: 0 }) === JSON.stringify({ ...this.current, board: 0, live: 0 }) &&
      state.kind !== 'running'
    )
      return;
    this.current = state;
    this.changed.fire(state);
  }

  /** Closes the doors and writes what is pending. */
  async stop(): Promise<void> {
    this.disposed = true;
    clearTimeout(this.again);
    const running = this.running;
    this.running = undefined;
    await running?.dispose();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    void this.stop();
  }
}

/**
 * The storage folder of a workspace, the same in every window on it. VS Code's own `storageUri` is not: while another extension
 * host holds its lock, as one that a reload left behind does for a while, it is a new and empty folder.
 */
function storageFolder(globalStorage: string, folders: readonly string[]): string {
  const workspace = vscode.workspace.workspaceFile?.toString() ?? folders.join('\n');
  const name = workspace === '' ? 'no-folder' : createHash('sha256').update(workspace).digest('hex').slice(0, 16);
  return join(globalStorage, 'towers', name);
}
