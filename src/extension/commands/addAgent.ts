import * as vscode from 'vscode';
import { AgentConfig } from '../../server/domain/agent';
import { agentFrom, PRESETS, type Preset, type PresetQuestion } from '../../server/domain/presets';
import { Setting } from '../manifest';
import type { ApiKeys } from '../apiKeys';

interface Entry {
  name?: unknown;
}
type Answers = Partial<Record<PresetQuestion, string>>;

/** Lets the person pick an agent that Tasktower knows how to run, asks what it needs, and writes it to the settings. */
export async function addAgent(keys: ApiKeys): Promise<void> {
  const preset = await pickPreset();
  if (!preset) return;
  const answers: Answers = {};
  for (const question of preset.asks) {
    if (question === 'key') {
      if (!(await keys.ask(preset.config.keyFrom ?? '', preset.name))) return;
      continue;
    }
    const answer = await (question === 'folder' ? askFolder(preset) : askText(preset, question));
    if (answer === undefined) return;
    answers[question] = answer;
  }
  const section = vscode.workspace.getConfiguration('tasktower');
  const known = section.inspect<Entry[]>(Setting.agents);
  const target = vscode.workspace.workspaceFolders ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  const list =
    (target === vscode.ConfigurationTarget.Workspace ? known?.workspaceValue : known?.globalValue) ??
    section.get<Entry[]>(Setting.agents) ??
    [];
  const taken = list.flatMap(({ name }) => (typeof name === 'string' ? [name.toLowerCase()] : []));
  const agent = agentFrom(preset, answers, taken);
  AgentConfig.parse(agent);
  await section.update(Setting.agents, [...list, agent], target);
  const where = target === vscode.ConfigurationTarget.Workspace ? 'the settings of this workspace' : 'your settings';
  const open = await vscode.window.showInformationMessage(`${agent.name} is in ${where}. It needs: ${preset.install}`, 'Open Settings');
  if (open) await vscode.commands.executeCommand('workbench.action.openSettings', 'tasktower.agents');
}

async function pickPreset(): Promise<Preset | undefined> {
  type Item = vscode.QuickPickItem & { preset?: Preset };
  const items: Item[] = [];
  for (const preset of PRESETS) {
    if (items.at(-1)?.preset?.group !== preset.group) items.push({ label: preset.group, kind: vscode.QuickPickItemKind.Separator });
    items.push({
      label: preset.name,
      description: preset.config.command?.slice(0, 2).join(' ') ?? preset.config.url ?? '',
      detail: preset.about,
      preset,
    });
  }
  const options = { title: 'Which agent?', placeHolder: 'Type to filter', matchOnDescription: true, matchOnDetail: true };
  return (await vscode.window.showQuickPick(items, options))?.preset;
}

async function askFolder(preset: Preset): Promise<string | undefined> {
  const [uri] =
    (await vscode.window.showOpenDialog({
      title: preset.install,
      canSelectFiles: false,
      canSelectFolders: true,
      openLabel: 'Use Folder',
    })) ?? [];
  return uri?.fsPath;
}

async function askText(preset: Preset, question: 'url' | 'model'): Promise<string | undefined> {
  const value = preset.config[question] ?? '';
  const title = question === 'url' ? `Address of ${preset.name}` : `Which model of ${preset.name}?`;
  const placeHolder = question === 'model' ? 'The name of the model; empty = the first one that it offers' : 'http://127.0.0.1:8000/v1';
  const validateInput = (text: string): string | undefined =>
    question === 'url' && !/^https?:\/\/\S+$/.test(text) ? 'Type an address that begins with http:// or https://.' : undefined;
  return vscode.window.showInputBox({ title, value, placeHolder, validateInput, ignoreFocusOut: true });
}
