import { agentStatus } from '../../server/domain/agentStatus';
import type { Agent } from '../../server/domain/agent';
import { load, type Board } from '../../server/domain/board';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import { ago, bytes, clock, coarse, cost, duration, percent } from '../../server/domain/format';
import type { Live } from '../../server/domain/live';
import type { Ask } from '../../server/domain/needsYou';
import { queuePosition } from '../../server/domain/order';
import { shorten } from '../../server/domain/text';
import { lastAttempt, openAttempt, taskName, type Attempt, type Task } from '../../server/domain/task';
import { waitReason } from '../../server/domain/waiting';

/** A row of a tree, before it becomes VS Code's. Pure, so that tests read it as text. */
export interface Row {
  id: string;
  label: string;
  description: string;
  /** A codicon, and the theme colour it takes. */
  icon: string;
  color?: string;
  contextValue: string;
  /** What a screen reader says. */
  spoken: string;
}

/** All a row may look at. */
export interface Scene {
  board: Board;
  live: Live;
  /** ms */
  now: number;
}

const TITLE = 80;

/** The name of an agent, or its id when it is gone. */
export function agentName(board: Board, id: string | undefined): string {
  return id === undefined ? '' : (board.agents.get(id)?.name ?? id);
}

/** A task, with the state fact first, so that a narrow side bar cuts the least important end. */
export function taskRow(scene: Scene, task: Task): Row {
  const { icon, color } = taskIcon(task);
  const description = taskDescription(scene, task);
  const label = `#${task.number} ${shorten(task.title, TITLE)}`;
  return {
    id: `task/${task.id}`,
    label,
    description,
    icon,
    ...(color ? { color } : {}),
    contextValue: contextOf(task),
    spoken: `${label}, ${task.status.replace('_', ' ')}, ${description}${task.priority === 'normal' ? '' : `, ${task.priority} priority`}`,
  };
}

function contextOf(task: Task): string {
  const name = { input_required: 'input' }[task.status as string] ?? task.status;
  const evidence = lastAttempt(task)?.evidence.length ? ';evidence' : '';
  return `task.${name};${task.attempts.length > 0 ? 'logs' : ''}${evidence}`;
}

function taskIcon(task: Task): { icon: string; color?: string } {
  switch (task.status) {
    case 'running':
      return { icon: 'loading~spin', color: 'charts.blue' };
    case 'input_required':
      return { icon: 'question', color: 'list.warningForeground' };
    case 'review':
      return { icon: 'eye', color: 'list.warningForeground' };
    case 'parked':
      return { icon: 'debug-pause', color: 'charts.purple' };
    case 'pending':
      return { icon: 'circle-outline', color: 'disabledForeground' };
    case 'completed':
      // Filled = proved, outlined = the agent said so.
      return { icon: task.requires.length > 0 ? 'pass-filled' : 'pass', color: 'charts.green' };
    case 'failed':
      return task.error?.kind === 'lost_contact'
        ? { icon: 'debug-disconnect', color: 'charts.yellow' }
        : { icon: 'error', color: 'charts.red' };
    case 'cancelled':
      return { icon: 'circle-slash', color: 'disabledForeground' };
  }
}

function taskDescription(scene: Scene, task: Task): string {
  const { board, now } = scene;
  const attempt = lastAttempt(task);
  switch (task.status) {
    case 'running':
      return join(runningFact(scene, task), agentName(board, attempt?.agentId));
    case 'input_required':
      return join(`Question: ${shorten(attempt?.question?.text ?? '', 60)}`, coarse(now - (attempt?.askedAt ?? task.since)));
    case 'review':
      return join(`Review: ${reviewFact(attempt)}`, coarse(now - task.since));
    case 'parked':
      return join(`until ${clock(task.notBefore ?? now, now)}`, task.parkedFor, agentName(board, attempt?.agentId));
    case 'pending':
      return join(task.startNow ? 'next' : `queue ${queuePosition(board, task)}`, waitReason(board, scene.live, task, now).text);
    case 'completed':
      return join(attempt ? duration(runningMs(attempt, now)) : '', ago(task.since, now));
    case 'failed':
      return task.error?.kind === 'lost_contact' ? join('Lost contact', ago(task.since, now)) : join(failure(task), ago(task.since, now));
    case 'cancelled':
      return join(`Cancelled${task.endedBy ? ` by ${task.endedBy.name}` : ''}`, ago(task.since, now));
  }
}

function runningFact({ live, now }: Scene, task: Task): string {
  const attempt = openAttempt(task);
  if (task.phase !== 'working') return task.phase ?? 'starting';
  const going = live.tasks.get(task.id);
  const elapsed = attempt ? coarse(runningMs(attempt, now)) : '';
  if (going?.attempt !== attempt?.n || !going) return join('working', elapsed);
  if (going.progress !== null) return join(percent(going.progress), elapsed);
  return going.steps > 0 ? join(`step ${going.steps}`, elapsed) : join('working', elapsed);
}

function reviewFact(attempt: Attempt | undefined): string {
  const pictures = attempt?.evidence.filter(({ kind }) => kind === 'screenshot' || kind === 'image').length ?? 0;
  if (pictures > 0) return `${pictures} ${pictures === 1 ? 'picture' : 'pictures'}`;
  const pieces = attempt?.evidence.length ?? 0;
  return pieces > 0 ? `${pieces} ${pieces === 1 ? 'piece' : 'pieces'} of evidence` : 'your sign-off';
}

/** Why a task failed, in one line: `agent error: exit code 1`. */
export function failure(task: Task): string {
  const { kind = 'agent_error', message = '' } = task.error ?? {};
  return `${kind.replace(/_/g, ' ')}: ${shorten(message.split('\n', 1)[0] ?? '', 80)}`;
}

/** How long an attempt has worked, without the time it waited for a person, ms. */
export function runningMs(attempt: Attempt, now: number): number {
  const waiting = attempt.askedAt === undefined ? 0 : now - attempt.askedAt;
  return Math.max(0, (attempt.endedAt ?? now) - attempt.startedAt - attempt.waitedMs - waiting);
}

/** Something that needs a person. */
export function askRow(scene: Scene, ask: Ask): Row {
  if (ask.kind === 'agent') {
    const { agent } = ask;
    const description = join(shorten(agent.failure?.message ?? '', 80), ago(ask.since, scene.now));
    const row = { id: `ask/agent/${agent.id}`, label: agent.name, description, icon: 'error', color: 'charts.red' };
    return {
      ...row,
      contextValue: `ask.agent;agent.${agent.managed ? 'managed' : 'connected'}`,
      spoken: `${agent.name}, agent in error, ${description}`,
    };
  }
  const row = taskRow(scene, ask.task);
  const kinds = { question: 'input', review: 'review', failed: 'failed', stuck: 'stuck' } as const;
  const icon = ask.kind === 'stuck' ? { icon: 'warning', color: 'list.warningForeground' } : {};
  const description = ask.kind === 'failed' ? `Failed: ${row.description}` : row.description;
  return { ...row, ...icon, id: `ask/${ask.task.id}`, description, contextValue: `ask.${kinds[ask.kind]};${row.contextValue}` };
}

/** One run of a task, under it. */
export function attemptRow({ board, now }: Scene, task: Task, attempt: Attempt): Row {
  const icons = {
    completed: ['pass', 'charts.green'],
    failed: ['error', 'charts.red'],
    cancelled: ['circle-slash', 'disabledForeground'],
    declined: ['circle-slash', 'disabledForeground'],
  } as const;
  const [icon, color] = attempt.outcome ? icons[attempt.outcome] : (['loading~spin', 'charts.blue'] as const);
  const money = attempt.usage?.costUsd === undefined ? '' : cost(attempt.usage.costUsd);
  const description = join(
    agentName(board, attempt.agentId),
    duration(runningMs(attempt, now)),
    money,
    attempt.error && shorten(attempt.error.message, 60),
  );
  const label = `Attempt ${attempt.n}`;
  return {
    id: `attempt/${task.id}/${attempt.n}`,
    label,
    description,
    icon,
    color,
    contextValue: 'attempt',
    spoken: `${label}, ${attempt.outcome ?? 'running'}, ${description}`,
  };
}

/** A piece of evidence, under its task. */
export function evidenceRow(task: Task, attempt: Attempt, piece: Evidence): Row {
  const icons = {
    screenshot: 'file-media',
    image: 'file-media',
    metrics: 'graph-line',
    report: 'report',
    patch: 'diff-multiple',
    file: 'file',
    text: 'file',
  } as const;
  const label = evidenceLabel(piece);
  const description = join(metricsFact(piece) ?? piece.kind, bytes(piece.bytes));
  const picture = piece.kind === 'screenshot' || piece.kind === 'image';
  return {
    id: `evidence/${task.id}/${attempt.n}/${piece.id}`,
    label,
    description,
    icon: icons[piece.kind],
    contextValue: picture ? 'evidence.picture' : `evidence.${piece.kind}`,
    spoken: `Evidence ${label}, ${description}`,
  };
}

/** A score says most, else how many numbers there are. */
function metricsFact({ metrics }: Evidence): string | undefined {
  if (!metrics || metrics.length === 0) return undefined;
  const score = metrics.find(({ name }) => name === 'score');
  if (score) return `score ${Math.round(score.value)}`;
  return metrics
    .slice(0, 2)
    .map(({ name, value, unit = '' }) => `${name} ${Number(value.toPrecision(3))}${unit ? ` ${unit}` : ''}`)
    .join(', ');
}

/** An agent: the state word first, always. */
export function agentRow(scene: Scene, agent: Agent): Row {
  const { board, live } = scene;
  const status = agentStatus(board, live, agent);
  const icons = {
    idle: ['circle-large-outline', 'charts.green'],
    busy: ['circle-large-filled', 'charts.yellow'],
    error: ['error', 'charts.red'],
    offline: ['debug-disconnect', 'disabledForeground'],
    starting: ['loading~spin', 'charts.blue'],
    stopping: ['loading~spin', 'charts.blue'],
  } as const;
  const [icon, color] = icons[status];
  const description = agentDescription(scene, agent, status);
  const contextValue = `agent.${agent.managed ? 'managed' : 'connected'}.${status}`;
  return {
    id: `agent/${agent.id}`,
    label: agent.name,
    description,
    icon,
    color,
    contextValue,
    spoken: `Agent ${agent.name}, ${description}`,
  };
}

function agentDescription({ board, now }: Scene, agent: Agent, status: string): string {
  const tasks = [...(board.held.get(agent.id) ?? [])].flatMap((id) => board.tasks.get(id) ?? []);
  if (status === 'error')
    return join('error', agent.crashes > 1 ? `crashed ${agent.crashes} times` : shorten(agent.failure?.message ?? '', 60));
  if (status !== 'busy') return join(status, agent.managed && agent.wanted === 'stopped' ? 'stopped' : '', agent.skills.join(', '));
  const taken = agent.capacity > 1 ? `busy ${load(board, agent.id)} of ${agent.capacity}` : 'busy';
  const [only] = tasks;
  const attempt = only && openAttempt(only);
  if (tasks.length === 1 && only && attempt) return join(taken, `#${only.number}`, coarse(now - attempt.startedAt));
  return join(taken, tasks.map(({ number }) => `#${number}`).join(', '));
}

/** What the tooltip of a task says, one line each; foreign text last. */
export function taskFacts(scene: Scene, task: Task): string[] {
  const attempt = lastAttempt(task);
  const facts = [taskDescription(scene, task)];
  if (attempt)
    facts.push(
      `${agentName(scene.board, attempt.agentId)}, attempt ${attempt.n}. Started ${clock(attempt.startedAt, scene.now)}, worked ${duration(runningMs(attempt, scene.now))}.`,
    );
  if (task.priority !== 'normal') facts.push(`${task.priority} priority`);
  if (task.skills.length > 0) facts.push(`Needs ${task.skills.join(', ')}`);
  return facts;
}

/** The full name for titles and questions. */
export { taskName };

function join(...parts: (string | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}
