import type { IncomingMessage } from 'node:http';
import { basename } from 'node:path';
import * as z from 'zod';
import { agentIdOf } from '../domain/agent';
import { tasksIn } from '../domain/board';
import type { AgentReports, Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import type { AgentReport } from '../domain/report';
import { openAttempt, type Actor, type Task } from '../domain/task';
import { REPORT_LEASE_MS } from '../protocol/version';
import { bytesOf } from './body';
import type { Who } from './guard';
import { Hooked, stepsOf, titleOf, type Step } from './hookSteps';
import { route, type Route } from './route';
import { mayTellOf } from './scopes';

const AGENTS: Readonly<Record<string, string>> = { claude: 'Claude Code', kimi: 'Kimi Code' };
/** A hook hears whole tool answers; what is longer is not looked at, bytes. */
const MAX_BODY = 8 * 1024 * 1024;

interface HookParts {
  tower: Tower;
  reports: AgentReports;
  leases: { renewTask(taskId: string): void };
}

/** One session of an agent that was started elsewhere. */
interface Session {
  id: string;
  agent: string;
  cwd: string | undefined;
  who: Who | undefined;
  by: Actor;
}

/** Sessions started elsewhere appear as tasks, by the hooks of their agents. An agent waits for its hooks, so nothing here refuses. */
export function hookRoutes(parts: HookParts): Route[] {
  const tails = new Map<string, Promise<unknown>>();
  /** The hooks of a session come at once when its tools do; two of them must not both begin its task. */
  const inLine = async <T>(key: string, work: () => Promise<T>): Promise<T> => {
    const turn = (tails.get(key) ?? Promise.resolve()).then(work);
    const settled = turn.catch(() => undefined);
    tails.set(key, settled);
    try {
      return await turn;
    } finally {
      if (tails.get(key) === settled) tails.delete(key);
    }
  };
  return [
    route({
      method: 'POST',
      path: '/api/hooks/:tool',
      about: 'Takes what a hook of Claude Code (`claude`) or Kimi Code (`kimi`) hears. Answers `{}` to whatever it does not know.',
      bytes: true,
      answer: z.record(z.string(), z.unknown()),
      handle: async ({ params, who, by, request }) => {
        const agent = AGENTS[params.tool ?? ''];
        const heard = await hookedOf(request);
        // A task that the tower itself started reports for itself.
        if (agent === undefined || !heard?.session_id || request.headers['x-tasktower-task']) return {};
        const session: Session = { id: heard.session_id, agent, cwd: heard.cwd, who, by };
        const take = async (): Promise<object> => {
          let answer = {};
          for (const step of stepsOf(heard)) answer = { ...answer, ...(await takeStep(parts, session, step)) };
          return answer;
        };
        return inLine(`${agent}/${session.id}`, take).catch((error: unknown) => {
          if (error instanceof Refusal) return {};
          throw error;
        });
      },
    }),
  ];
}

async function takeStep(parts: HookParts, session: Session, step: Step): Promise<object> {
  const { tower, reports, leases } = parts;
  let task = openTask(tower, session);
  if (task) mayTellOf(session.who, task);
  if (task?.phase === 'cancelling') return stopWork(parts, session, task, step);
  if (!task && step.begins) task = await begin(tower, session, step.title);
  const attempt = task && openAttempt(task);
  if (!task || !attempt) return {};
  leases.renewTask(task.id);
  if (step.title !== undefined && task.title === idleTitle(session)) {
    await tower.execute({ type: 'EditTask', taskId: task.id, patch: { title: step.title } }, session.by);
  }
  const place = { taskId: task.id, attempt: attempt.n, agentId: attempt.agentId, by: session.by };
  if (step.report?.type === 'cancelled') await cancel(tower, task, session.by);
  if (step.report) await reports.report({ ...place, report: step.report });
  return {};
}

/** A person cancelled: an agent whose hooks can say so is told to stop. */
async function stopWork({ reports }: HookParts, { agent, by }: Session, task: Task, { stops, report }: Step): Promise<object> {
  const ends = report?.type === 'result' || report?.type === 'error' || report?.type === 'cancelled';
  if (!stops && !ends) return {};
  const cancelled: AgentReport = { type: 'cancelled' };
  const attempt = openAttempt(task);
  await reports.report({ taskId: task.id, attempt: attempt?.n ?? 1, agentId: attempt?.agentId ?? '', by, report: cancelled });
  return stops && agent === AGENTS.claude ? { continue: false, stopReason: `#${task.number} was cancelled in Tasktower.` } : {};
}

/** Without this, a session that its own user ended would count as failed. */
async function cancel(tower: Tower, { id }: Task, by: Actor): Promise<void> {
  await tower.execute({ type: 'CancelTask', taskId: id, reason: 'The session ended.' }, by);
}

function openTask({ board }: Tower, { id, agent }: Session): Task | undefined {
  const isOurs = (task: Task): boolean => task.externalId === id && openAttempt(task)?.agentId === agentIdOf(agent);
  return [...tasksIn(board, 'running'), ...tasksIn(board, 'input_required')].find(isOurs);
}

async function begin(tower: Tower, session: Session, title = idleTitle(session)): Promise<Task | undefined> {
  const { id: externalId, agent, cwd, by } = session;
  const spec = { title, prompt: '', kind: 'session', externalId, ...(cwd ? { folder: cwd } : {}) };
  const { taskId } = await tower.execute({ type: 'ReportTask', spec, agent, leaseMs: REPORT_LEASE_MS }, by);
  return taskId === undefined ? undefined : tower.board.tasks.get(taskId);
}

/** What a session is called until it is told what to do. */
function idleTitle({ agent, cwd }: Session): string {
  return titleOf(cwd ? `${agent} in ${basename(cwd)}` : agent) ?? agent;
}

/** What the hook heard, or undefined when it is too long or not understood. */
async function hookedOf(request: IncomingMessage): Promise<z.output<typeof Hooked> | undefined> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(request)) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  try {
    return Hooked.safeParse(JSON.parse(Buffer.concat(chunks).toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
