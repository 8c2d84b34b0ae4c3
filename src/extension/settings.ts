import * as vscode from 'vscode';
import * as z from 'zod';
import type { Log } from '../server/base/log';
import { AgentConfig, agentIdOf } from '../server/domain/agent';
import type { Budget } from '../server/domain/budget';
import type { Keep } from '../server/domain/evidence';
import type { Tariff } from '../server/domain/prices';
import { parseRequirement, REQUIREMENT_GRAMMAR } from '../server/domain/requirement';
import type { Changeable } from '../server/sharedTower';
import type { NewsKind } from '../server/domain/toast';
import { readBudget, readTariff } from './costSettings';
import { Setting } from './manifest';

/** The kinds of notification, each of which can be switched off. */
export type NotifyKind = NewsKind | 'finished';

/** The settings under `tasktower`, read when they are asked for. */
export class Settings implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** Agents or limits changed; the port and the storage need a new window. */
  readonly onDidChange = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];

  constructor(
    private readonly log: Log,
    private readonly team: { readonly agents: readonly AgentConfig[]; onDidChange: vscode.Event<void> },
  ) {
    this.subscriptions = [
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('tasktower')) this.changed.fire();
      }),
      team.onDidChange(() => this.changed.fire()),
    ];
  }

  /** The agents of the settings, and those that the workspace brings along and that may run here; the settings go first. */
  get agents(): AgentConfig[] {
    const own = this.ownAgents;
    const names = new Set(own.map(({ name }) => agentIdOf(name)));
    return [...own, ...this.team.agents.filter(({ name }) => !names.has(agentIdOf(name)))];
  }

  /** The entries that can be read; one that cannot is named in the log and left out. */
  private get ownAgents(): AgentConfig[] {
    const entries = z.array(z.unknown()).catch([]).parse(this.get(Setting.agents));
    return entries.flatMap((entry, index) => {
      const agent = AgentConfig.safeParse(entry);
      if (agent.success) return [agent.data];
      const [issue] = agent.error.issues;
      this.log.warn(`tasktower.agents[${index}] is left out: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
      return [];
    });
  }

  /** What may change while the tower runs. */
  get tower(): Required<Omit<Changeable, 'agents'>> & { agents: AgentConfig[] } {
    const { agents, cap, reviewCap, accountCaps, breaker, keep, budget, tariff } = this;
    return { agents, cap, reviewCap, accountCaps, breaker, keep, budget, tariff };
  }

  private get cap(): number {
    return z.int().min(1).max(1000).catch(4).parse(this.get(Setting.maxRunning));
  }

  private get reviewCap(): number {
    return z.int().min(0).max(1000).catch(0).parse(this.get(Setting.reviewCap));
  }

  /** What every new task must prove unless its creator says otherwise; what is no requirement is named in the log and left out. */
  get requires(): string[] {
    const entries = z.array(z.string()).catch([]).parse(this.get(Setting.requires));
    return entries.filter((entry) => {
      if (parseRequirement(entry)) return true;
      this.log.warn(`tasktower.proof.requires: "${entry}" is left out; use ${REQUIREMENT_GRAMMAR}`);
      return false;
    });
  }

  /** Whether single letters do something in the Evidence panel. */
  get singleKeys(): boolean {
    return this.get(Setting.singleKeys) !== false;
  }

  /** How long the evidence of finished tasks is kept. */
  private get accountCaps(): Record<string, number> {
    return z.record(z.string().max(80), z.int().min(1).max(1000)).catch({}).parse(this.get(Setting.accountCaps));
  }

  private get breaker(): number {
    return z.int().min(0).max(1000).catch(5).parse(this.get(Setting.breaker));
  }

  private get keep(): Keep {
    const days = z.int().min(0).max(100_000).catch(0).parse(this.get(Setting.keepDays));
    const megabytes = z.int().min(0).max(100_000_000).catch(10_000).parse(this.get(Setting.keepMegabytes));
    return { days, bytes: megabytes * 1_000_000 };
  }

  private get budget(): Budget {
    return readBudget({
      perTask: this.get(Setting.budgetPerTask),
      perAgentDay: this.get(Setting.budgetPerAgentDay),
      perDay: this.get(Setting.budgetPerDay),
    });
  }

  private get tariff(): Tariff {
    const settings = { prices: this.get(Setting.prices), freeModels: this.get(Setting.freeModels) };
    return readTariff(settings, (text) => this.log.warn(text));
  }

  /** Whether integrated terminals get the command `tasktower` and the address of the tower. */
  get terminals(): boolean {
    return this.get(Setting.terminals) !== false;
  }

  get port(): number {
    return z.int().min(0).max(65535).catch(0).parse(this.get(Setting.port));
  }

  get fsync(): boolean {
    return this.get(Setting.fsync) === true;
  }

  notify(kind: NotifyKind): boolean {
    return this.get(`${Setting.notify}.${kind}`) !== false;
  }

  /** Whether a notification is heard too. */
  get sound(): boolean {
    return this.get(Setting.notifySound) === true;
  }

  async mute(kind: NotifyKind): Promise<void> {
    await vscode.workspace.getConfiguration('tasktower').update(`${Setting.notify}.${kind}`, false, vscode.ConfigurationTarget.Global);
  }

  private get(name: string): unknown {
    return vscode.workspace.getConfiguration('tasktower').get(name);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
