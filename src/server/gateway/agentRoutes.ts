import * as z from 'zod';
import type { Tower } from '../domain/ports';
import { agentStatus } from '../domain/agentStatus';
import { AgentStatus, AgentRun } from '../domain/agent';
import { LogFilter } from '../domain/query';
import { PROTOCOL } from '../protocol/version';
import { HttpError } from './problem';
import { route, type Route } from './route';
import { taskRefOf } from './taskRef';
import { defined } from './taskRoutes';

const AgentOut = z.object({
  id: z.string(),
  name: z.string(),
  status: AgentStatus,
  run: AgentRun,
  skills: z.array(z.string()),
  capacity: z.int(),
  tasks: z.array(z.int()).describe('The numbers of the tasks it works on.'),
  failure: z.string().nullable(),
});
const LogQuery = z.strictObject({
  task: z.string().max(40).optional(),
  attempt: z.coerce.number().int().positive().optional(),
  agent: LogFilter.shape.agent,
  level: LogFilter.shape.level,
  text: LogFilter.shape.text,
  limit: z.coerce.number().int().min(1).max(5000).default(200),
});
const LineOut = z.object({
  at: z.iso.datetime(),
  taskId: z.string(),
  attempt: z.int(),
  agentId: z.string(),
  level: z.string(),
  text: z.string(),
});

/** The agents as doors show them. */
export function agentsOut({ board, live }: Tower): { agents: z.infer<typeof AgentOut>[] } {
  const agents = [...board.agents.values()].map((agent) => ({
    id: agent.id,
    name: agent.name,
    status: agentStatus(board, live, agent),
    run: agent.run,
    skills: agent.skills,
    capacity: agent.capacity,
    tasks: [...(board.held.get(agent.id) ?? [])].flatMap((id) => board.tasks.get(id)?.number ?? []),
    failure: agent.failure?.message ?? null,
  }));
  return { agents };
}

/** Agents, logs, and whether the tower is well. */
export function agentRoutes(tower: Tower, openapi: () => unknown): Route[] {
  const agents = (): unknown => agentsOut(tower);
  const answer = z.object({ agents: z.array(AgentOut) });
  const turn = (verb: 'start' | 'stop'): Route[] => {
    const type = verb === 'start' ? 'StartAgent' : 'StopAgent';
    return [
      route({
        method: 'POST',
        path: `/api/agents/:agentId/${verb}`,
        about: `Lets a managed agent ${verb}.`,
        answer,
        handle: async (call) => {
          await tower.execute({ type, agentId: call.params.agentId ?? '' }, call.by, call.commandId);
          return agents();
        },
      }),
      route({
        method: 'POST',
        path: `/api/agents/${verb}`,
        about: `Lets all managed agents ${verb}.`,
        answer,
        handle: async (call) => {
          for (const { id, managed } of tower.board.agents.values()) if (managed) await tower.execute({ type, agentId: id }, call.by);
          return agents();
        },
      }),
    ];
  };
  return [
    route({
      method: 'POST',
      path: '/api/agents/:agentId/restart',
      about: 'Stops a managed agent and starts it anew.',
      answer,
      handle: async (call) => {
        await tower.execute({ type: 'RestartAgent', agentId: call.params.agentId ?? '' }, call.by, call.commandId);
        return agents();
      },
    }),
    route({ method: 'GET', path: '/api/agents', about: 'Lists the agents.', answer, handle: async () => agents() }),
    ...turn('start'),
    ...turn('stop'),
    route({
      method: 'GET',
      path: '/api/logs',
      about: 'The last log lines that pass the filter, oldest first.',
      query: LogQuery,
      answer: z.object({ lines: z.array(LineOut) }),
      handle: async ({ query: { task, ...filter } }) => {
        const taskId = task === undefined ? undefined : taskRefOf(task);
        const lines = await tower.query({ type: 'Logs', filter: { ...defined({ ...filter, taskId }), limit: filter.limit } });
        return { lines: lines.map((line) => ({ ...line, at: new Date(line.at).toISOString() })) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/health',
      about: 'Says that a tower is here. Needs no token.',
      answer: z.object({ ok: z.boolean(), protocol: z.int() }),
      handle: async () => ({ ok: true, protocol: PROTOCOL }),
    }),
    route({
      method: 'GET',
      path: '/api/health/ready',
      about: 'Says whether new work is started: 503 while it is not, as on a full disk. Needs no token.',
      answer: z.object({ ok: z.boolean() }),
      handle: async () => {
        // Why not is for those who may look.
        if (tower.live.trouble !== undefined) throw new HttpError(503, 'unavailable', 'Nothing new is started here now.');
        return { ok: true };
      },
    }),
    route({ method: 'GET', path: '/api/openapi.json', about: 'This API as an OpenAPI 3.1 document.', handle: async () => openapi() }),
  ];
}
