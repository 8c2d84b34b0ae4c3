import type { ErrorKind, Outcome, Priority, Status } from '../../../src/server/domain/task';
import type { RefAgent, RefAttempt, RefTask } from './pieces';

const BANDS: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
const FINAL: readonly Status[] = ['completed', 'failed', 'cancelled'];
const CURABLE: readonly ErrorKind[] = ['agent_error', 'timeout', 'stalled', 'verification'];
export const AGENT_LEASE = 30_000;

/** The rules a second time, as plainly as they can be said: lists and loops. Every act answers whether it is allowed. */
export class Reference {
  tasks: RefTask[] = [];
  agents: RefAgent[] = [];
  queue = { state: 'open', cap: 2, reviewCap: 0, approval: false };
  /** Wall and monotonic time of this step, ms. */
  now = 0;
  monotonic = 0;

  isFinal = (task: RefTask): boolean => FINAL.includes(task.status);
  count = (...statuses: Status[]): number => this.tasks.filter(({ status }) => statuses.includes(status)).length;
  load = (agent: RefAgent): number => this.tasks.filter((task) => this.open(task)?.agent === agent.id).length;
  /** Waits for a task that is not completed; one that was deleted does not hold it up. */
  blocked = ({ after }: RefTask): boolean => this.tasks.some(({ id, status }) => after.includes(id) && status !== 'completed');
  fits = (task: RefTask, agent: RefAgent): boolean =>
    (task.agent ?? agent.id) === agent.id && (task.skill === undefined || agent.skills.includes(task.skill));
  free = (agent: RefAgent): boolean =>
    agent.presence !== undefined && this.load(agent) < agent.capacity && agent.passedOver <= this.now && agent.limited <= this.now;

  open(task: RefTask, n = task.attempts.length): RefAttempt | undefined {
    const last = task.attempts.at(-1);
    return n === task.attempts.length && last && !last.outcome ? last : undefined;
  }

  order(): RefTask[] {
    const band = ({ priority }: RefTask): number => BANDS.indexOf(priority);
    return this.tasks
      .filter(({ status }) => status === 'pending')
      .sort((a, b) => Number(b.startNow) - Number(a.startNow) || band(a) - band(b) || a.rank - b.rank || a.number - b.number);
  }

  /** The queue lets it start, besides `more` others that are about to. */
  allows(task: RefTask, more = 0): boolean {
    const { state, cap, reviewCap, approval } = this.queue;
    if (task.startNow) return true;
    if (approval || state === 'paused' || (state === 'draining' && task.tries === 0)) return false;
    return this.count('running') + more < cap && (reviewCap === 0 || this.count('review', 'input_required') < reviewCap);
  }

  create(task: RefTask): void {
    const like = this.order().filter(({ priority, startNow }) => priority === task.priority && !startNow);
    this.tasks.push({ ...task, rank: Math.max(task.number, ...like.map(({ rank }) => rank)) });
  }

  assign(task: RefTask, agent: RefAgent, leaseMs?: number): boolean {
    const may = task.status === 'pending' && !this.blocked(task) && this.fits(task, agent);
    if (!may || this.load(agent) >= agent.capacity || !this.allows(task)) return false;
    this.begin(task, agent.id, leaseMs);
    return true;
  }

  begin(task: RefTask, agent: string, leaseMs?: number): void {
    const accepted = leaseMs !== undefined;
    task.attempts.push({ agent, leaseMs, accepted, startedAt: this.now, waitedMs: 0, heard: this.monotonic });
    Object.assign(task, { status: 'running', startNow: false });
  }

  /** The tasks stand so when one is moved before another. */
  moved(task: RefTask, before: RefTask | undefined, priority?: Priority): RefTask[] | undefined {
    if (task.status !== 'pending' || (before && before.status !== 'pending')) return undefined;
    if (task === before) return this.order();
    task.priority = priority ?? before?.priority ?? task.priority;
    const rest = this.order().filter((other) => other !== task);
    const like = rest.filter((other) => other.priority === task.priority && other.startNow === task.startNow);
    const anchored = before?.priority === task.priority;
    const next = anchored && like.includes(before) ? before : anchored && !task.startNow ? like[0] : undefined;
    const last = like.at(-1);
    if (next) return rest.toSpliced(rest.indexOf(next), 0, task);
    return last ? rest.toSpliced(rest.indexOf(last) + 1, 0, task) : this.order();
  }

  end(task: RefTask, attempt: RefAttempt, outcome: Outcome, status: Status): true {
    this.stopWaiting(attempt);
    attempt.outcome = outcome;
    const agent = this.agents.find(({ id }) => id === attempt.agent);
    if (outcome !== 'declined') task.tries++;
    if (agent && outcome !== 'declined') Object.assign(agent, { declines: 0, passedOver: 0 });
    if (agent && outcome === 'completed') Object.assign(agent, { limits: 0, limited: 0 });
    task.status = attempt.cancelAt === undefined ? status : 'cancelled';
    return true;
  }

  fail(task: RefTask, attempt: RefAttempt, kind: ErrorKind): true {
    if (attempt.cancelAt !== undefined) return this.end(task, attempt, 'cancelled', 'cancelled');
    this.end(task, attempt, 'failed', 'failed');
    const again = CURABLE.includes(kind) && task.tries < task.maxTries;
    if (again) Object.assign(task, { status: 'parked', notBefore: this.now + Math.min(10_000 * 2 ** (task.tries - 1), 600_000) });
    if (kind === 'limit') this.limit(task, attempt);
    attempt.lost = kind === 'lost_contact';
    return true;
  }

  private limit(task: RefTask, attempt: RefAttempt): void {
    const others = this.agents.filter((agent) => agent.id !== attempt.agent && agent.limited <= this.now && this.fits(task, agent));
    const goesOn = task.agent === undefined && others.length > 0;
    Object.assign(task, goesOn ? { status: 'pending' } : { status: 'parked', notBefore: this.now + 60_000 });
    const agent = this.agents.find(({ id }) => id === attempt.agent);
    if (agent) agent.limited = this.now + Math.min(60_000 * 2 ** agent.limits++, 1_800_000);
  }

  stopWaiting(attempt: RefAttempt): void {
    if (attempt.askedAt !== undefined) attempt.waitedMs += this.now - attempt.askedAt;
    attempt.askedAt = undefined;
  }

  /** All that is due by now; then leases that are over. */
  tick(): void {
    for (const task of this.tasks) if (task.status === 'parked' && task.notBefore <= this.now) task.status = 'pending';
    for (const task of this.tasks.filter(({ status }) => status === 'running')) {
      const attempt = this.open(task);
      if (!attempt) continue;
      const { cancelAt, leaseMs = AGENT_LEASE, startedAt, waitedMs } = attempt;
      const limit = cancelAt === undefined ? startedAt + waitedMs + (task.timeMs ?? Infinity) : cancelAt + leaseMs;
      if (limit <= this.now) this.fail(task, attempt, 'timeout');
    }
    const again = this.order().some(({ tries }) => tries > 0);
    if (this.queue.state === 'draining' && this.count('running', 'parked') === 0 && !again) this.queue.state = 'paused';
  }

  /** Ends what nobody was heard of for a whole lease. */
  loseSilent(): void {
    for (const task of this.tasks) {
      const attempt = this.open(task);
      if (attempt && attempt.heard + (attempt.leaseMs ?? AGENT_LEASE) <= this.monotonic) this.fail(task, attempt, 'lost_contact');
    }
  }
}
