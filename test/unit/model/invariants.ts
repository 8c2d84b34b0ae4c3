import assert from 'node:assert/strict';
import { budgetOf } from '../../../src/server/domain/budget';
import { encodeBoard, load, type Board } from '../../../src/server/domain/board';
import { openAttempt, type Attempt, type Task } from '../../../src/server/domain/task';
import { waitReason } from '../../../src/server/domain/waiting';
import type { MemoryTower } from './memoryTower';
import { newAgent, type RefAgent, type RefAttempt, type RefTask } from './pieces';
import type { Reference } from './reference';

/** A board with its indexes, as text that is the same for the same board. */
export function picture(board: Board): string {
  const { waiting, held, dependents, byStatus, numbers, proofOwed } = board;
  const sets = (map: ReadonlyMap<string, ReadonlySet<string>>): unknown => [...map].map(([key, set]) => [key, [...set].sort()]).sort();
  const { tasks, agents, ...rest } = encodeBoard(board);
  const places = [sets(held), sets(dependents), sets(new Map(Object.entries(byStatus))), [...numbers].sort(), [...proofOwed].sort()];
  return JSON.stringify([rest, [...tasks].sort((a, b) => a.number - b.number), agents, waiting, places]);
}

/** Throws with what differs between two pictures. */
export function samePicture(actual: Board, expected: Board, what: string): void {
  const [one, other] = [picture(actual), picture(expected)];
  if (one !== other) assert.deepEqual(JSON.parse(one), JSON.parse(other), what);
}

/** What was so before a step. */
export interface Before {
  records: number;
  attempts: Map<string, string[]>;
  statuses: Map<string, string>;
}

/** What must not change in a step, as it is now. */
export function before({ board, records }: MemoryTower): Before {
  const tasks = [...board.tasks.values()];
  return {
    records: records.length,
    attempts: new Map(tasks.map(({ id, attempts }) => [id, attempts.map((attempt) => attempt.outcome ?? '')])),
    statuses: new Map(tasks.map(({ id, status }) => [id, status])),
  };
}

/** Holds after each step, whatever it was. */
export function holds(model: Reference, real: MemoryTower, was: Before): void {
  const { board } = real;
  for (const expected of model.tasks) same(model, real, expected);
  assert.deepEqual(
    [...board.waiting].map(Number),
    model.order().map(({ id }) => Number(id)),
    'Tasks wait in the order of the queue.',
  );
  assert.equal(board.queue.state, model.queue.state);
  for (const agent of model.agents) sameAgent(model, board, agent);
  assert.equal(board.agents.size, model.agents.length, 'Nobody else is on the board.');
  const processes = [...board.processes].map(([pid, { startTime, agentId }]) => [pid, startTime, agentId]).sort();
  assert.deepEqual(processes, [...model.processes].map(([pid, { startTime, agentId }]) => [pid, startTime, agentId]).sort());
  assert.equal(cents(budgetOf(board, model.now).today.usd), model.spentToday(), 'What was spent today, in cents.');
  for (const task of board.tasks.values()) unchanged(task, was, real);
  samePicture(real.folded, board, 'The records folded give the board.');
  samePicture(real.decoded(), board, 'A checkpoint gives the board.');
}

const cents = (usd: number | null | undefined): number | undefined => (usd == null ? undefined : Math.round(usd * 100));

function sameAgent(model: Reference, board: Board, expected: RefAgent): void {
  const { id } = expected;
  assert.equal(load(board, id), model.load(expected), `What ${id} holds.`);
  const agent = board.agents.get(id);
  const { run, managed, capacity, account, wanted, starts = 0, crashes, failures = 0, declines, limits = 0, tower } = agent ?? newAgent('');
  const { broken = false, failure, dismissed = false, restartAt, present = false } = agent ?? {};
  const actual = { id: agent?.id, run, managed, capacity, account, wanted, starts, crashes, failures, declines, limits, tower };
  const { presence: _, skills: __, passedOver: ___, limited: ____, ...plain } = expected;
  const rest = { broken, inError: failure !== undefined, dismissed, restartAt, there: present };
  assert.deepEqual({ ...actual, ...rest }, { account: undefined, tower: undefined, restartAt: undefined, ...plain }, `The agent ${id}.`);
}

/** A task is as the reference says, and says why it waits. */
function same(model: Reference, real: MemoryTower, expected: RefTask): void {
  const task = real.task(expected.id);
  const name = `#${expected.number}`;
  assert.equal(task === undefined, expected.archived, `${name} is archived.`);
  if (!task) return;
  assert.equal(task.status, expected.status, `The status of ${name}.`);
  assert.equal(task.tries, expected.tries, `The tries of ${name}.`);
  assert.equal(task.agent, expected.agent, `The agent that ${name} wants.`);
  assert.equal(task.dismissed ?? false, expected.dismissed, `${name} is dismissed.`);
  assert.deepEqual(task.attempts.map(plainAttempt), expected.attempts.map(wantedAttempt), `The attempts of ${name}.`);
  assert.equal(task.phase === 'checking', model.open(expected)?.checking ?? false, `${name} is being checked.`);
  assert.ok(task.attempts.filter(({ endedAt }) => endedAt === undefined).length <= 1, `${name} has one open attempt at most.`);
  assert.equal(openAttempt(task) !== undefined, ['running', 'input_required'].includes(task.status), `${name} runs in an attempt.`);
  if (task.status === 'pending') whyItWaits(model, real, expected, task);
}

function plainAttempt({ n, agentId, outcome, waitedMs, lateResult, session, commit, created = 0, cost, evidence }: Attempt) {
  const pieces = evidence.map(({ id, comparison, verdict, note, baseline }) => [id, comparison?.state, verdict, note, baseline]);
  return [n, agentId, outcome, waitedMs, lateResult, session, commit?.sha, created, cents(cost?.usd), pieces];
}

function wantedAttempt({ agent, outcome, waitedMs, late, session, commit, created, cents, evidence }: RefAttempt, index: number) {
  const pieces = evidence.map(({ id, compared, verdict, note, baseline }) => [id, compared, verdict, note, baseline]);
  return [index + 1, agent, outcome, waitedMs, late, session, commit, created, cents, pieces];
}

function whyItWaits(model: Reference, { board, live }: MemoryTower, expected: RefTask, task: Task): void {
  const { cause, text } = waitReason(board, live, task, model.now);
  assert.ok(text.length > 5, `#${task.number} says why it waits.`);
  assert.equal(cause === 'dependency', model.blocked(expected), `#${task.number} ${text}.`);
  const startable =
    !model.blocked(expected) && model.allows(expected) && model.agents.some((a) => model.fits(expected, a) && model.free(a));
  assert.equal(cause === 'next', startable, `#${task.number} ${text}.`);
}

/** Ended attempts stay as they ended; a final status is left by retry or rejection alone; numbers have no gap. */
function unchanged(task: Task, was: Before, { records }: MemoryTower): void {
  const outcomes = was.attempts.get(task.id) ?? [];
  outcomes.forEach((outcome, index) => {
    if (outcome !== '') assert.equal(task.attempts[index]?.outcome, outcome, `The outcome of attempt ${index + 1} of #${task.number}.`);
  });
  const status = was.statuses.get(task.id) ?? '';
  if (!['completed', 'failed', 'cancelled'].includes(status) || status === task.status) return;
  const events = records.slice(was.records).flatMap((record) => record.events);
  const retried = events.some((event) => event.type === 'TaskRetried' && event.taskId === task.id);
  assert.ok(retried, `#${task.number} left ${status} without a retry.`);
}
