import { errorText } from './base/errors';
import type { Disposable } from './base/disposables';
import type { Log } from './base/log';
import { agentIdOf, type AgentConfig } from './domain/agent';
import { builtInAgents, newlyWanted } from './domain/builtIn';
import type { Tower } from './domain/ports';
import type { Actor } from './domain/task';
import type { Fleet } from './fleet';

const BY: Actor = { kind: 'tower', name: 'tower' };

/** Who belongs to the tower: the agents of the settings, and those that come along once a task wants one of them by name. */
export class Roster implements Disposable {
  private configured: readonly AgentConfig[] = [];
  private readonly builtIn = new Map<string, AgentConfig>();
  private readonly subscription: Disposable;

  constructor(
    private readonly tower: Tower,
    private readonly fleet: Pick<Fleet, 'configure'>,
    log: Log,
  ) {
    for (const agent of builtInAgents(tower.board)) this.builtIn.set(agentIdOf(agent.name), agent);
    this.subscription = tower.onDidCommit((records) => {
      const wanted = records.flatMap(({ events }) => newlyWanted(tower.board, events));
      const missing = wanted.filter(({ name }) => !this.builtIn.has(agentIdOf(name)));
      if (missing.length === 0) return;
      for (const agent of missing) this.builtIn.set(agentIdOf(agent.name), agent);
      this.apply().catch((error: unknown) => log.error(errorText(error)));
    });
  }

  /** Takes the agents of the settings; one of them goes before one that comes along under the same name. @throws {Refusal} when two share a name. */
  async configure(agents: readonly AgentConfig[]): Promise<void> {
    this.configured = agents;
    await this.apply();
  }

  private async apply(): Promise<void> {
    const own = new Set(this.configured.map(({ name }) => agentIdOf(name)));
    const all = [...this.configured, ...[...this.builtIn.values()].filter(({ name }) => !own.has(agentIdOf(name)))];
    const profiles = all.map(({ name, run, skills, capacity, autoStart, account }) => ({
      ...{ name, run, skills, capacity, autoStart },
      ...(account === undefined ? {} : { account }),
    }));
    await this.tower.execute({ type: 'ConfigureAgents', agents: profiles }, BY);
    this.fleet.configure(all);
  }

  dispose(): void {
    this.subscription.dispose();
  }
}
