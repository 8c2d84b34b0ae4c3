import { Refusal } from '../../domain/refusal';
import type { AgentReport } from '../../domain/report';
import { taskName, type Attempt, type Task } from '../../domain/task';
import type { ClaimAnswer } from '../../domain/ports';
import { ClaimBody, ErrorBody, LogsBody, ProgressBody, ResultBody } from '../../protocol/rest';
import { claimWork, reportedOn, takeReport } from '../reporting';
import { mayActAs } from '../scopes';
import { defined } from '../taskRoutes';
import { proofOf } from './proof';
import { AttemptInput, refOf, tool, type McpParts, type Tool, type ToolCall } from './tool';
import { waitUntil, WAIT_MS } from './waiting';

/** How long the comparison of pictures is waited for, ms. */
const CHECK_MS = 20_000;

const WHY: Record<NonNullable<ClaimAnswer['reason']>, string> = {
  continue_current: 'You have this task already: go on with it.',
  at_capacity: 'You, or the queue as a whole, have as much work as allowed. Finish what you have, then ask again.',
  paused: 'A person has paused the queue. Ask again later.',
  no_tasks_available: 'Nothing that waits is for you now. Ask again later, or let waitMs wait for work.',
};
const STOP = 'A person cancelled this task, or the attempt has ended. Stop working on it, then call fail_task.';

/** Ask for work, report on it, end it. Every call keeps the task with whoever works on it. */
export function workTools(parts: McpParts): Tool[] {
  const { tower } = parts;
  const take = async (call: ToolCall<{ attempt?: number | undefined }>, report: AgentReport): Promise<object> => {
    const { cancel } = await takeReport(parts, call, refOf(call), { attempt: call.input.attempt }, report);
    return { cancel, ...(cancel ? { message: STOP } : {}) };
  };
  return [
    tool({
      name: 'claim_next_task',
      title: 'Ask for work',
      about: 'Gives you the next task for your name and skills, or the reason why there is none.',
      input: ClaimBody,
      handle: async ({ who, input, by, gone }) => {
        mayActAs(who, input.agent);
        const { assignment: work, reason } = await claimWork(parts, { ...input, waitMs: Math.min(input.waitMs, WAIT_MS) }, by, gone);
        const task = work && tower.board.tasks.get(work.taskId);
        const leaseMs = work && task?.attempts[work.attempt - 1]?.leaseMs;
        const assignment = work && { ...work, ...defined({ leaseMs }), url: parts.url() };
        return defined({ assignment, reason, message: reason && WHY[reason] });
      },
    }),
    tool({
      name: 'report_progress',
      title: 'Report progress',
      about: 'Says how far you are, 0 to 1 (null while you cannot tell), and what you are doing.',
      input: AttemptInput.extend(ProgressBody.pick({ progress: true, step: true }).shape),
      attempt: 'report',
      handle: (call) => take(call, { type: 'progress', progress: call.input.progress, ...defined({ step: call.input.step }) }),
    }),
    tool({
      name: 'append_log',
      title: 'Write to the log',
      about: 'Appends lines to the log of the task.',
      input: AttemptInput.extend(LogsBody.pick({ lines: true }).shape),
      attempt: 'report',
      handle: (call) => take(call, { type: 'log', lines: call.input.lines }),
    }),
    tool({
      name: 'complete_task',
      title: 'Complete a task',
      about: 'Ends your attempt with its result. Proof that the task requires must have been handed in before.',
      input: AttemptInput.extend(ResultBody.pick({ result: true, usage: true }).shape),
      attempt: 'report',
      handle: async (call) => {
        const { result, usage } = call.input;
        const { task, attempt } = reportedOn(tower, call, refOf(call), { attempt: call.input.attempt });
        await take(call, { type: 'result', result, ...defined({ usage }) });
        await waitUntil(tower, () => attempt.endedAt !== undefined, CHECK_MS, call.gone);
        return outcomeOf(task, attempt);
      },
    }),
    tool({
      name: 'fail_task',
      title: 'Give a task up',
      about:
        'Ends your attempt as failed, or as cancelled when a person asked for that. `retryAt` tells when a limit that you hit returns.',
      input: AttemptInput.extend(
        ErrorBody.pick({ message: true, kind: true, retryAt: true, usage: true }).required({ message: true }).shape,
      ),
      attempt: 'report',
      handle: async (call) => {
        const { message, kind, retryAt, usage } = call.input;
        const { task, attempt } = reportedOn(tower, call, refOf(call), { attempt: call.input.attempt });
        await take(call, { type: 'error', kind, message, ...defined({ retryAt, usage }) });
        return { status: task.status, ...defined({ outcome: attempt.outcome }) };
      },
    }),
  ];
}

/** What came of an attempt that was reported done. @throws {Refusal} when it is not proved. */
function outcomeOf(task: Task, attempt: Attempt): object {
  const { status } = task;
  const proof = proofOf(task, attempt);
  const reasons = (...states: string[]): string =>
    proof.flatMap(({ state, reason = '' }) => (states.includes(state) ? reason : [])).join('; ');
  if (attempt.lateResult) return { status, message: 'The attempt had ended before; your result is kept for a person to look at.' };
  if (attempt.outcome === undefined)
    return { status: 'checking', proof, message: 'Pictures are being compared. get_task tells how it ended.' };
  if (attempt.outcome === 'completed') {
    if (status !== 'review') return { status, proof };
    return { status, proof, message: `Reported. It counts when a person has agreed: ${reasons('review')}.` };
  }
  if (attempt.error?.kind !== 'verification') return { status, outcome: attempt.outcome, ...defined({ error: attempt.error }) };
  const next = 'The attempt has ended as failed. When you are given the task again, hand this in before you complete it.';
  throw new Refusal('conflict', `${taskName(task)} is not proved to be done: ${reasons('missing', 'failed')}. ${next}`, { status, proof });
}
