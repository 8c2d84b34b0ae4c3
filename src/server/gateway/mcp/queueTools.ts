import * as z from 'zod';
import { findTask } from '../../domain/board';
import { TaskFilter } from '../../domain/query';
import { TaskSpec } from '../../domain/task';
import { line } from '../../domain/text';
import { TaskOut } from '../../protocol/rest';
import { agentsOut } from '../agentRoutes';
import { detailsOut, rowOut, taskOut } from '../taskOut';
import { defined } from '../taskRoutes';
import { proofOf } from './proof';
import { refOf, TaskInput, tool, type McpParts, type Tool } from './tool';

/** What a list shows of a task; get_task shows the rest. */
const Row = TaskOut.pick({
  id: true,
  number: true,
  title: true,
  status: true,
  priority: true,
  agent: true,
  progress: true,
  waitsFor: true,
  error: true,
});
const ListInput = TaskFilter.omit({ from: true, to: true }).extend({ limit: z.int().min(1).max(100).default(20) });

/** The queue: create, read, cancel; and who works on it. */
export function queueTools({ tower, clock }: McpParts): Tool[] {
  return [
    tool({
      name: 'create_task',
      title: 'Create a task',
      about: 'Queues a task for an agent. `requires` names the proof without which it does not count as done.',
      input: TaskSpec.omit({ callbackUrl: true }),
      attempt: 'report',
      handle: async ({ who, by, input }) => {
        const parent = who.kind === 'attempt' ? { parent: { taskId: who.taskId, attempt: who.attempt } } : {};
        const { taskId = '' } = await tower.execute({ type: 'CreateTask', spec: input, ...parent }, by);
        const task = findTask(tower.board, taskId);
        return task ? taskOut(tower, task, clock.now()) : { id: taskId };
      },
    }),
    tool({
      name: 'list_tasks',
      title: 'List tasks',
      about: 'Lists tasks: what is unfinished in the order of the queue, then what is finished, newest first.',
      input: ListInput,
      reads: true,
      handle: async ({ input }) => {
        const { tasks, ...page } = await tower.query({ type: 'Tasks', filter: input });
        return { ...page, tasks: tasks.map((row) => Row.parse(rowOut(tower, row, clock.now()))) };
      },
    }),
    tool({
      name: 'get_task',
      title: 'Read a task',
      about: 'One task with its prompt, its last result, and how it stands with the proof it requires.',
      input: TaskInput,
      reads: true,
      attempt: 'read',
      handle: async (call) => {
        const details = await tower.query({ type: 'TaskDetails', taskId: refOf(call) });
        return { ...detailsOut(tower, details, clock.now()), proof: proofOf(details.task) };
      },
    }),
    tool({
      name: 'cancel_task',
      title: 'Cancel a task',
      about: 'Cancels a task that a program created and that has not ended.',
      input: TaskInput.extend({ reason: line(500).optional() }),
      handle: async (call) => {
        const { reason } = call.input;
        await tower.execute({ type: 'CancelTask', taskId: refOf(call), ...defined({ reason }) }, call.by);
        const task = findTask(tower.board, refOf(call));
        return task ? taskOut(tower, task, clock.now()) : {};
      },
    }),
    tool({
      name: 'list_agents',
      title: 'List agents',
      about: 'Lists the agents, what they can do and what they are at.',
      input: z.strictObject({}),
      reads: true,
      handle: async () => agentsOut(tower),
    }),
  ];
}
