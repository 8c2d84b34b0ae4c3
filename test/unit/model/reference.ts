import type { ErrorKind, Outcome, Priority, Status } from '../../../src/server/domain/task';
import { isPicture, type RefAgent, type RefAttempt, type RefTask } from './pieces';
import { RefAgents } from './refAgents';

const BANDS: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];
const FINAL: readonly Status[] = ['completed', 'failed', 'cancelled'];
const CURABLE: readonly ErrorKind[] = ['agent_error', 'timeout', 'stalled', 'verification'];
export const AGENT_LEASE = 30_000;

/** The rules a second time, as plainly as they can be said: lists and loops. Every act answers whether it is allowed. */
export class Reference extends RefAgents {
  isFinal = (task: RefTask): boolean => FINAL.includes(task.status);
  count = (...statuses: Status[]): number => this.tasks.filter(({ status }) => statuses.includes(status)).length;
  /** Waits for a task that is not completed; one that was deleted does not hold it up. */
  blocked = ({ after }: RefTask): boolean => this.tasks.some(({ id, status }) => after.includes(id) && status !== 'completed');
  fits = (task: RefTask, agent: RefAgent): boolean =>
    (task.agent ?? agent.id) === agent.id && (task.skill === undefined || agent.skills.includes(task.skill));

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
    if (!may || this.load(agent) >= agent.capacity || this.accountLeft(agent) <= 0) return false;
    if (this.isSpent(agent.id) || !this.allows(task)) return false;
    this.begin(task, agent.id, leaseMs);
    return true;
  }

  begin(task: RefTask, agent: string, leaseMs?: number): void {
    const accepted = leaseMs !== undefined;
    const { now: startedAt, monotonic: heard } = this;
    const { round, startNow: putFirst } = task;
    task.attempts.push({ agent, round, putFirst, leaseMs, accepted, startedAt, waitedMs: 0, heard, evidence: [], created: 0 });
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

  end(task: RefTask, attempt: RefAttempt, outcome: Outcome, status: Status, kind?: ErrorKind): true {
    this.stopWaiting(attempt);
    attempt.outcome = outcome;
    if (outcome !== 'declined') task.tries++;
    this.tally(attempt.agent, outcome, kind);
    task.status = attempt.cancelAt === undefined ? status : 'cancelled';
    task.startNow = task.status === 'pending' && attempt.putFirst;
    return true;
  }

  fail(task: RefTask, attempt: RefAttempt, kind: ErrorKind): true {
    if (attempt.cancelAt !== undefined) return this.end(task, attempt, 'cancelled', 'cancelled');
    this.end(task, attempt, 'failed', 'failed', kind);
    const again = CURABLE.includes(kind) && task.tries < task.maxTries;
    if (again) Object.assign(task, { status: 'parked', notBefore: this.now + Math.min(10_000 * 2 ** (task.tries - 1), 600_000) });
    if (kind === 'limit') this.limit(task, attempt);
    attempt.lost = kind === 'lost_contact';
    return true;
  }

  /** The result is in: the attempt ends, unless a picture is still to be compared. */
  check(task: RefTask, attempt: RefAttempt): true {
    const pictures = attempt.evidence.filter(isPicture);
    attempt.checking = pictures.some(({ compared }) => compared === undefined);
    if (attempt.checking) {
      this.stopWaiting(attempt);
      task.status = 'running';
      return true;
    }
    const last = pictures.filter(({ name }, index) => !pictures.slice(index + 1).some((other) => other.name === name));
    const readable = last.some(({ compared }) => compared !== 'unreadable');
    const isMissing = (task.proof === 'patch' && attempt.evidence.length === pictures.length) || (task.proof === 'screenshot' && !readable);
    if (isMissing) return this.fail(task, attempt, 'verification');
    return this.end(task, attempt, 'completed', task.proof === 'signoff' ? 'review' : 'completed');
  }

  /** What the tries since a person last asked for the task have cost, when that is more than it may. */
  isTooDear(task: RefTask): boolean {
    const tries = task.attempts.filter(({ round, outcome }) => round === task.round && outcome !== 'declined');
    return tries.reduce((sum, { cents = 0 }) => sum + cents, 0) > (task.maxCents ?? this.budget.perTask ?? Infinity);
  }

  private limit(task: RefTask, attempt: RefAttempt): void {
    const met = this.agent(attempt.agent);
    const out = met?.account === undefined ? [met] : this.sharers(met.account);
    const others = this.agents.filter(
      (agent) => !out.includes(agent) && !agent.broken && agent.limited <= this.now && this.fits(task, agent),
    );
    const goesOn = task.agent === undefined && met !== undefined && others.length > 0;
    Object.assign(task, goesOn ? { status: 'pending', startNow: attempt.putFirst } : { status: 'parked', notBefore: this.now + 60_000 });
    if (met && met.limited > this.now) return;
    const limited = this.now + Math.min(60_000 * 2 ** (met?.limits ?? 0), 1_800_000);
    for (const agent of out) if (agent) Object.assign(agent, { limited, limits: agent.limits + 1 });
  }

  stopWaiting(attempt: RefAttempt): void {
    if (attempt.askedAt !== undefined) attempt.waitedMs += this.now - attempt.askedAt;
    attempt.askedAt = undefined;
  }

  /** All that is due by now; then leases that are over. */
  tick(): void {
    for (const task of this.tasks) if (task.status === 'parked' && task.notBefore <= this.now) task.status = 'pending';
    for (const agent of this.agents) if ((agent.restartAt ?? Infinity) <= this.now) agent.restartAt = undefined;
    for (const task of this.tasks.filter(({ status }) => status === 'running')) {
      const attempt = this.open(task);
      if (!attempt || attempt.checking) continue;
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
      if (!attempt || attempt.checking) continue;
      if (attempt.heard + (attempt.leaseMs ?? AGENT_LEASE) <= this.monotonic) this.fail(task, attempt, 'lost_contact');
    }
  }
}
