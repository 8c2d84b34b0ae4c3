import type { Disposable } from './base/disposables';
import { Emitter } from './base/emitter';
import { agentIdOf, type Agent, type AgentConfig, type WantedAgent } from './domain/agent';
import type { RunnerAgents, Tower } from './domain/ports';

/** The agents that Tasktower starts: what their settings say, and which of them should be running now. */
export class Fleet implements RunnerAgents, Disposable {
  private configs = new Map<string, AgentConfig>();
  private readonly changed = new Emitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscription: Disposable;
  private told = '';

  constructor(
    private readonly tower: Tower,
    private readonly folder: string,
    /** Whether agents are started here now: of several towers one does it. */
    private readonly startsHere: () => boolean = () => true,
  ) {
    this.subscription = tower.onDidCommit(() => this.tell());
  }

  /** Takes the settings; commands and environment stay in memory, never in the journal. */
  configure(configs: readonly AgentConfig[]): void {
    this.configs = new Map(configs.map((config) => [agentIdOf(config.name), config]));
    this.tell();
  }

  /** Looks again whether it is this tower that starts them. */
  look(): void {
    this.tell();
  }

  list(): WantedAgent[] {
    if (!this.startsHere()) return [];
    return [...this.tower.board.agents.values()].filter(shouldRun).flatMap((agent) => {
      const config = this.configs.get(agent.id);
      if (!config || config.run === 'external') return [];
      const { autoStart: _, run, ...rest } = config;
      return [{ ...rest, run, id: agent.id, cwd: config.cwd ?? this.folder, starts: agent.starts ?? 0 }];
    });
  }

  private tell(): void {
    const list = JSON.stringify(this.list());
    if (list === this.told) return;
    this.told = list;
    this.changed.fire();
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}

function shouldRun(agent: Agent): boolean {
  return agent.managed && agent.wanted === 'started' && agent.restartAt === undefined && !agent.halted;
}
