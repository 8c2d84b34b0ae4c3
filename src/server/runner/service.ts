import { errorText } from '../base/errors';
import { factsOf } from '../domain/drivers';
import { cleanLine, shorten } from '../domain/text';
import type { RunnerAgent } from '../protocol/agent';
import { AgentProcess, type Exit } from './agentProcess';
import { childEnv } from './childEnv';
import type { Managed, ManagedContext } from './managed';

/** A service that has run this long has recovered from its last crash, ms. */
const STEADY = 30_000;
const MAX_MESSAGE = 1_000;

/** A long-lived process that dials in by itself. When it ends, the tower decides about the next start. */
export class Service implements Managed {
  private child: AgentProcess | undefined;
  private lastLine = '';
  private stopping = false;
  /** It failed, and the tower has not said that it may start again. */
  private barred = false;

  constructor(
    readonly agent: RunnerAgent,
    private readonly context: ManagedContext,
  ) {
    this.start();
  }

  fits(agent: RunnerAgent): boolean {
    return JSON.stringify(agent) === JSON.stringify(this.agent);
  }

  update(): void {
    if (!this.child && !this.stopping && !this.barred) this.start();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const { child } = this;
    await child?.stop();
    await child?.done;
  }

  private start(): void {
    const { agent, context } = this;
    const { id, name, command, cwd } = agent;
    void context.reports.push({ type: 'starting', agentId: id });
    let tower: Record<string, string> = {};
    try {
      const { url, token } = context.address();
      // A service that another driver speaks to does not dial in, so it needs no token.
      if (factsOf(agent.driver).dialsIn) tower = { TASKTOWER_URL: url, TASKTOWER_TOKEN: token };
    } catch (error) {
      return void this.fail(errorText(error), true);
    }
    const child = new AgentProcess({
      name,
      command,
      cwd,
      env: childEnv(process.env, agent.env, tower),
      graceMs: context.graceMs,
      onLine: (_, line) => {
        if (line.trim()) this.lastLine = line;
        context.reports.print(id, line);
      },
      onStarted: (ref) => context.reports.started(id, ref),
      onEnded: (ref) => context.reports.ended(id, ref),
    });
    this.child = child;
    const steady = setTimeout(() => void context.reports.push({ type: 'recovered', agentId: id }), STEADY);
    steady.unref();
    void child.done.then((exit) => {
      clearTimeout(steady);
      this.child = undefined;
      if (!this.stopping) void this.fail(exit.notStarted ?? this.howEnded(exit), exit.notStarted === undefined);
    });
  }

  private howEnded({ code, signal }: Exit): string {
    const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`;
    const why = shorten(cleanLine(this.lastLine), MAX_MESSAGE);
    return `${this.agent.name} ${how}${why ? `: ${why}` : '.'}`;
  }

  private async fail(message: string, restart: boolean): Promise<void> {
    this.barred = true;
    await this.context.reports.push({ type: 'failed', agentId: this.agent.id, message, restart });
    // What the tower wants from now on, it wants knowing of the failure.
    this.barred = !restart;
  }
}
