import { answerOf } from './answer';
import { ANSWER_MAX_AGE, ANSWER_MAX_COUNT, type Board } from './board';
import type { TowerEvent, TowerRecord } from './event';
import { applyToAgent, configureAgents } from './fold/agents';
import { addTask, removeTask } from './fold/places';
import { applyToTask } from './fold/tasks';
import { newDay } from './spent';
import { openAttempt } from './task';

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
      if (event.type === 'TaskCreated') countCreated(board, event.task.parent);
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
    case 'AgentForgotten':
      board.agents.delete(event.agentId);
      return;
    case 'AgentsConfigured':
      return configureAgents(board, event.agents);
    case 'AgentWanted':
    case 'AgentStartedAnew':
    case 'AgentFailed':
    case 'AgentRestarted':
    case 'AgentRecovered':
    case 'AgentPassedOver':
    case 'AgentLimited':
    case 'AgentBroken':
    case 'AgentMended':
    case 'AgentDismissed':
    case 'AgentPresent':
      return applyToAgent(board, event, record.at);
    case 'ProcessStarted':
      board.processes.set(event.process.pid, { ...event.process, agentId: event.agentId });
      return;
    case 'ProcessEnded':
      board.processes.delete(event.process.pid);
      return;
    case 'QueueConfigured':
      board.queue.cap = event.cap;
      delete board.queue.reviewCap;
      delete board.queue.accountCaps;
      delete board.queue.breaker;
      delete board.queue.budget;
      if (event.reviewCap) board.queue.reviewCap = event.reviewCap;
      if (event.accountCaps) board.queue.accountCaps = { ...event.accountCaps };
      if (event.breaker) board.queue.breaker = event.breaker;
      if (event.budget) board.queue.budget = structuredClone(event.budget);
      return;
    case 'ApprovalSet':
      if (event.on) board.queue.approval = true;
      else delete board.queue.approval;
      return;
    case 'QueuePaused':
      board.queue.state = event.state;
      return;
    case 'QueueResumed':
      board.queue.state = 'open';
      return;
    case 'DayBegan': {
      const { type: _, ...day } = event;
      board.spent = [...board.spent.slice(-1), newDay(day)];
      return;
    }
    case 'BudgetMet': {
      const { type: _, ...met } = event;
      board.spent.at(-1)?.met.push(met);
      return;
    }
    default: {
      const task = board.tasks.get(event.taskId);
      if (task) applyToTask(board, task, event, record);
    }
  }
}

/** Counts a task for the attempt whose work created it. */
function countCreated(board: Board, parent: string | undefined): void {
  const task = parent === undefined ? undefined : board.tasks.get(parent);
  const attempt = task && openAttempt(task);
  if (attempt) attempt.created = (attempt.created ?? 0) + 1;
}

function rememberAnswer(board: Board, record: TowerRecord): void {
  board.answers.set(record.commandId, { ...answerOf(record), at: record.at });
  for (const [id, answer] of board.answers) {
    if (board.answers.size <= ANSWER_MAX_COUNT && record.at - answer.at <= ANSWER_MAX_AGE) break;
    board.answers.delete(id);
  }
}
