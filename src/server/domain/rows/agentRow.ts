import { agentStatus } from '../agentStatus';
import type { Agent } from '../agent';
import { load } from '../board';
import { usedBudget } from '../budget';
import { clock, coarse } from '../format';
import { openAttempt } from '../task';
import { join, oneLine, type Row, type Scene } from './row';

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
  const contextValue = `agent.${agent.managed ? 'managed' : 'connected'}.${status}${agent.broken ? ';broken' : ''}`;
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
    return join('error', agent.crashes > 1 && !agent.broken ? `crashed ${agent.crashes} times` : oneLine(agent.failure?.message, 60));
  const limited = agent.limitedUntil !== undefined && agent.limitedUntil > now ? `limit returns ${clock(agent.limitedUntil, now)}` : '';
  const isSpent = usedBudget(board, now, agent.id) !== undefined;
  if (status !== 'busy')
    return join(
      limited || status,
      isSpent ? "today's budget is used up" : '',
      agent.managed && agent.wanted === 'stopped' ? 'stopped' : '',
      agent.skills.join(', '),
    );
  const taken = agent.capacity > 1 ? `busy ${load(board, agent.id)} of ${agent.capacity}` : 'busy';
  const [only] = tasks;
  const attempt = only && openAttempt(only);
  if (tasks.length === 1 && only && attempt && only.status !== 'input_required')
    return join(taken, `#${only.number}`, coarse(now - attempt.startedAt));
  const names = tasks.map(({ number, status }) => `#${number}${status === 'input_required' ? ' waits for you' : ''}`);
  return join(taken, names.join(', '));
}
