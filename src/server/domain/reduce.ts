import type { Agent } from './agent';
import { agentIdOf } from './agent';
import { answerOf } from './answer';
import { ANSWER_MAX_AGE, ANSWER_MAX_COUNT, hold, indexDependencies, indexTask, type Board } from './board';
import type { AgentProfile } from './command';
import type { Then, TowerEvent, TowerRecord } from './event';
import { insertWaiting, removeWaiting } from './order';
import { isFinal, type Attempt, type Status, type Task } from './task';

/** Folds one record into the board, which it changes. Deterministic: no clock, chance, I/O or throw; it decides nothing. */
export function reduce(board: Board, record: TowerRecord): Board {
  for (const event of record.events) apply(board, event, record);
  board.seq = record.seq;
  board.at = record.at;
  rememberAnswer(board, record);
  return board;
}

function apply(board: Board, event: TowerEvent, record: TowerRecord): void {
  switch (event.type) {
    case 'TaskCreated':
    case 'TaskRecalled':
      // A copy: the record stays what was written, whatever later events do to the board.
      return addTask(board, structuredClone(event.task));
    case 'TasksArchived':
      for (const id of event.taskIds) removeTask(board, id);
      return;
    case 'TaskPurged':
      return removeTask(board, event.taskId);
    case 'AgentRegistered':
      board.agents.set(event.agent.id, structuredClone(event.agent));
      return;
    case 'AgentsConfigured':
      return configureAgents(board, event.agents);
    case 'AgentWanted':
    case 'AgentFailed':
    case 'AgentRestarted':
    case 'AgentRecovered':
    case 'AgentPassedOver':
    case 'AgentDismissed':
      return applyToAgent(board, event, record.at);
    case 'ProcessStarted':
      board.processes.set(event.process.pid, { ...event.process, agentId: event.agentId });
      return;
    case 'ProcessEnded':
      board.processes.delete(event.process.pid);
      return;
    case 'QueueConfigured':
      board.queue.cap = event.cap;
      return;
    case 'QueuePaused':
      board.queue.state = event.state;
      return;
    case 'QueueResumed':
      board.queue.state = 'open';
      return;
    default: {
      const task = board.tasks.get(event.taskId);
      if (task) applyToTask(board, task, event, record);
    }
  }
}

type TaskEvent = Exclude<Extract<TowerEvent, { taskId: string }>, { type: 'TaskPurged' }>;

function applyToTask(board: Board, task: Task, event: TaskEvent, { at, by }: TowerRecord): void {
  switch (event.type) {
    case 'TaskEdited': {
      const { prompt: _, agent, after, ...patch } = event.patch;
      reorder(board, task, () => Object.assign(task, patch));
      if (agent === null) delete task.agent;
      else if (agent !== undefined) task.agent = agent;
      if (after) {
        forgetDependencies(board, task);
        task.after = [...after];
        indexDependencies(board, task);
      }
      return;
    }
    case 'TaskReordered':
      return reorder(board, task, () => Object.assign(task, { rank: event.rank, priority: event.priority }));
    case 'TaskPutFirst':
      reorder(board, task, () => (task.startNow = true));
      if (task.status === 'parked') enter(board, task, 'pending', at);
      return;
    case 'TaskUnparked':
      return enter(board, task, 'pending', at);
    case 'TaskCancelled':
      task.endedBy = by;
      return enter(board, task, 'cancelled', at);
    case 'TaskRetried':
      task.tries = 0;
      if (event.note === undefined) delete task.note;
      else task.note = event.note;
      return enter(board, task, 'pending', at);
    case 'TaskSignedOff':
      task.endedBy = by;
      if (event.verdict === 'accepted') return enter(board, task, 'completed', at);
      task.error = rejection(event.note);
      return enter(board, task, 'failed', at);
    case 'TaskDismissed':
      task.dismissed = true;
      return;
    case 'AttemptStarted':
      task.attempts.push(structuredClone(event.attempt));
      hold(board, event.attempt.agentId, task.id);
      enter(board, task, 'running', at);
      task.phase = event.attempt.acceptedAt === undefined ? 'starting' : 'working';
      return;
    default: {
      const attempt = task.attempts[event.attempt - 1];
      if (attempt) applyToAttempt(board, task, attempt, event, at, by);
    }
  }
}

/** The error of a task whose result a person rejected. */
export function rejection(note: string | undefined): { kind: 'verification'; message: string } {
  return { kind: 'verification', message: note ? `Rejected: ${note}` : 'Rejected without a note.' };
}

type AttemptEvent = Extract<TaskEvent, { attempt: number }>;

function applyToAttempt(board: Board, task: Task, attempt: Attempt, event: AttemptEvent, at: number, by: TowerRecord['by']): void {
  switch (event.type) {
    case 'AttemptAccepted':
      attempt.acceptedAt = at;
      if (task.phase === 'starting') task.phase = 'working';
      return;
    case 'InputAsked':
      attempt.question = event.question;
      attempt.askedAt = at;
      return enter(board, task, 'input_required', at);
    case 'InputAnswered':
      stopWaiting(attempt, at);
      enter(board, task, 'running', at);
      task.phase = 'working';
      return;
    case 'CancelAsked':
      attempt.cancelAskedAt = at;
      if (event.reason !== undefined) attempt.cancelReason = event.reason;
      stopWaiting(attempt, at);
      if (task.status === 'input_required') enter(board, task, 'running', at);
      task.phase = 'cancelling';
      task.endedBy = by;
      return;
    case 'UsageReported':
      attempt.usage = { ...attempt.usage, ...event.usage };
      return;
    case 'EvidenceAdded':
      attempt.evidence.push({ ...event.evidence });
      return;
    case 'ResultReported':
      attempt.summary = event.result.slice(0, 200);
      if (event.late) attempt.lateResult = true;
      return;
    case 'AttemptEnded':
      return endAttempt(board, task, attempt, event, at);
  }
}

function endAttempt(board: Board, task: Task, attempt: Attempt, event: Extract<TowerEvent, { type: 'AttemptEnded' }>, at: number): void {
  stopWaiting(attempt, at);
  attempt.endedAt = at;
  attempt.outcome = event.outcome;
  if (event.error) attempt.error = event.error;
  const held = board.held.get(attempt.agentId);
  held?.delete(task.id);
  if (held?.size === 0) board.held.delete(attempt.agentId);
  if (event.outcome !== 'declined') task.tries++;
  countOutcome(board.agents.get(attempt.agentId), event.outcome);
  follow(board, task, event, at);
}

function follow(
  board: Board,
  task: Task,
  { outcome, error, then }: { outcome: string; error?: Task['error']; then: Then },
  at: number,
): void {
  enter(board, task, then.status, at);
  if (then.notBefore !== undefined) task.notBefore = then.notBefore;
  if (then.parkedFor !== undefined) task.parkedFor = then.parkedFor;
  if (error && outcome !== 'declined') task.error = error;
}

function countOutcome(agent: Agent | undefined, outcome: string): void {
  if (!agent) return;
  if (outcome === 'completed' || outcome === 'failed' || outcome === 'cancelled') agent.totals[outcome]++;
  if (outcome !== 'declined') {
    agent.declines = 0;
    delete agent.passedOverUntil;
  }
}

function stopWaiting(attempt: Attempt, at: number): void {
  if (attempt.askedAt !== undefined) attempt.waitedMs += at - attempt.askedAt;
  delete attempt.askedAt;
  delete attempt.question;
}

/** Moves a task to a status and keeps the indexes right. */
function enter(board: Board, task: Task, status: Status, at: number): void {
  if (task.status === 'pending') removeWaiting(board, task);
  board.byStatus[task.status].delete(task.id);
  task.status = status;
  task.since = at;
  delete task.phase;
  delete task.notBefore;
  delete task.parkedFor;
  if (status !== 'pending') delete task.startNow;
  if (status === 'pending' || status === 'running') {
    delete task.error;
    delete task.dismissed;
    delete task.endedBy;
  }
  if (isFinal(status)) forgetDependencies(board, task);
  else if (status === 'pending') indexDependencies(board, task);
  board.byStatus[status].add(task.id);
  if (status === 'pending') insertWaiting(board, task);
}

function reorder(board: Board, task: Task, change: () => void): void {
  if (task.status === 'pending') removeWaiting(board, task);
  change();
  if (task.status === 'pending') insertWaiting(board, task);
}

function addTask(board: Board, task: Task): void {
  removeTask(board, task.id);
  board.tasks.set(task.id, task);
  board.numbers.set(task.number, task.id);
  board.nextNumber = Math.max(board.nextNumber, task.number + 1);
  indexTask(board, task);
}

function removeTask(board: Board, id: string): void {
  const task = board.tasks.get(id);
  if (!task) return;
  if (task.status === 'pending') removeWaiting(board, task);
  board.byStatus[task.status].delete(id);
  forgetDependencies(board, task);
  board.numbers.delete(task.number);
  board.tasks.delete(id);
}

function forgetDependencies(board: Board, task: Task): void {
  for (const id of task.after) {
    const waiting = board.dependents.get(id);
    waiting?.delete(task.id);
    if (waiting?.size === 0) board.dependents.delete(id);
  }
}

function configureAgents(board: Board, profiles: readonly AgentProfile[]): void {
  const listed = new Set<string>();
  for (const profile of profiles) {
    const id = agentIdOf(profile.name);
    listed.add(id);
    const managed = profile.run !== 'external';
    const known = board.agents.get(id);
    const { name, run, skills, capacity } = profile;
    if (known) {
      if (!known.managed && managed) known.wanted = profile.autoStart ? 'started' : 'stopped';
      Object.assign(known, { name, run, managed, skills: [...skills], capacity });
    } else board.agents.set(id, newAgent(id, profile));
  }
  for (const agent of board.agents.values()) {
    if (agent.managed && !listed.has(agent.id)) Object.assign(agent, { managed: false, run: 'external', wanted: 'stopped' });
  }
}

/** An agent that has done nothing yet. */
export function newAgent(id: string, { name, run, skills, capacity, autoStart }: AgentProfile): Agent {
  const managed = run !== 'external';
  return {
    id,
    name,
    run,
    managed,
    skills: [...skills],
    capacity,
    wanted: managed && autoStart ? 'started' : 'stopped',
    crashes: 0,
    declines: 0,
    totals: { completed: 0, failed: 0, cancelled: 0 },
  };
}

type AgentEvent = Extract<
  TowerEvent,
  { type: 'AgentWanted' | 'AgentFailed' | 'AgentRestarted' | 'AgentRecovered' | 'AgentPassedOver' | 'AgentDismissed' }
>;

function applyToAgent(board: Board, event: AgentEvent, at: number): void {
  const agent = board.agents.get(event.agentId);
  if (!agent) return;
  switch (event.type) {
    case 'AgentWanted':
      agent.wanted = event.wanted;
      return recover(agent);
    case 'AgentFailed':
      agent.crashes = event.crashes;
      agent.failure = { message: event.message, at };
      delete agent.dismissed;
      delete agent.restartAt;
      delete agent.halted;
      if (event.restartAt === undefined) agent.halted = true;
      else agent.restartAt = event.restartAt;
      return;
    case 'AgentRestarted':
      delete agent.restartAt;
      return;
    case 'AgentRecovered':
      return recover(agent);
    case 'AgentPassedOver':
      agent.passedOverUntil = event.until;
      agent.declines = event.declines;
      return;
    case 'AgentDismissed':
      agent.dismissed = true;
  }
}

function recover(agent: Agent): void {
  agent.crashes = 0;
  agent.declines = 0;
  delete agent.failure;
  delete agent.halted;
  delete agent.restartAt;
  delete agent.passedOverUntil;
  delete agent.dismissed;
}

function rememberAnswer(board: Board, record: TowerRecord): void {
  board.answers.set(record.commandId, { ...answerOf(record), at: record.at });
  for (const [id, answer] of board.answers) {
    if (board.answers.size <= ANSWER_MAX_COUNT && record.at - answer.at <= ANSWER_MAX_AGE) break;
    board.answers.delete(id);
  }
}
