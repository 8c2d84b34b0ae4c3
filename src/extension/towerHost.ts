import { createHash } from 'node:crypto';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import { whyNotRun } from '../server/domain/commandRole';
import type { Tower } from '../server/domain/ports';
import type { Role } from '../server/domain/task';
import { JoinedTower } from '../server/joinedTower';
import { SharedTower, type Changeable, type Standing, type WindowTower } from '../server/sharedTower';

import type { ApiKeys } from './apiKeys';
import type { Settings } from './settings';
import type { Teams } from './teams';
import type { TowerState } from './statusText';
import { spoken } from '../server/domain/spoken';
import { showWarning } from './messages';

const UNTRUSTED = vscode.l10n.t('This folder is not trusted. History is readable; nothing listens and nothing is started.');
/** How long the status bar says that the tower changed windows, ms. */
const NEWS = 10_000;

/** The window's tower: opens it, and says where it stands. */
export class TowerHost implements vscode.Disposable {
  private current: TowerState = { kind: 'starting' };
  private shared: WindowTower | undefined;
  private starting: Promise<void> | undefined;
  private role: Standing['role'] | undefined;
  private disposed = false;
  private readonly changed = new vscode.EventEmitter<TowerState>();
  /** The tower came, went, moved to another window, or could not be started. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly settings: Settings,
    private readonly keys: Pick<ApiKeys, 'read' | 'onDidChange'>,
    private readonly teams: Teams,
    private readonly log: Log,
  ) {
    this.subscriptions = [
      vscode.workspace.onDidGrantWorkspaceTrust(() => void this.start().then(() => this.shared && this.moved(this.shared.standing))),
      // A tower names its folders where agents look for it, and keeps the baselines of each.
      vscode.workspace.onDidChangeWorkspaceFolders(() => teams.url === undefined && void this.change()),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused && this.current.kind === 'down') void this.start();
      }),
      settings.onDidChange(() => void this.configure()),
      keys.onDidChange(() => void this.configure()),
      teams.onDidChange(() => void this.change()),
    ];
  }

  get state(): TowerState {
    return this.current;
  }

  get tower(): Tower | undefined {
    return this.shared;
  }

  /** The address of the team tower that this window has joined. */
  get team(): string | undefined {
    return this.teams.url;
  }

  /** True when this window runs the tower. */
  get isOwner(): boolean {
    return this.shared?.standing.role === 'owner';
  }

  /** True when this window tells a person what happens: of several on a folder one does, and each that has joined a team tower. */
  get tells(): boolean {
    const standing = this.shared?.standing;
    return standing?.role === 'owner' || (standing?.role === 'follower' && standing.team !== undefined);
  }

  /** The tower. @throws when there is none, with why. */
  get here(): WindowTower {
    if (this.shared) return this.shared;
    throw new Error(
      'message' in this.current ? this.current.message : vscode.l10n.t('Tasktower is still starting. Try again in a moment.'),
    );
  }

  /** The role of whoever works here; they rule a tower of their own. */
  get personRole(): Role {
    return this.shared?.you?.role ?? 'admin';
  }

  /** Why the person may not run a command of ours; undefined = they may try. */
  whyNot(command: string): string | undefined {
    return whyNotRun(this.shared?.you ?? {}, command);
  }

  /** Starts the tower, or starts it anew when it went down or may do more by now, or looks at once for one that is lost; never rejects. */
  start(): Promise<void> {
    this.starting ??= this.tryStart().finally(() => (this.starting = undefined));
    return this.starting;
  }

  /** Where this window's tower keeps its files, absolute. */
  get storage(): string {
    const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
    return storageFolder(this.context.globalStorageUri.fsPath, folders);
  }

  private async tryStart(): Promise<void> {
    const role = this.shared?.standing.role;
    if (role === 'reconnecting') this.shared?.reconnect();
    if (this.disposed || (role !== undefined && role !== 'down' && role !== 'looking')) return;
    await this.close();
    const { url } = this.teams;
    try {
      if (url !== undefined) return this.join(url);
      const { port, fsync } = this.settings;
      const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath);
      const { storage } = this;
      const dist = join(this.context.extensionPath, 'dist');
      const lookOnly = vscode.workspace.isTrusted ? {} : { lookOnly: UNTRUSTED };
      const shared = await SharedTower.open({
        storage,
        folders,
        ...(await this.changeable()),
        ...{ port, fsync, dist, log: this.log },
        ...lookOnly,
      });
      if (this.disposed) return await shared.close();
      this.shared = shared;
      shared.onDidChange((standing) => this.moved(standing));
      this.moved(shared.standing);
    } catch (error) {
      this.log.error(error instanceof Error ? error : errorText(error));
      this.enter({ kind: 'down', message: spoken(error) });
    }
  }

  private join(url: string): void {
    const shared = new JoinedTower({ session: this.teams.session(url), cache: this.teams.cache(url), log: this.log });
    this.shared = shared;
    shared.onDidChange((standing) => this.moved(standing));
    this.moved(shared.standing);
  }

  /** Goes over to the tower that is wanted now. */
  private async change(): Promise<void> {
    await this.starting;
    this.starting = this.close().then(() => this.tryStart());
    await this.starting.finally(() => (this.starting = undefined));
  }

  private moved(standing: Standing): void {
    const { shared } = this;
    if (!shared) return;
    const news = newsOf(this.role, standing);
    this.role = standing.role;
    if (news !== undefined) {
      this.log.info(news);
      vscode.window.setStatusBarMessage(news, NEWS);
    }
    if (standing.role === 'down') return this.enter({ kind: 'down', message: standing.reason });
    this.enter({ kind: 'running', board: shared.board, live: shared.live, standing, isTrusted: vscode.workspace.isTrusted });
  }

  private async configure(): Promise<void> {
    try {
      await this.shared?.configure(await this.changeable());
    } catch (error) {
      void showWarning(spoken(error));
    }
  }

  /** The settings that may change while the tower runs, with the API keys that agents ask for. */
  private async changeable(): Promise<Changeable> {
    const { agents, ...rest } = this.settings.tower;
    const kept = await this.keys.read(agents.flatMap(({ keyFrom }) => keyFrom ?? []));
    const withKey = agents.map((agent) => {
      const key = agent.keyFrom === undefined ? undefined : kept[agent.keyFrom];
      return agent.keyFrom === undefined || key === undefined ? agent : { ...agent, env: { [agent.keyFrom]: key, ...agent.env } };
    });
    return { ...rest, agents: withKey };
  }

  private enter(state: TowerState): void {
    this.current = state;
    this.changed.fire(state);
  }

  private async close(): Promise<void> {
    const { shared } = this;
    this.shared = undefined;
    this.role = undefined;
    await shared?.close();
  }

  /** Closes the doors and writes what is pending. */
  async stop(): Promise<void> {
    this.disposed = true;
    await this.close();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
    void this.stop();
  }
}

/** What to tell a person who did nothing, when the tower moved between windows. */
function newsOf(before: Standing['role'] | undefined, standing: Standing): string | undefined {
  const { role } = standing;
  if ('team' in standing && standing.team !== undefined) return undefined;
  if (before !== 'reconnecting' && before !== 'looking') return undefined;
  if (role === 'owner') return vscode.l10n.t('The other window is gone; this window runs the tower now. Nothing was lost.');
  return role === 'follower' ? vscode.l10n.t('Another window runs the tower now; this window follows it. Nothing was lost.') : undefined;
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
