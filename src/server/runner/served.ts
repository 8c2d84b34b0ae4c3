import { errorText } from '../base/errors';
import { factsOf } from '../domain/drivers';
import type { RunnerAgent } from '../protocol/agent';
import { AgentClient } from './agentClient';
import { askHealth, healthOf } from './health';
import type { Managed, ManagedContext } from './managed';
import { Service } from './service';

/** How often it is asked while it does not answer, and while it does, ms. */
const SOON = 500;
const LATER = 5_000;

/** An agent whose work is done by a service with a health address: it takes work while that answers. */
export class Served implements Managed {
  private client: AgentClient | undefined;
  private service: Service | undefined;
  private timer: NodeJS.Timeout | undefined;
  private said: string | undefined;
  private stopping = false;
  private look: Promise<void> = Promise.resolve();

  constructor(
    private config: RunnerAgent,
    private readonly context: ManagedContext,
  ) {
    void context.reports.push({ type: 'starting', agentId: config.id });
    this.lookIn(0);
  }

  get agent(): RunnerAgent {
    return this.config;
  }

  fits(agent: RunnerAgent): boolean {
    return partOf(agent) === partOf(this.config);
  }

  update(agent: RunnerAgent): void {
    this.config = agent;
    this.client?.update(agent);
    this.service?.update();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.timer);
    await this.look;
    await this.client?.stop();
    await this.service?.stop();
  }

  private lookIn(ms: number): void {
    if (this.stopping) return;
    this.timer = setTimeout(() => {
      this.look = this.attend()
        .catch((error: unknown) => this.wait(errorText(error)))
        .then((isWell) => this.lookIn(isWell ? LATER : SOON));
    }, ms);
  }

  private async attend(): Promise<boolean> {
    const { config, context } = this;
    const wrong = await askHealth(healthOf(config) ?? '', config.health !== undefined || !factsOf(config.driver).answersAnything);
    if (this.stopping) return false;
    if (wrong === undefined) {
      this.said = undefined;
      this.client ??= new AgentClient(config, context);
      return true;
    }
    if (this.client?.isIdle) {
      const { client } = this;
      this.client = undefined;
      await client.stop();
      void context.reports.push({ type: 'starting', agentId: config.id });
    }
    this.wait(wrong);
    // One that answers already was started by somebody else, and is theirs to stop.
    if (config.run === 'service' && config.command.length > 0 && !this.service && !this.client) this.service = new Service(config, context);
    return false;
  }

  /** Says what it waits for, once. */
  private wait(wrong: string): void {
    if (wrong !== this.said) this.context.reports.print(this.config.id, `Waiting: ${wrong}.`);
    this.said = wrong;
  }
}

/** What cannot change without a new start. */
function partOf({ run, driver, command, cwd, env, url, health, starts }: RunnerAgent): string {
  return JSON.stringify({ run, driver, command, cwd, env, url, health, starts });
}
