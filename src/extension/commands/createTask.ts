import * as vscode from 'vscode';
import { agentStatus } from '../../server/domain/agentStatus';
import type { CommandInput } from '../../server/domain/command';
import type { EstimateOf } from '../../server/domain/analytics';
import { duration } from '../../server/domain/format';
import { join } from '../../server/domain/rows/row';
import { tasksIn } from '../../server/domain/board';
import { queuePosition } from '../../server/domain/order';
import { PROOFS } from '../../server/domain/proofs';
import { requirementText } from '../../server/domain/requirement';
import { fillTemplate, templateTitle, type TaskTemplate, type TemplateValues } from '../../server/domain/template';
import { shorten } from '../../server/domain/text';
import type { Priority } from '../../server/domain/task';
import { waitReason } from '../../server/domain/waiting';
import type { Settings } from '../settings';
import type { TemplateFiles } from '../templateFiles';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import { editorValues } from './editorValues';
import { BACK, chooseMany, chooseOne } from './steps';
import { word } from '../../server/domain/words';
import { templateLabel } from '../../server/domain/builtInTemplates';
import { withoutIcons } from '../messages';

type Spec = Extract<CommandInput, { type: 'CreateTask' }>['spec'];

/** The presets, with what the workspace asks for ticked; what is no preset is an entry of its own. */
function proofItems(defaults: readonly string[]): { label: string; description: string; requires: string; picked: boolean }[] {
  const known = new Set(PROOFS.map(({ requires }) => requires));
  const own = defaults.filter((requires) => !known.has(requires));
  const items = [
    ...PROOFS,
    ...own.map((requires) => ({ label: requires, description: vscode.l10n.t('asked for by this workspace'), requires })),
  ];
  return items.map((item) => ({ ...item, picked: defaults.includes(item.requires) }));
}

/** A template with what it is filled in with. */
export interface Start {
  template: TaskTemplate;
  values: TemplateValues;
}

type FirstItem = vscode.QuickPickItem & { now?: boolean; text?: string; template?: TaskTemplate };

/** The dialog for a new task. What was typed stays until the window closes, or a task is made of it. */
export class CreateTask {
  private draft = '';

  constructor(
    private readonly host: TowerHost,
    private readonly settings: Pick<Settings, 'requires'>,
    private readonly estimateOf: EstimateOf,
    private readonly templates: Pick<TemplateFiles, 'list'>,
  ) {}

  /** Asks for the task and queues it; with a task given (by another extension, say) it asks nothing. */
  async run(given?: unknown): Promise<string | undefined> {
    return this.queue(isSpec(given) ? given : await this.ask());
  }

  /** Asks for the task that a template begins. */
  async from(start: Start): Promise<string | undefined> {
    return this.queue(await this.ask(start));
  }

  private async queue(spec: Spec | undefined): Promise<string | undefined> {
    const tower = this.host.here;
    if (!spec) return undefined;
    const { taskId = '' } = await tower.execute({ type: 'CreateTask', spec }, YOU);
    this.draft = '';
    const task = tower.board.tasks.get(taskId);
    if (task) {
      const { text } = waitReason(tower.board, tower.live, task, Date.now());
      vscode.window.setStatusBarMessage(
        vscode.l10n.t('#{0} queued. Queue {1}, {2}.', task.number, queuePosition(tower.board, task), text),
        4000,
      );
    }
    return taskId;
  }

  private async ask(start?: Start): Promise<Spec | undefined> {
    const values = start?.values ?? editorValues();
    const templates = start ? [] : await this.templates.list(values);
    for (;;) {
      const first = await this.describe(templates, values, start?.template);
      if (!first) return undefined;
      const { requires } = this.settings;
      const spec = { requires, ...(await this.specOf(first, values)) };
      if (first.now) return spec;
      const detailed = await this.detail(spec);
      if (detailed !== BACK) return detailed;
    }
  }

  private async specOf({ text, template }: { text: string; template?: TaskTemplate }, values: TemplateValues): Promise<Spec> {
    if (!template) return splitPrompt(text);
    const clipboard = template.prompt.includes('{clipboard}') ? await vscode.env.clipboard.readText() : '';
    return fillTemplate(template, { ...values, clipboard }, text);
  }

  /** Step 1: the text. Enter queues it as it is. */
  private describe(
    templates: readonly TaskTemplate[],
    values: TemplateValues,
    begun?: TaskTemplate,
  ): Promise<{ text: string; now: boolean; template?: TaskTemplate } | undefined> {
    let chosen = begun;
    const input = vscode.window.createQuickPick<FirstItem>();
    input.title = vscode.l10n.t('New Task');
    input.placeholder = vscode.l10n.t('Describe the task, or pick a template');
    input.ignoreFocusOut = true;
    input.value = begun ? templateTitle(begun, values) : this.draft;
    const separator = (label: string): FirstItem => ({ label, kind: vscode.QuickPickItemKind.Separator });
    const show = (): void => {
      if (!begun) this.draft = input.value;
      if (input.value === '') chosen = begun;
      const typed = input.value.trim();
      const act: FirstItem[] = [
        {
          label: vscode.l10n.t('$(add) Queue now'),
          description: shorten(typed, 60),
          detail: this.summary(chosen),
          alwaysShow: true,
          now: true,
        },
        { label: vscode.l10n.t('$(settings) Choose agent, priority and proof...'), alwaysShow: true, now: false },
      ];
      const listed = templates.map((template) => ({
        label: `$(file-code) ${templateLabel(template)}`,
        description: shorten(templateTitle(template, values), 80),
        template,
      }));
      input.items = typed ? act : [separator(vscode.l10n.t('Templates')), ...listed, separator(vscode.l10n.t('Recent')), ...this.recent()];
    };
    show();
    return new Promise((resolve) => {
      input.onDidChangeValue(show);
      input.onDidAccept(() => {
        const [picked] = input.selectedItems;
        if (picked?.template || picked?.text !== undefined) {
          chosen = picked.template;
          input.value = picked.template ? templateTitle(picked.template, values) : (picked.text ?? '');
          return show();
        }
        const typed = input.value.trim();
        if (!typed) return;
        resolve({ text: typed, now: picked?.now ?? true, ...(chosen ? { template: chosen } : {}) });
        input.hide();
      });
      input.onDidHide(() => {
        resolve(undefined);
        input.dispose();
      });
      input.show();
    });
  }

  private recent(): FirstItem[] {
    const { board } = this.host.here;
    const titles = (['completed', 'failed', 'cancelled'] as const)
      .flatMap((status) => tasksIn(board, status))
      .sort((a, b) => b.since - a.since);
    return [...new Set(titles.map(({ title }) => title))]
      .slice(0, 5)
      .map((title) => ({ label: `$(history) ${withoutIcons(title)}`, text: title }));
  }

  /** Who, how urgent and with what proof, in words. */
  private summary(template: TaskTemplate | undefined): string {
    const requires = (template?.requires ?? this.settings.requires).map((one) => (typeof one === 'string' ? one : requirementText(one)));
    const proof = requires.length > 0 ? vscode.l10n.t('proof: {0}', requires.join(', ')) : vscode.l10n.t('no proof asked');
    return join(template?.agent ?? vscode.l10n.t('Any agent'), word(template?.priority ?? 'normal'), proof);
  }

  /** Steps 2 to 5: who, how urgent, what proves it, after what. */
  private async detail(spec: Spec): Promise<Spec | undefined | typeof BACK> {
    const before = this.before();
    const total = before.length > 0 ? 5 : 4;
    const steps = [
      () =>
        chooseOne({ title: vscode.l10n.t('Who should do it?'), step: 2, total, items: this.agents() }, (item) =>
          Object.assign(spec, item.spec),
        ),
      () =>
        chooseOne(
          { title: vscode.l10n.t('How urgent is it?'), step: 3, total, items: PRIORITIES },
          (item) => (spec.priority = item.priority),
        ),
      () =>
        chooseMany(
          { title: vscode.l10n.t('What proves it is done?'), step: 4, total, items: proofItems(this.settings.requires) },
          (items) => (spec.requires = items.map(({ requires }) => requires)),
        ),
    ];
    if (before.length > 0) {
      const last = { title: vscode.l10n.t('After which tasks?'), step: 5, total, items: before };
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
        status === 'offline' && agent.managed ? vscode.l10n.t('offline, will be started') : word(status),
        usual && vscode.l10n.t('usually {0} (n={1})', duration(usual.medianMs), usual.n),
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
      { label: vscode.l10n.t('Any agent'), description: vscode.l10n.t('the first that is free'), spec: {} },
      ...agents,
      { label: vscode.l10n.t('Skills'), kind: vscode.QuickPickItemKind.Separator, spec: {} },
      ...skills.map((skill) => ({
        label: `$(mortar-board) ${skill}`,
        description: vscode.l10n.t('any agent with this skill'),
        spec: { skills: [skill] },
      })),
    ];
  }

  private before(): (vscode.QuickPickItem & { taskId: string })[] {
    const { board } = this.host.here;
    const open = (['running', 'input_required', 'review', 'parked', 'pending'] as const).flatMap((status) => tasksIn(board, status));
    return open
      .slice(0, 500)
      .map((task) => ({ label: `#${task.number} ${withoutIcons(task.title)}`, description: word(task.status), taskId: task.id }));
  }
}

/** The priorities in the order of a choice; the usual one first. */
export const PRIORITIES: readonly (vscode.QuickPickItem & { priority: Priority })[] = [
  { label: vscode.l10n.t('Normal'), priority: 'normal' },
  { label: vscode.l10n.t('Urgent'), description: vscode.l10n.t('before everything else'), priority: 'urgent' },
  { label: vscode.l10n.t('High'), priority: 'high' },
  { label: vscode.l10n.t('Low'), description: vscode.l10n.t('when nothing else waits'), priority: 'low' },
];

function splitPrompt(text: string): { title: string; prompt: string } {
  return { title: shorten(text.split('\n', 1)[0] ?? text, 200), prompt: text };
}

function isSpec(value: unknown): value is Spec {
  return typeof value === 'object' && value !== null && 'title' in value && typeof value.title === 'string';
}
