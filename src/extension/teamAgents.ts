import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { errorCode, errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import { agentIdOf, type AgentConfig } from '../server/domain/agent';
import { TeamFile } from '../server/domain/teamFile';
import { Command, Context } from './manifest';
import { showInformation } from './messages';

const FILE = '.tasktower/agents.json';
const MAX_BYTES = 1_000_000;
/** Where the goes of the person are kept; they belong to this machine. */
const ALLOWED = 'allowedAgents';
const ASKED = 'askedAgents';
const MOST = 500;

/** An agent of the workspace's file. */
interface Entry {
  agent: AgentConfig;
  /** Of the folder and all that the entry says: another command is another entry. */
  hash: string;
  folder: string;
}

/** The agents that a repository brings along in `.tasktower/agents.json`. None of them runs anything before a person at this machine allowed that very entry. */
export class TeamAgents implements vscode.Disposable {
  private entries: Entry[] = [];
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly memory: vscode.Memento,
    private readonly log: Log,
  ) {
    const watcher = vscode.workspace.createFileSystemWatcher(`**/${FILE}`);
    const again = (): void => {
      this.read();
      this.changed.fire();
      void this.invite();
    };
    this.subscriptions = [
      this.changed,
      watcher,
      watcher.onDidChange(again),
      watcher.onDidCreate(again),
      watcher.onDidDelete(again),
      vscode.workspace.onDidChangeWorkspaceFolders(again),
      vscode.workspace.onDidGrantWorkspaceTrust(again),
    ];
    this.read();
    void this.invite();
  }

  /** Those that may run here. */
  get agents(): AgentConfig[] {
    if (!vscode.workspace.isTrusted) return [];
    const allowed = this.kept(ALLOWED);
    return this.entries.filter(({ hash }) => allowed.has(hash)).map(({ agent }) => agent);
  }

  /** Lets the person say which of the agents may run on this machine. */
  async review(): Promise<void> {
    if (this.entries.length === 0) {
      void showInformation(vscode.l10n.t('There is no agent in {0} of this folder.', FILE));
      return;
    }
    const allowed = this.kept(ALLOWED);
    const items = this.entries.map((entry) => ({
      label: entry.agent.name,
      description: termsOf(entry),
      detail: entry.agent.command.join(' ') || entry.agent.url || vscode.l10n.t('connects by itself'),
      picked: allowed.has(entry.hash),
      entry,
    }));
    const picked = await vscode.window.showQuickPick(items, {
      title: vscode.l10n.t('Which agents of {0} may run on this machine?', FILE),
      placeHolder: vscode.l10n.t('Tick what you trust. An entry that changes asks again.'),
      canPickMany: true,
      ignoreFocusOut: true,
      matchOnDetail: true,
    });
    if (!picked) return;
    for (const { hash } of this.entries) allowed.delete(hash);
    for (const { entry } of picked) allowed.add(entry.hash);
    await this.memory.update(ALLOWED, [...allowed].slice(-MOST));
    await this.tell();
    this.changed.fire();
  }

  private read(): void {
    this.entries = (vscode.workspace.workspaceFolders ?? []).flatMap(({ uri }) =>
      uri.scheme === 'file' ? this.readFolder(uri.fsPath) : [],
    );
    const seen = new Set<string>();
    this.entries = this.entries.filter(({ agent: { name } }) => !seen.has(agentIdOf(name)) && seen.add(agentIdOf(name)));
    void this.tell();
  }

  private readFolder(folder: string): Entry[] {
    const path = join(folder, FILE);
    try {
      if (statSync(path).size > MAX_BYTES) throw new Error('it is larger than 1 MB');
      const { agents } = TeamFile.parse(JSON.parse(readFileSync(path, 'utf8')));
      return agents.map((agent) => ({
        agent,
        folder,
        hash: createHash('sha256')
          .update(JSON.stringify([folder, agent]))
          .digest('hex'),
      }));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') this.log.warn(`${path} cannot be read: ${errorText(error)}. Open it to see what is wrong.`);
      return [];
    }
  }

  /** Asks once for each entry that is new here; afterwards the command is the way. */
  private async invite(): Promise<void> {
    if (!vscode.workspace.isTrusted) return;
    const known = new Set([...this.kept(ALLOWED), ...this.kept(ASKED)]);
    const fresh = this.entries.filter(({ hash }) => !known.has(hash));
    if (fresh.length === 0) return;
    await this.memory.update(ASKED, [...this.kept(ASKED), ...fresh.map(({ hash }) => hash)].slice(-MOST));
    const names = fresh.map(({ agent }) => agent.name).join(', ');
    const review = vscode.l10n.t('Review...');
    const picked = await showInformation(
      vscode.l10n.t('This folder brings agents along: {0}. None of them runs before you allow it.', names),
      review,
    );
    if (picked === review) await vscode.commands.executeCommand(Command.reviewAgents);
  }

  private async tell(): Promise<void> {
    const allowed = this.kept(ALLOWED);
    const waiting = this.entries.some(({ hash }) => !allowed.has(hash));
    await vscode.commands.executeCommand('setContext', Context.agentsToReview, waiting);
  }

  private kept(key: string): Set<string> {
    const kept = this.memory.get<unknown>(key);
    return new Set(Array.isArray(kept) ? kept.filter((hash) => typeof hash === 'string') : []);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** What matters for the go, beside the command itself. */
function termsOf({ agent: { driver, cwd, env, worktree, promptOn }, folder }: Entry): string {
  const setup = worktree?.setup?.join(' ');
  const names = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  return [
    vscode.l10n.t('driver {0}', driver),
    vscode.l10n.t('in {0}', cwd ?? folder),
    ...(promptOn === 'stdin' ? [vscode.l10n.t('prompt on standard input')] : []),
    ...(names.length > 0 ? [vscode.l10n.t('with {0}', names.join(' '))] : []),
    ...(setup === undefined ? [] : [vscode.l10n.t('sets up with {0}', setup)]),
  ].join(' · ');
}
