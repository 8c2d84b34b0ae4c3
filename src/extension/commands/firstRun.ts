import * as vscode from 'vscode';
import { FOLDER_CHECK } from '../../server/domain/builtIn';
import { showDetails } from '../documents/towerDocuments';
import { installedAgents } from '../installedAgents';
import { Command, Context, WALKTHROUGH } from '../manifest';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import { addFound, newOnes } from './addAgent';
import type { Handlers } from './handlers';
import { showInformation } from '../messages';

const PROMPT =
  'Look for relative links in Markdown and HTML that lead nowhere, JSON that cannot be parsed, merge conflicts that were left, and TODOs. Change nothing. Hand in a report and the numbers.';

/** What a person who is new here does first. */
export function firstRunCommands(host: TowerHost): Handlers {
  return {
    [Command.tryItNow]: async () => {
      const [folder] = vscode.workspace.workspaceFolders ?? [];
      if (host.team !== undefined) return askToLeave(host.team);
      if (!folder) return askForFolder();
      const title = vscode.l10n.t('Check the files of {0}', folder.name).slice(0, 200);
      const spec = { title, prompt: PROMPT, agent: FOLDER_CHECK.name, kind: 'folder-check', folder: folder.uri.fsPath };
      const { taskId = '' } = await host.here.execute({ type: 'CreateTask', spec }, YOU);
      const task = host.here.board.tasks.get(taskId);
      if (task) await showDetails(task);
    },
    [Command.addFoundAgents]: addFound,
    [Command.getStarted]: () => vscode.commands.executeCommand('workbench.action.openWalkthrough', WALKTHROUGH, false),
  };
}

async function askToLeave(team: string): Promise<void> {
  const leave = vscode.l10n.t('Use the Tower of This Folder');
  const why = vscode.l10n.t('Try It Now checks files of this machine, and the tower at {0} may run on another one.', team);
  if ((await showInformation(why, leave)) === leave) await vscode.commands.executeCommand(Command.leaveTower);
}

async function askForFolder(): Promise<void> {
  const open = vscode.l10n.t('Open Folder');
  const picked = await showInformation(vscode.l10n.t('Try It Now checks the files of a folder. Open one first.'), open);
  if (picked === open) await vscode.commands.executeCommand('vscode.openFolder');
}

/** Says by a context key whether an agent of this machine could be added, now and after a change of the settings. */
export function watchInstalledAgents(): vscode.Disposable {
  const look = async (): Promise<void> => {
    const found = await newOnes(await installedAgents());
    await vscode.commands.executeCommand('setContext', Context.agentsFound, found.length > 0);
  };
  void look();
  return vscode.workspace.onDidChangeConfiguration((event) => {
    if (event.affectsConfiguration('tasktower.agents')) void look();
  });
}
