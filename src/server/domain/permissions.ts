import { findTask, type Board } from './board';
import type { Command } from './command';
import { Refusal } from './refusal';
import { taskName, type Actor, type Role } from './task';
import { phrase, type Phrase } from './phrase';

type Who = Actor['kind'];

/** Commands of programs that hold no more than the file's token. */
const CLIENT: ReadonlySet<Command['type']> = new Set(['CreateTask', 'ReportTask', 'RegisterAgent', 'AssignTask']);
/** Commands of a program about tasks that a program created. */
const OWN: ReadonlySet<Command['type']> = new Set([
  'EditTask',
  'CancelTask',
  'RetryTask',
  'StartNow',
  'ReorderTask',
  'AnswerInput',
  'SendMessage',
]);
/** Commands about an attempt, by whoever works on it; the rules check that it is theirs. */
const WORK: ReadonlySet<Command['type']> = new Set([
  'AcceptAttempt',
  'DeclineAttempt',
  'ReportUsage',
  'AddEvidence',
  'ReportResult',
  'ReportError',
  'ReportCancelled',
  'AskInput',
  'NoteSession',
  'LoseAttempt',
]);
const AGENT: ReadonlySet<Command['type']> = new Set(['RegisterAgent', 'CreateTask', 'ReportAgentFailure', 'ReportAgentRecovery']);
const RUNNER: ReadonlySet<Command['type']> = new Set(['ReportProcess', 'ReportAgentFailure', 'ReportAgentRecovery']);
/** What only the tower itself asks for. */
const TOWER: ReadonlySet<Command['type']> = new Set([
  'ArchiveTasks',
  'RecallTask',
  'Tick',
  'ConfigureAgents',
  'ConfigureQueue',
  'RecordComparison',
  'RecordBaseline',
  'NoteCommit',
  'ReportPresence',
  'LoseTower',
]);

/** Commands of a team that take an admin. */
const ADMIN: ReadonlySet<Command['type']> = new Set(['StartAgent', 'StopAgent', 'RestartAgent', 'SetApproval']);
/** Commands about a task that are its creator's and an admin's: they change what was asked for, or do away with it. */
const CREATOR: ReadonlySet<Command['type']> = new Set(['EditTask', 'PurgeTask']);

/** @throws {Refusal} `forbidden` when `by` may not ask for this. */
export function authorize(board: Board, by: Actor, command: Command): void {
  const why = by.kind === 'person' ? whyNot(board, by, command) : undefined;
  if (why !== undefined) throw new Refusal('forbidden', why);
  if (allowed(board, by, command)) return;
  throw new Refusal('forbidden', `${WORDS[by.kind]} may not do this (${command.type}). Do it in the editor.`);
}

const WORDS: Record<Who, string> = {
  person: 'A person',
  client: 'A program with the agent token',
  agent: 'An agent',
  runner: 'The runner',
  tower: 'The tower',
};

function allowed(board: Board, by: Actor, command: Command): boolean {
  const { type } = command;
  switch (by.kind) {
    case 'tower':
      return true;
    case 'person':
      return !TOWER.has(type);
    case 'runner':
      return RUNNER.has(type);
    case 'agent':
      return AGENT.has(type) || WORK.has(type);
    case 'client':
      return CLIENT.has(type) || WORK.has(type) || (OWN.has(type) && 'taskId' in command && isClients(board, command.taskId));
  }
}

/** Why the role of a person is not enough; undefined = it is. */
function whyNot(board: Board, { name, role = 'admin' }: Actor, command: Command): Phrase | undefined {
  const { type } = command;
  if (role === 'viewer') return mayNot(role, type);
  if (role === 'admin') return undefined;
  if (ADMIN.has(type)) return mayNot(role, type);
  const task = CREATOR.has(type) && 'taskId' in command ? findTask(board, command.taskId) : undefined;
  if (!task || task.createdBy.kind !== 'person' || task.createdBy.name === name) return undefined;
  return phrase('{0} belongs to {1}. Ask them or an admin.', taskName(task), task.createdBy.name);
}

/** What a person hears whose role is not enough. */
export function mayNot(role: Role, what: string): Phrase {
  return role === 'viewer'
    ? phrase('A viewer may only look ({0}). Ask an admin for the role operator.', what)
    : phrase('This takes an admin ({0}). Ask one.', what);
}

/** True when a program, not a person, created the task. An unknown task is let through: the rule says that it is unknown. */
function isClients(board: Board, ref: string): boolean {
  const creator = findTask(board, ref)?.createdBy.kind;
  return creator === undefined || creator === 'client' || creator === 'agent';
}
