import { agentIdOf, hasSkills } from '../agent';
import { load, type Board } from '../board';
import { budgetName, usedBudget } from '../budget';
import type { Command } from '../command';
import type { TowerEvent, Then } from '../event';
import { afterFailure, passedOverUntil } from '../policy';
import { newAgent } from '../fold/agents';
import { Refusal } from '../refusal';
import { openAttempt, taskName, type Attempt, type Outcome, type Task, type TaskError } from '../task';
import { accountFull, openDependency, queueAllows } from '../waiting';
import { checked } from './checking';
import { agentAfter, othersMay } from './limitRules';
import { attemptOf, taskOf, wrongState, type Decision, type RuleContext } from './context';
import { registered } from './roomRules';
import { dayBegan, isDayOver } from './spending';
import { usageReported } from './usageRules';
import { phrase } from '../phrase';

/** How long an agent has to report that it stopped, ms. */
const CANCEL_GRACE = 30_000;

type Ask<T extends Command['type']> = Extract<Command, { type: T }>;

/** The events that open the next attempt by an agent, which is registered when it is new. */
export function startAttempt({ board, now, costOf }: RuleContext, task: Task, agentName: string, leaseMs?: number): TowerEvent[] {
  const agentId = agentIdOf(agentName);
  const attempt: Attempt = { n: task.attempts.length + 1, agentId, startedAt: now, waitedMs: 0, evidence: [] };
  if (task.note !== undefined) attempt.note = task.note;
  if (task.startNow) attempt.putFirst = true;
  // An agent that costs nothing need not tell what it uses.
  const cost = costOf({}, { id: agentId, name: agentName });
  if (cost.basis === 'free') attempt.cost = cost;
  // Whoever claims or reports work has accepted it; an assignment is accepted by the agent's answer.
  if (leaseMs !== undefined) Object.assign(attempt, { leaseMs, acceptedAt: now });
  const profile = { name: agentName, run: 'external' as const, skills: [], capacity: 1, autoStart: false };
  const known = board.agents.has(agentId) ? [] : registered(board, newAgent(agentId, profile));
  return [...known, { type: 'AttemptStarted', taskId: task.id, attempt }];
}

/** Hands a waiting task to an agent. Whoever planned it may have looked at an older board, so every rule is checked here. */
export function assignTask(context: RuleContext, { taskId, agentId, leaseMs }: Ask<'AssignTask'>): Decision {
  const { board, now, tower } = context;
  const task = taskOf(board, taskId);
  const agent = board.agents.get(agentId);
  if (!agent) throw new Refusal('not_found', phrase('There is no agent {0}.', agentId));
  // Whoever asks over HTTP takes its work along; on a socket, work can be handed over only where that socket ends.
  if (tower !== undefined && leaseMs === undefined && agent.tower !== tower)
    throw new Refusal('conflict', `${agent.name} is connected to ${agent.tower ?? 'no tower'}, not to ${tower}.`);
  if (task.status !== 'pending') wrongState('{0} is {1} and cannot be handed over. Only a pending task can.', task);
  const dependency = openDependency(board, task);
  if (dependency) throw new Refusal('conflict', `${taskName(task)} waits for ${taskName(dependency)}.`);
  if (task.agent !== undefined && agentIdOf(task.agent) !== agentId)
    throw new Refusal('conflict', `${taskName(task)} wants ${task.agent}.`);
  if (!hasSkills(agent, task.skills)) throw new Refusal('conflict', `${agent.name} lacks a skill of ${taskName(task)}.`);
  if (load(board, agentId) >= agent.capacity) throw new Refusal('conflict', `${agent.name} is at its capacity of ${agent.capacity}.`);
  if (accountFull(board, agent))
    throw new Refusal('conflict', `The account ${agent.account} of ${agent.name} is at its cap of running tasks.`);
  const used = usedBudget(board, now, agentId);
  if (used) throw new Refusal('conflict', `${taskName(task)} waits: ${budgetName(board, used)} is used up.`);
  if (!queueAllows(board, task)) throw new Refusal('conflict', `The queue does not let ${taskName(task)} start now.`);
  return startAttempt(context, task, agent.name, leaseMs);
}

export function acceptAttempt({ board, by }: RuleContext, { taskId, attempt }: Ask<'AcceptAttempt'>): Decision {
  const task = taskOf(board, taskId);
  const { acceptedAt } = attemptOf(task, attempt, by);
  return acceptedAt === undefined ? [{ type: 'AttemptAccepted', taskId: task.id, attempt }] : [];
}

export function declineAttempt({ board, by, now }: RuleContext, { taskId, attempt, reason }: Ask<'DeclineAttempt'>): Decision {
  const task = taskOf(board, taskId);
  const open = attemptOf(task, attempt, by);
  const { agentId, acceptedAt } = open;
  if (acceptedAt !== undefined) wrongState('{0} is {1} and cannot be declined. It was accepted; report an error instead.', task);
  // Nor is work given back that is reported done.
  if (task.phase === 'checking') return [];
  const then: Then = task.phase === 'cancelling' ? { status: 'cancelled' } : { status: 'pending' };
  const events = [ended(task, open, 'declined', then, { kind: 'declined', message: reason }), ...stillFirst(task, open, then)];
  const agent = board.agents.get(agentId);
  if (!agent) return events;
  const declines = agent.declines + 1;
  return [...events, { type: 'AgentPassedOver', agentId, until: passedOverUntil(declines, now), declines }];
}

export function noteCommit({ board }: RuleContext, { taskId, attempt, commit }: Ask<'NoteCommit'>): Decision {
  const task = taskOf(board, taskId);
  return task.attempts[attempt - 1]?.commit ? [] : [{ type: 'CommitNoted', taskId: task.id, attempt, commit }];
}

export function noteSession({ board, by }: RuleContext, { taskId, attempt, session }: Ask<'NoteSession'>): Decision {
  const task = taskOf(board, taskId);
  return attemptOf(task, attempt, by).session === session ? [] : [{ type: 'SessionNoted', taskId: task.id, attempt, session }];
}

export function sendMessage({ board }: RuleContext, { taskId, text }: Ask<'SendMessage'>): Decision {
  const task = taskOf(board, taskId);
  const attempt = openAttempt(task);
  if (!attempt || task.phase === 'cancelling') wrongState('{0} is {1} and reads no message. Create a task that goes on from it.', task);
  if (text.trim() === '') throw new Refusal('invalid', phrase('The message is empty.'));
  return [{ type: 'MessageSent', taskId: task.id, attempt: attempt.n, text }];
}

/** The end of the work: the first final report wins, and one that comes after the end is kept as late. */
export function reportResult(context: RuleContext, { taskId, attempt: n, result, usage }: Ask<'ReportResult'>): Decision {
  const { board, by } = context;
  const task = taskOf(board, taskId);
  const late = lateAttempt(task, n, context);
  // What it cost was spent, whatever becomes of the result.
  if (late)
    return [...usageReported(context, task, late, usage), { type: 'ResultReported', taskId: task.id, attempt: late.n, result, late: true }];
  const attempt = attemptOf(task, n, by);
  if (task.phase === 'checking') return [];
  const events: TowerEvent[] = usageReported(context, task, attempt, usage);
  events.push({ type: 'ResultReported', taskId: task.id, attempt: n, result, late: false });
  if (task.phase === 'cancelling') return [...events, ended(task, attempt, 'cancelled', { status: 'cancelled' })];
  const end = checked(context, task, attempt);
  return [...events, ...(end.length > 0 ? end : [{ type: 'CheckStarted' as const, taskId: task.id, attempt: n }])];
}

function lateAttempt(task: Task, n: number, { by }: RuleContext): Attempt | undefined {
  const attempt = task.attempts[n - 1];
  if (!attempt || attempt.endedAt === undefined || attempt.lateResult) return undefined;
  if (attempt.outcome !== 'failed' || attempt.error?.kind !== 'lost_contact') return undefined;
  return by.kind === 'agent' && by.name !== attempt.agentId ? undefined : attempt;
}

export function reportError(context: RuleContext, ask: Ask<'ReportError'>): Decision {
  const { board, by, now } = context;
  const task = taskOf(board, ask.taskId);
  const attempt = attemptOf(task, ask.attempt, by);
  if (task.phase === 'checking') return [];
  const events = usageReported(context, task, attempt, ask.usage);
  if (task.phase === 'cancelling') return [...events, ended(task, attempt, 'cancelled', { status: 'cancelled' })];
  const error: TaskError = { kind: ask.kind, message: ask.message };
  const after = agentAfter(board, attempt.agentId, error, now, { retryAt: ask.retryAt });
  const goesOn = ask.kind === 'limit' && othersMay(board, task, attempt.agentId, now);
  const then = goesOn ? { status: 'pending' as const } : afterFailure(task, ask.kind, now, ask.retryAt);
  return [...events, ended(task, attempt, 'failed', then, error), ...stillFirst(task, attempt, then), ...after];
}

export function reportCancelled(context: RuleContext, { taskId, attempt: n, usage }: Ask<'ReportCancelled'>): Decision {
  const { board, by, now } = context;
  const task = taskOf(board, taskId);
  const attempt = attemptOf(task, n, by);
  if (task.phase === 'checking') return [];
  const events = usageReported(context, task, attempt, usage);
  if (task.phase === 'cancelling') return [...events, ended(task, attempt, 'cancelled', { status: 'cancelled' })];
  const error: TaskError = { kind: 'agent_error', message: 'The agent stopped the work by itself.' };
  const after = agentAfter(board, attempt.agentId, error, now);
  return [...events, ended(task, attempt, 'failed', { status: 'failed' }, error), ...after];
}

/** The agent stayed out for a whole lease. Nothing is run twice: a person decides about another try. */
export function loseAttempt({ board, by }: RuleContext, { taskId, attempt: n }: Ask<'LoseAttempt'>): Decision {
  const task = taskOf(board, taskId);
  const attempt = attemptOf(task, n, by);
  const name = board.agents.get(attempt.agentId)?.name ?? attempt.agentId;
  return lost(task, attempt, `${name} lost contact.`);
}

/** A tower of this queue is gone, and its agents did not come to another one in time. */
export function loseTower({ board }: RuleContext, { tower }: Ask<'LoseTower'>): Decision {
  const events: TowerEvent[] = [];
  for (const agent of board.agents.values()) {
    if (agent.tower !== tower) continue;
    for (const taskId of board.held.get(agent.id) ?? []) {
      const task = board.tasks.get(taskId);
      const attempt = task && openAttempt(task);
      // What is reported over HTTP may go on at another tower, and has a lease of its own.
      if (!task || !attempt || attempt.leaseMs !== undefined) continue;
      events.push(...lost(task, attempt, `The tower ${tower} went silent, and ${agent.name} came to no other one.`));
    }
    events.push({ type: 'AgentPresent', agentId: agent.id, present: false });
  }
  return events;
}

function lost(task: Task, attempt: Attempt, why: string): TowerEvent[] {
  // The work is done; what is left is the tower's.
  if (task.phase === 'checking') return [];
  if (task.phase === 'cancelling') return [ended(task, attempt, 'cancelled', { status: 'cancelled' })];
  const message = `${why} The attempt ended; nothing is run twice. Retry when it is back.`;
  return [ended(task, attempt, 'failed', { status: 'failed' }, { kind: 'lost_contact', message })];
}

export function askInput({ board, by }: RuleContext, { taskId, attempt: n, question }: Ask<'AskInput'>): Decision {
  const task = taskOf(board, taskId);
  const attempt = attemptOf(task, n, by);
  if (task.phase === 'cancelling') throw new Refusal('conflict', `${taskName(task)} is being cancelled. Stop working on it.`);
  if (task.phase === 'checking') throw new Refusal('conflict', `${taskName(task)} is reported done already. Ask before the result.`);
  if (attempt.question)
    return attempt.question.id === question.id ? [] : wrongState('{0} is {1} and cannot be asked about. One question at a time.', task);
  return [{ type: 'InputAsked', taskId: task.id, attempt: n, question }];
}

export function answerInput({ board }: RuleContext, ask: Ask<'AnswerInput'>): Decision {
  const task = taskOf(board, ask.taskId);
  const attempt = openAttempt(task);
  const question = attempt?.question;
  if (!attempt || !question || (ask.questionId !== undefined && ask.questionId !== question.id)) {
    throw new Refusal('conflict', phrase('{0} does not wait for that answer any more.', taskName(task)));
  }
  const { answer, optionId } = ask;
  const answered: TowerEvent = { type: 'InputAnswered', taskId: task.id, attempt: attempt.n, questionId: question.id, answer };
  return [{ ...answered, ...(optionId ? { optionId } : {}) }];
}

/** Ends what has gone past its limits and readies what is due; the alarm asks for it. */
export function tick({ board, now }: RuleContext): Decision {
  const events: TowerEvent[] = [];
  for (const id of board.byStatus.parked) {
    const task = board.tasks.get(id);
    if (task && (task.notBefore ?? 0) <= now) events.push({ type: 'TaskUnparked', taskId: id });
  }
  events.push(...overdue(board, now));
  for (const agent of board.agents.values()) {
    if (agent.restartAt !== undefined && agent.restartAt <= now) {
      events.push({ type: 'AgentRestarted', agentId: agent.id });
    }
  }
  if (drained(board, events)) events.push({ type: 'QueuePaused', state: 'paused' });
  return isDayOver(board, now) ? [dayBegan(now), ...events] : events;
}

function overdue(board: Board, now: number): TowerEvent[] {
  const events: TowerEvent[] = [];
  const failed = new Map<string, { error: TaskError; times: number }>();
  for (const id of board.byStatus.running) {
    const task = board.tasks.get(id);
    const attempt = task && openAttempt(task);
    if (!task || !attempt) continue;
    if ((cancelDueAt(attempt) ?? Infinity) <= now) events.push(ended(task, attempt, 'cancelled', { status: 'cancelled' }));
    else if ((timeLimitAt(task, attempt) ?? Infinity) <= now) {
      const seconds = Math.round((task.limits.timeMs ?? 0) / 1000);
      const error: TaskError = { kind: 'timeout', message: `It ran longer than its limit of ${seconds} s.` };
      events.push(ended(task, attempt, 'failed', afterFailure(task, 'timeout', now), error));
      failed.set(attempt.agentId, { error, times: (failed.get(attempt.agentId)?.times ?? 0) + 1 });
    }
  }
  for (const [agentId, { error, times }] of failed) events.push(...agentAfter(board, agentId, error, now, { times }));
  return events;
}

function drained(board: RuleContext['board'], events: readonly TowerEvent[]): boolean {
  if (board.queue.state !== 'draining' || events.length > 0) return false;
  if (board.byStatus.running.size > 0 || board.byStatus.parked.size > 0) return false;
  return ![...board.byStatus.pending].some((id) => (board.tasks.get(id)?.tries ?? 0) > 0);
}

/** When an attempt has run as long as its task allows, ms; the time it waited for a person does not count. */
export function timeLimitAt(task: Task, attempt: Attempt): number | undefined {
  if (task.limits.timeMs === undefined || task.status !== 'running' || task.phase === 'cancelling' || task.phase === 'checking')
    return undefined;
  return attempt.startedAt + attempt.waitedMs + task.limits.timeMs;
}

/** When an attempt asked to stop is over even if its agent says nothing, ms. */
export function cancelDueAt(attempt: Attempt): number | undefined {
  return attempt.cancelAskedAt === undefined ? undefined : attempt.cancelAskedAt + (attempt.leaseMs ?? CANCEL_GRACE);
}

/** "Start now" is for the work, whoever does it in the end. */
function stillFirst(task: Task, attempt: Attempt, then: Then): TowerEvent[] {
  return attempt.putFirst && then.status === 'pending' ? [{ type: 'TaskPutFirst', taskId: task.id }] : [];
}

function ended(task: Task, attempt: Attempt, outcome: Outcome, then: Then, error?: TaskError): TowerEvent {
  return { type: 'AttemptEnded', taskId: task.id, attempt: attempt.n, outcome, ...(error ? { error } : {}), then };
}
