import * as vscode from 'vscode';
import { agentStatus } from '../../server/domain/agentStatus';
import type { CommandInput } from '../../server/domain/command';
import type { EstimateOf } from '../../server/domain/analytics';
import { duration } from '../../server/domain/format';
import { join } from '../../server/domain/rows/row';
import { tasksIn } from '../../server/domain/board';
import { queuePosition } from '../../server/domain/order';
import { PROOFS } from '../../server/domain/proofs';
import { shorten } from '../../server/domain/text';
import type { Priority } from '../../server/domain/task';
import { waitReason } from '../../server/domain/waiting';
import type { Settings } from '../settings';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import { BACK, chooseMany, chooseOne } from './steps';

type Spec = Extract<CommandInput, { type: 'CreateTask' }>['spec'];

/** The presets, with what the workspace asks for ticked; what is no preset is an entry of its own. */
function proofItems(defaults: readonly string[]): { label: string; description: string; requires: string; picked: boolean }[] {
  const known = new Set(PROOFS.map(({ requires }) => requires));
  const own = defaults.filter((requires) => !known.has(requires));
  const items = [...PROOFS, ...own.map((requires) => ({ label: requires, description: 'asked for by this workspace', requires }))];
  return items.map((item) => ({ ...item, picked: defaults.includes(item.requires) }));
}

/** The dialog for a new task. What was typed stays until the window closes, or a task is made of it. */
export class CreateTask {
  private draft = '';

  constructor(
    private readonly host: TowerHost,
    private readonly settings: Pick<Settings, 'requires'>,
    private readonly estimateOf: EstimateOf,
  ) {}

  /** Asks for the task and queues it; with a prompt given (by another extension, say) it asks nothing. */
  async run(given?: unknown): Promise<string | undefined> {
    const tower = this.host.here;
    const spec = isSpec(given) ? given : await this.ask();
    if (!spec) return undefined;
    const { taskId = '' } = await tower.execute({ type: 'CreateTask', spec }, YOU);
    this.draft = '';
    const task = tower.board.tasks.get(taskId);
    if (task) {
      const { text } = waitReason(tower.board, tower.live, task, Date.now());
      vscode.window.setStatusBarMessage(`#${task.number} queued. Queue ${queuePosition(tower.board, task)}, ${text}.`, 4000);
    }
    return taskId;
  }

  private async ask(): Promise<Spec | undefined> {
    for (;;) {
      const first = await this.describe();
      if (!first) return undefined;
      const { title, prompt } = splitPrompt(first.text);
      const { requires } = this.settings;
      if (first.now) return { title, prompt, requires };
      const detailed = await this.detail({ title, prompt, requires });
      if (detailed !== BACK) return detailed;
    }
  }

  /** Step 1: the text. Enter queues it as it is. */
  private describe(): Promise<{ text: string; now: boolean } | undefined> {
    const input = vscode.window.createQuickPick<vscode.QuickPickItem & { now?: boolean; template?: string }>();
    input.title = 'New Task';
    input.placeholder = 'Describe the task, or pick a template';
    input.ignoreFocusOut = true;
    input.value = this.draft;
    const separator = (label: string): vscode.QuickPickItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const show = (): void => {
      this.draft = input.value;
      const typed = input.value.trim();
      const act = [
        {
          label: '$(add) Queue now',
          description: shorten(typed, 60),
          detail: `Any agent · normal · ${this.proof()}`,
          alwaysShow: true,
          now: true,
        },
        { label: '$(settings) Choose agent, priority and proof...', alwaysShow: true, now: false },
      ];
      input.items = typed ? act : [separator('Templates'), ...this.templates(), separator('Recent'), ...this.recent()];
    };
    show();
    return new Promise((resolve) => {
      input.onDidChangeValue(show);
      input.onDidAccept(() => {
        const [picked] = input.selectedItems;
        const typed = input.value.trim();
        if (picked?.template !== undefined) {
          input.value = picked.template;
          return show();
        }
        if (!typed) return;
        resolve({ text: typed, now: picked?.now ?? true });
        input.hide();
      });
      input.onDidHide(() => {
        resolve(undefined);
        input.dispose();
      });
      input.show();
    });
  }

  private templates(): (vscode.QuickPickItem & { template: string })[] {
    const editor = vscode.window.activeTextEditor;
    const file = editor?.document.uri.scheme === 'file' ? vscode.workspace.asRelativePath(editor.document.uri) : undefined;
    const problems = editor ? vscode.languages.getDiagnostics(editor.document.uri).length : 0;
    const templates = ['Audit a page: '];
    if (file !== undefined) templates.push(`Review ${file}`);
    if (file !== undefined && problems > 0) templates.push(`Fix ${problems} ${problems === 1 ? 'problem' : 'problems'} in ${file}`);
    return templates.map((template) => ({ label: `$(file-code) ${template}`, template }));
  }

  private recent(): (vscode.QuickPickItem & { template: string })[] {
    const { board } = this.host.here;
    const titles = (['completed', 'failed', 'cancelled'] as const)
      .flatMap((status) => tasksIn(board, status))
      .sort((a, b) => b.since - a.since);
    return [...new Set(titles.map(({ title }) => title))].slice(0, 5).map((title) => ({ label: `$(history) ${title}`, template: title }));
  }

  /** What the workspace asks every task to prove, in words. */
  private proof(): string {
    const { requires } = this.settings;
    return requires.length > 0 ? `proof: ${requires.join(', ')}` : 'no proof asked';
  }

  /** Steps 2 to 5: who, how urgent, what proves it, after what. */
  private async detail(spec: Spec): Promise<Spec | undefined | typeof BACK> {
    const before = this.before();
    const total = before.length > 0 ? 5 : 4;
    const steps = [
      () => chooseOne({ title: 'Who should do it?', step: 2, total, items: this.agents() }, (item) => Object.assign(spec, item.spec)),
      () => chooseOne({ title: 'How urgent is it?', step: 3, total, items: PRIORITIES }, (item) => (spec.priority = item.priority)),
      () =>
        chooseMany(
          { title: 'What proves it is done?', step: 4, total, items: proofItems(this.settings.requires) },
          (items) => (spec.requires = items.map(({ requires }) => requires)),
        ),
    ];
    if (before.length > 0) {
      const last = { title: 'After which tasks?', step: 5, total, items: before };
      steps.push(() => chooseMany(last, (items) => (spec.after = items.map(({ taskId }) => taskId))));
    }
    for (let at = 0; at < steps.length;) {
      const outcome = await steps[at]?.();
      if (outcome === undefined) return undefined;
      at += outcome === BACK ? -1 : 1;
      if (at < 0) return BACK;
    }
    return spec;
  }

  private agents(): (vscode.QuickPickItem & { spec: Partial<Spec> })[] {
    const { board, live } = this.host.here;
    const agents = [...board.agents.values()].map((agent) => {
      const status = agentStatus(board, live, agent);
      // The kind is not known yet; most tasks of an agent are of its first skill.
      const usual = this.estimateOf(agent.id, agent.skills[0] ?? 'task') ?? this.estimateOf(agent.id, 'task');
      const description = join(
        status === 'offline' && agent.managed ? 'offline, will be started' : status,
        usual && `usually ${duration(usual.medianMs)} (n=${usual.n})`,
      );
      return {
        label: `$(circle-large-outline) ${agent.name}`,
        description,
        detail: agent.skills.join(', '),
        spec: { agent: agent.name, skills: [] },
      };
    });
    const skills = [...new Set([...board.agents.values()].flatMap((agent) => agent.skills))].sort();
    return [
      { label: 'Any agent', description: 'the first that is free', spec: {} },
      ...agents,
      { label: 'Skills', kind: vscode.QuickPickItemKind.Separator, spec: {} },
      ...skills.map((skill) => ({
        label: `$(mortar-board) ${skill}`,
        description: 'any agent with this skill',
        spec: { skills: [skill] },
      })),
    ];
  }

  private before(): (vscode.QuickPickItem & { taskId: string })[] {
    const { board } = this.host.here;
    const open = (['running', 'input_required', 'review', 'parked', 'pending'] as const).flatMap((status) => tasksIn(board, status));
    return open
      .slice(0, 500)
      .map((task) => ({ label: `#${task.number} ${task.title}`, description: task.status.replace('_', ' '), taskId: task.id }));
  }
}

/** The priorities in the order of a choice; the usual one first. */
export const PRIORITIES: readonly (vscode.QuickPickItem & { priority: Priority })[] = [
  { label: 'Normal', priority: 'normal' },
  { label: 'Urgent', description: 'before everything else', priority: 'urgent' },
  { label: 'High', priority: 'high' },
  { label: 'Low', description: 'when nothing else waits', priority: 'low' },
];

function splitPrompt(text: string): { title: string; prompt: string } {
  return { title: shorten(text.split('\n', 1)[0] ?? text, 200), prompt: text };
}

function isSpec(value: unknown): value is Spec {
  return typeof value === 'object' && value !== null && 'title' in value && typeof value.title === 'string';
}
