import { agentIdOf } from '../domain/agent';
import type { Board } from '../domain/board';
import type { Command } from '../domain/command';
import type { Query } from '../domain/query';
import { mayNot } from '../domain/permissions';
import { Refusal } from '../domain/refusal';
import { openAttempt, taskName, type Actor, type Attempt, type Task } from '../domain/task';
import type { Who } from './guard';
import { NOBODY } from './keys';
import type { Route } from './route';
import { phrase } from '../domain/phrase';

/** What a program may ask for over `/board`; work is handed out and reported through the other doors, which know whose it is. */
const VIEWER: ReadonlySet<Command['type']> = new Set([
  'CreateTask',
  'EditTask',
  'CancelTask',
  'RetryTask',
  'StartNow',
  'ReorderTask',
  'AnswerInput',
]);

/** In whose name a token speaks, where it is not good for one attempt alone. */
export function holderOf(who: Who | undefined): Actor {
  if (who?.kind === 'person') {
    const { member } = who;
    return member ? { kind: 'person', name: member.name, role: member.role } : { kind: 'person', name: 'you' };
  }
  return { kind: 'client', name: (who?.kind === 'client' ? who.agent : undefined) ?? NOBODY };
}

/** How long an id of a command is the same command: for one asker. */
export function scopeOf(by: Actor): string {
  return by.role === undefined ? by.kind : `${by.kind}:${by.name}`;
}

/** A viewer only looks; agents, MCP clients and whatever else does work takes more. @throws {Refusal} */
export function mayWork(who: Who | undefined, what: string): void {
  if (who?.kind === 'person' && who.member?.role === 'viewer') throw new Refusal('forbidden', mayNot('viewer', what));
}

/** Why this token may not open that socket; undefined = it may. People watch; agents have tokens of their own. */
export function maySocket(who: Who, path: string): string | undefined {
  if (path !== '/agent' || who.kind !== 'person' || !who.member) return undefined;
  return 'An agent connects with an agent token, not with that of a person. Ask an admin for one.';
}

/** @throws {Refusal} for whom a role below admin was given. */
export function mayAdminister(who: Who | undefined, what: string): void {
  if (who?.kind === 'person' && (who.member?.role ?? 'admin') === 'admin') return;
  throw new Refusal('forbidden', mayNot('operator', what));
}

/** A token that was given to one agent speaks for that agent alone. @throws {Refusal} */
export function mayActAs(who: Who | undefined, agent: string): void {
  if (who?.kind !== 'client' || who.agent === undefined || agentIdOf(who.agent) === agentIdOf(agent)) return;
  throw new Refusal('forbidden', `This token was given to ${who.agent}. Work as ${who.agent}, or ask for a token for ${agent}.`);
}

/**
 * Who asks for a route. A token good for one attempt opens its own task alone: to report, and to read while the attempt is under way.
 * @throws {Refusal} when the token is not good for this.
 */
export function actorOf(who: Who | undefined, route: Pick<Route, 'attempt'>, board: Board, task: Task | undefined): Actor {
  if (who?.kind !== 'attempt') return holderOf(who);
  const attempt = board.tasks.get(who.taskId)?.attempts[who.attempt - 1];
  if (!route.attempt || task?.id !== who.taskId)
    throw new Refusal('forbidden', 'This token is good for one attempt alone. Use the token of the address file.');
  if (!attempt || (route.attempt === 'read' && attempt.endedAt !== undefined)) {
    throw new Refusal('conflict', 'The attempt of this token has ended. Stop working on it.');
  }
  return { kind: 'agent', name: attempt.agentId };
}

/** True when whoever asks about a task works on it: a person who looks does not, nor do another agent and an attempt that has ended. */
export function isAtWork(who: Who | undefined, task: Task): boolean {
  const open = openAttempt(task);
  if (who?.kind === 'attempt') return open?.n === who.attempt;
  if (who?.kind === 'client' && who.agent !== undefined) return open?.agentId === agentIdOf(who.agent);
  return who?.kind !== 'person';
}

/**
 * The attempt that a report is about; `named` is what the report itself says. Without a number it is the one under way.
 * A program may report on what is claimed or reported over HTTP; what an agent does on its socket takes that attempt's token.
 * @throws {Refusal} when there is none, or it is someone else's.
 */
export function reportedAttempt(
  who: Who | undefined,
  task: Task,
  named: { attempt?: number | undefined; agentId?: string | undefined },
): Attempt {
  const own = who?.kind === 'attempt' ? who.attempt : undefined;
  if (own !== undefined && named.attempt !== undefined && named.attempt !== own)
    throw new Refusal('forbidden', `This token is good for attempt ${own} alone.`);
  const attempt = task.attempts[(own ?? named.attempt ?? openAttempt(task)?.n ?? task.attempts.length) - 1];
  if (!attempt) throw new Refusal('conflict', `${taskName(task)} has no such attempt. Claim it, or create it with status "running".`);
  if (named.agentId !== undefined && named.agentId !== attempt.agentId)
    throw new Refusal('forbidden', `${taskName(task)} is worked on by another agent.`);
  mayActAs(who, attempt.agentId);
  if (who?.kind !== 'attempt' && who?.kind !== 'person' && attempt.leaseMs === undefined) {
    throw new Refusal(
      'forbidden',
      `${taskName(task)} was handed to ${attempt.agentId}. Report with the token that came with the assignment.`,
    );
  }
  return attempt;
}

/** What happens in a session is told by whoever began it or works on it, when the token was given to one agent. @throws {Refusal} */
export function mayTellOf(who: Who | undefined, task: Task): void {
  if (who?.kind !== 'client' || who.agent === undefined || isOwn(task, who.agent)) return;
  throw new Refusal('forbidden', `This token was given to ${who.agent}, and ${taskName(task)} is another's. Report your own sessions.`);
}

/** A program may read the evidence of what programs created; a person's tasks are the person's. @throws {Refusal} */
export function mayReadEvidence(who: Who | undefined, task: Task): void {
  if (who?.kind === 'person') return mayOpenFiles(who);
  if (who?.kind === 'attempt' && who.taskId === task.id) return;
  if (who?.kind === 'client' && task.createdBy.kind !== 'person' && (who.agent === undefined || isOwn(task, who.agent))) return;
  throw new Refusal('forbidden', 'This token may not read the evidence of that task. Open it in the editor.');
}

/** Evidence by its hash, whatever task it is of, is for people. @throws {Refusal} */
export function mayOpenFiles(who: Who | undefined): void {
  if (who?.kind === 'person' && (who.member?.readsEvidence ?? true)) return;
  const why =
    who?.kind === 'person'
      ? phrase('Your role may not open evidence on this tower. Ask an admin.')
      : 'This token opens the evidence of its own task alone. Ask an admin.';
  throw new Refusal('forbidden', why);
}

/** @throws {Refusal} when a viewer with this token may not ask for it; what remains is up to the rules. */
export function mayCommand(who: Who, type: Command['type']): void {
  if (who.kind === 'person' || VIEWER.has(type)) return;
  throw new Refusal('forbidden', `A program with the agent token may not do this (${type}). Do it in the editor.`);
}

/** The proof of a task stands beside what the runs before it found, so it is a person's whole. @throws {Refusal} */
export function mayQuery(who: Who, type: Query['type']): void {
  if (who.kind === 'person' || type !== 'Evidence') return;
  throw new Refusal('forbidden', 'This token may not read the proof of tasks. Ask GET /api/evidence/{id} for that of your own.');
}

/** A task that the agent of that name created, with its own token or that of an attempt, or works on. */
function isOwn({ createdBy: { kind, name }, attempts }: Task, agent: string): boolean {
  const id = agentIdOf(agent);
  return (kind === 'client' && name === agent) || (kind === 'agent' && name === id) || attempts.some(({ agentId }) => agentId === id);
}
