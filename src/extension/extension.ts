import './language';
import * as vscode from 'vscode';
import { Refusal } from '../server/domain/refusal';
import { ApiKeys } from './apiKeys';
import { aboutCommands } from './commands/aboutCommands';
import { agentCommands } from './commands/agentCommands';
import { CreateTask } from './commands/createTask';
import { evidenceCommands } from './commands/evidenceCommands';
import { firstRunCommands, watchInstalledAgents } from './commands/firstRun';
import type { Handlers } from './commands/handlers';
import { importTasks } from './commands/importTasks';
import { openReport } from './commands/reportCommand';
import { Targets } from './commands/targets';
import { historyCommands } from './commands/historyCommands';
import { panelCommands } from './commands/panelCommands';
import { taskCommands } from './commands/taskCommands';
import { teamCommands } from './commands/teamCommands';
import { tokenCommands } from './commands/tokenCommands';
import { towerCommands } from './commands/towerCommands';
import { PatchDiff } from './documents/patchDiff';
import { TowerDocuments } from './documents/towerDocuments';
import { Command } from './manifest';
import { McpProvider } from './mcpProvider';
import { modelTools } from './modelTools';
import { moveSettings } from './movedSettings';
import { Estimates } from './estimates';
import { Notifications } from './notifications';
import { AgentOutputs } from './output';
import { AnalyticsPanel } from './panels/analyticsPanel';
import { DashboardPanel } from './panels/dashboardPanel';
import { EvidencePanel } from './panels/evidencePanel';
import { LogsPanel } from './panels/logsPanel';
import { Opener } from './panels/openElsewhere';
import { ProblemActions } from './problemActions';
import { FindingProblems } from './problems';
import { reporter } from './report';
import { Settings } from './settings';
import { StatusBar } from './statusBar';
import { TeamAgents } from './teamAgents';
import { TemplateFiles } from './templateFiles';
import { Teams } from './teams';
import { Terminals } from './terminals';
import { TowerHost } from './towerHost';
import { AgentTree } from './tree/agentTree';
import { priorityDecorations } from './tree/decorations';
import { TaskDrag } from './tree/drag';
import { NeedsYouTree } from './tree/needsYouTree';
import { TaskTree } from './tree/taskTree';

/** What `activate` gives to tests: the live objects. */
export interface TasktowerApi {
  readonly host: TowerHost;
  readonly tree: TaskTree;
  /** Resolves when the first start has come to an end, good or bad. */
  readonly started: Promise<void>;
}

let host: TowerHost | undefined;

/** Shows the views, then starts the tower without waiting for it. */
export function activate(context: vscode.ExtensionContext): TasktowerApi {
  const begun = performance.now();
  const log = vscode.window.createOutputChannel('Tasktower', { log: true });
  const report = reporter(log);
  const team = new TeamAgents(context.globalState, log);
  const settings = new Settings(log, team);
  const keys = new ApiKeys(context.secrets);
  const teams = new Teams(context);
  const tower = new TowerHost(context, settings, keys, teams, log);
  const estimates = new Estimates(tower);
  const tree = new TaskTree(tower, estimates, new TaskDrag(tower, report));
  const outputs = new AgentOutputs(tower, log);
  const targets = new Targets(tower);
  const createTask = new CreateTask(tower, settings, estimates.of, new TemplateFiles(log));
  const patches = new PatchDiff();
  const problems = new FindingProblems();
  const opener = new Opener({ host: tower, patches, problems, cache: context.storageUri ?? context.globalStorageUri });
  const panel = new EvidencePanel({ context, host: tower, settings, open: (what) => opener.open(what), report });
  const dashboard = new DashboardPanel({ context, host: tower, settings, open: (what) => opener.open(what), report });
  const logs = new LogsPanel({ context, host: tower, settings, open: (what) => opener.open(what), report });
  const analytics = new AnalyticsPanel({
    ...{ context, host: tower, settings, report },
    open: (what) => opener.open(what),
    showTasks: (search) => dashboard.show({ search }),
  });
  const handlers: Handlers = {
    ...taskCommands(tower, createTask, targets, { panel, opener }),
    ...aboutCommands(createTask),
    ...evidenceCommands(tower),
    ...agentCommands({ host: tower, settings, targets, outputs, keys }),
    ...towerCommands({ host: tower, targets, tree, outputs, log }),
    ...tokenCommands(tower),
    ...teamCommands(teams, context),
    ...firstRunCommands(tower),
    [Command.importTasks]: () => importTasks(tower),
    [Command.reviewAgents]: () => team.review(),
    [Command.report]: () => openReport(context, tower, settings),
    ...historyCommands(tower),
    ...panelCommands({ dashboard, logs, analytics }),
  };
  context.subscriptions.push(
    log,
    team,
    settings,
    keys,
    teams,
    tower,
    estimates,
    tree,
    outputs,
    patches,
    problems,
    panel,
    dashboard,
    logs,
    analytics,
    new NeedsYouTree(tower),
    new AgentTree(tower),
    new StatusBar(tower),
    new TowerDocuments(tower),
    new Notifications(tower, settings, log),
    new Terminals(context, tower, settings, log),
    new McpProvider(tower, String((context.extension.packageJSON as { version: unknown }).version)),
    modelTools(tower, panel),
    watchInstalledAgents(),
    vscode.languages.registerCodeActionsProvider({ scheme: 'file' }, new ProblemActions(), {
      providedCodeActionKinds: ProblemActions.kinds,
    }),
    vscode.window.registerFileDecorationProvider(priorityDecorations),
    ...Object.entries(handlers).map(([id, handler]) =>
      vscode.commands.registerCommand(id, (...args: unknown[]) =>
        report(async () => {
          const why = tower.whyNot(id);
          if (why !== undefined) throw new Refusal('forbidden', why);
          return handler(...args);
        }),
      ),
    ),
  );
  host = tower;
  void moveSettings(log);
  const started = tower.start();
  log.info(`Activated in ${Math.round(performance.now() - begun)} ms.`);
  return { host: tower, tree, started };
}

/** Writes what is pending; VS Code waits a few seconds for it. */
export function deactivate(): Promise<void> | undefined {
  return host?.stop();
}
