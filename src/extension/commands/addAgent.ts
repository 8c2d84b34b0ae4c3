import * as vscode from 'vscode';
import { AgentConfig } from '../../server/domain/agent';
import { agentFrom, groupName, PRESETS, programOf, type Preset, type PresetQuestion } from '../../server/domain/presets';
import { installedAgents, type FoundAgent } from '../installedAgents';
import { Command, Setting } from '../manifest';
import type { ApiKeys } from '../apiKeys';
import { showInformation } from '../messages';

interface Entry {
  name?: unknown;
  command?: unknown;
}
type Answers = Partial<Record<PresetQuestion, string>>;

/** Lets the person pick an agent that Tasktower knows how to run, asks what it needs, and writes it to the settings. */
export async function addAgent(keys: ApiKeys): Promise<void> {
  const preset = await pickPreset();
  const answers = preset && (await ask(preset, keys));
  if (!preset || !answers) return;
  const [agent = ''] = await write([{ preset, answers }]);
  const open = await showInformation(
    vscode.l10n.t('{0} is in {1}. It needs: {2}', agent, where(), preset.install),
    vscode.l10n.t('Open Settings'),
  );
  if (open) await openSetting();
}

/** Offers the agents that are installed on this machine and not yet in the settings; all are ticked. */
export async function addFound(): Promise<void> {
  const found = await newOnes(await installedAgents());
  if (found.length === 0) {
    void showInformation(
      vscode.l10n.t('No agent was found on the PATH of this machine that is not in the settings already.'),
      vscode.l10n.t('Add Agent'),
    ).then((picked) => picked && vscode.commands.executeCommand(Command.addAgent));
    return;
  }
  const items = found.map(({ preset, path }) => ({ label: preset.name, description: path, detail: preset.about, picked: true, preset }));
  const options = { title: vscode.l10n.t('Which agents found on this machine?'), canPickMany: true as const, ignoreFocusOut: true };
  const picked = await vscode.window.showQuickPick(items, options);
  if (!picked || picked.length === 0) return;
  const names = await write(picked.map(({ preset }) => ({ preset, answers: {} })));
  const open = await showInformation(
    names.length === 1
      ? vscode.l10n.t('{0} is in {1}.', names.join(', '), where())
      : vscode.l10n.t('{0} are in {1}.', names.join(', '), where()),
    vscode.l10n.t('Open Settings'),
  );
  if (open) await openSetting();
}

/** Those of the found agents that no entry of the settings runs. */
export async function newOnes(found: readonly FoundAgent[]): Promise<FoundAgent[]> {
  const entries = vscode.workspace.getConfiguration('tasktower').get<(Entry | null)[]>(Setting.agents) ?? [];
  const run = new Set(
    entries.flatMap((entry) => (Array.isArray(entry?.command) && typeof entry.command[0] === 'string' ? [entry.command[0]] : [])),
  );
  return found.filter(({ preset }) => !run.has(programOf(preset)));
}

async function ask(preset: Preset, keys: ApiKeys): Promise<Answers | undefined> {
  const answers: Answers = {};
  for (const question of preset.asks) {
    if (question === 'key') {
      if (!(await keys.ask(preset.config.keyFrom ?? '', preset.name))) return undefined;
      continue;
    }
    const answer = await (question === 'folder' ? askFolder(preset) : askText(preset, question));
    if (answer === undefined) return undefined;
    answers[question] = answer;
  }
  return answers;
}

/** Adds entries to the settings of the workspace, or to the person's own where there is none. @returns the names that they got. */
async function write(added: readonly { preset: Preset; answers: Answers }[]): Promise<string[]> {
  const section = vscode.workspace.getConfiguration('tasktower');
  const known = section.inspect<Entry[]>(Setting.agents);
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const list =
    (target === vscode.ConfigurationTarget.Workspace ? known?.workspaceValue : known?.globalValue) ??
    section.get<Entry[]>(Setting.agents) ??
    [];
  const taken = list.flatMap(({ name }) => (typeof name === 'string' ? [name.toLowerCase()] : []));
  const entries = added.map(({ preset, answers }) => {
    const agent = agentFrom(preset, answers, taken);
    AgentConfig.parse(agent);
    taken.push(agent.name.toLowerCase());
    return agent;
  });
  await section.update(Setting.agents, [...list, ...entries], target);
  return entries.map(({ name }) => name);
}

function where(): string {
  return vscode.workspace.workspaceFolders ? vscode.l10n.t('the settings of this workspace') : vscode.l10n.t('your settings');
}

function openSetting(): Thenable<unknown> {
  return vscode.commands.executeCommand('workbench.action.openSettings', `tasktower.${Setting.agents}`);
}

async function pickPreset(): Promise<Preset | undefined> {
  type Item = vscode.QuickPickItem & { preset?: Preset };
  const found = await newOnes(await installedAgents());
  const items: Item[] =
    found.length > 0 ? [{ label: vscode.l10n.t('Found on this machine'), kind: vscode.QuickPickItemKind.Separator }] : [];
  for (const { preset, path } of found) items.push({ label: preset.name, description: path, detail: preset.about, preset });
  let group: Preset['group'] | undefined;
  for (const preset of PRESETS) {
    if (found.some((one) => one.preset.id === preset.id)) continue;
    if (group !== preset.group) items.push({ label: groupName(preset.group), kind: vscode.QuickPickItemKind.Separator });
    group = preset.group;
    const description = preset.config.command?.slice(0, 2).join(' ') ?? preset.config.url ?? '';
    items.push({ label: preset.name, description, detail: preset.about, preset });
  }
  const options = {
    title: vscode.l10n.t('Which agent?'),
    placeHolder: vscode.l10n.t('Type to filter'),
    matchOnDescription: true,
    matchOnDetail: true,
  };
  return (await vscode.window.showQuickPick(items, options))?.preset;
}

async function askFolder(preset: Preset): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: preset.install,
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: vscode.l10n.t('Use Folder'),
    })) ?? [];
  return uri?.fsPath;
}

async function askText(preset: Preset, question: 'url' | 'model'): Promise<string | undefined> {
  const value = preset.config[question] ?? '';
  const title = question === 'url' ? vscode.l10n.t('Address of {0}', preset.name) : vscode.l10n.t('Which model of {0}?', preset.name);
  const placeHolder =
    question === 'model' ? vscode.l10n.t('The name of the model; empty = the first one that it offers') : 'http://127.0.0.1:8000/v1';
  const validateInput = (text: string): string | undefined =>
    question === 'url' && !/^https?:\/\/\S+$/.test(text)
      ? vscode.l10n.t('Type an address that begins with http:// or https://.')
      : undefined;
  return vscode.window.showInputBox({ title, value, placeHolder, validateInput, ignoreFocusOut: true });
}
