import type { ErrorKind, Outcome } from '../../../src/server/domain/task';
import type { RefAgent, RefAttempt, RefTask } from './pieces';

const TELLING: readonly ErrorKind[] = ['agent_error', 'spawn_failed', 'auth_required', 'protocol_error', 'timeout'];

/** What the reference knows of agents: who may be given work, what failures mean for them, what their work costs. */
export class RefAgents {
  tasks: RefTask[] = [];
  agents: RefAgent[] = [];
  queue = { state: 'open', cap: 2, reviewCap: 0, approval: false, accountCap: 0, breaker: 0 };
  /** Cents; what is absent has no limit. */
  budget: { perTask?: number; perAgentDay?: number; perDay?: number } = {};
  /** What was told of money: on which day, of whom. */
  spent: { day: string; agent: string; cents: number }[] = [];
  processes = new Map<number, { startTime: string; agentId: string }>();
  /** How many pieces of evidence were handed in. */
  pieces = 0;
  /** Wall and monotonic time of this step, ms. */
  now = 0;
  monotonic = 0;

  agent = (id: string): RefAgent | undefined => this.agents.find((agent) => agent.id === id);
  load = (agent: RefAgent): number => this.tasks.filter((task) => this.open(task)?.agent === agent.id).length;
  free = (agent: RefAgent): boolean =>
    agent.presence !== undefined &&
    this.load(agent) < agent.capacity &&
    agent.passedOver <= this.now &&
    agent.limited <= this.now &&
    !agent.broken &&
    !this.isSpent(agent.id) &&
    this.accountLeft(agent) > 0;

  /** How many more tasks the account of an agent may run. */
  accountLeft({ account }: RefAgent): number {
    const { accountCap } = this.queue;
    if (account === undefined || accountCap === 0) return Infinity;
    return accountCap - this.sharers(account).reduce((sum, agent) => sum + this.load(agent), 0);
  }

  protected sharers = (account: string): RefAgent[] => this.agents.filter((agent) => agent.account === account);

  open(task: RefTask, n = task.attempts.length): RefAttempt | undefined {
    const last = task.attempts.at(-1);
    return n === task.attempts.length && last && !last.outcome ? last : undefined;
  }

  /** What was spent on the day of this step, by one agent or by all. */
  spentToday(agent?: string): number {
    const today = new Date(this.now).toDateString();
    const told = this.spent.filter((one) => one.day === today && (agent === undefined || one.agent === agent));
    return told.reduce((sum, { cents }) => sum + cents, 0);
  }

  isSpent(agent: string): boolean {
    const { perDay = Infinity, perAgentDay = Infinity } = this.budget;
    return this.spentToday() >= perDay || this.spentToday(agent) >= perAgentDay;
  }

  /** An attempt says what it has cost so far; tokens alone have no price here. */
  tell(attempt: RefAttempt, cents: number | undefined): void {
    if (cents === undefined) return;
    this.spent.push({ day: new Date(this.now).toDateString(), agent: attempt.agent, cents: cents - (attempt.cents ?? 0) });
    attempt.cents = cents;
  }

  /** Counts an ended attempt for its agent. */
  protected tally(id: string, outcome: Outcome, kind?: ErrorKind): void {
    const agent = this.agent(id);
    if (!agent || outcome === 'declined') return;
    Object.assign(agent, { declines: 0, passedOver: 0 });
    if (outcome === 'completed') Object.assign(agent, { limits: 0, limited: 0, failures: 0 });
    if (outcome === 'failed' && kind && TELLING.includes(kind)) this.blame(agent, kind);
  }

  private blame(agent: RefAgent, kind: ErrorKind): void {
    const { breaker } = this.queue;
    agent.failures++;
    if (agent.broken) return;
    if (kind === 'auth_required' || (breaker > 0 && agent.failures >= breaker))
      Object.assign(agent, { broken: true, inError: true, dismissed: false });
  }

  /** A person has seen to it. */
  mend(agent: RefAgent): void {
    Object.assign(agent, { crashes: 0, failures: 0, declines: 0, limits: 0, passedOver: 0, limited: 0, restartAt: undefined });
    Object.assign(agent, { broken: false, inError: false, dismissed: false });
  }
}
