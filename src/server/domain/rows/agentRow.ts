import * as l10n from '@vscode/l10n';
import { agentStatus } from '../agentStatus';
import type { Agent } from '../agent';
import { load } from '../board';
import { usedBudget } from '../budget';
import { clock, coarse } from '../format';
import { openAttempt } from '../task';
import { join, oneLine, type Row, type Scene } from './row';
import { word } from '../words';

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
    spoken: l10n.t('Agent {0}, {1}', agent.name, description),
  };
}

function agentDescription({ board, now }: Scene, agent: Agent, status: string): string {
  const tasks = [...(board.held.get(agent.id) ?? [])].flatMap((id) => board.tasks.get(id) ?? []);
  if (status === 'error')
    return join(
      word('error'),
      agent.crashes > 1 && !agent.broken ? l10n.t('crashed {0} times', agent.crashes) : oneLine(agent.failure?.message, 60),
    );
  const limited =
    agent.limitedUntil !== undefined && agent.limitedUntil > now ? l10n.t('limit returns {0}', clock(agent.limitedUntil, now)) : '';
  const isSpent = usedBudget(board, now, agent.id) !== undefined;
  if (status !== 'busy')
    return join(
      limited || word(status),
      isSpent ? l10n.t("today's budget is used up") : '',
      agent.managed && agent.wanted === 'stopped' ? l10n.t('stopped') : '',
      agent.skills.join(', '),
    );
  const taken = agent.capacity > 1 ? l10n.t('busy {0} of {1}', load(board, agent.id), agent.capacity) : word('busy');
  const [only] = tasks;
  const attempt = only && openAttempt(only);
  if (tasks.length === 1 && only && attempt && only.status !== 'input_required')
    return join(taken, `#${only.number}`, coarse(now - attempt.startedAt));
  const names = tasks.map(({ number, status }) => (status === 'input_required' ? l10n.t('#{0} waits for you', number) : `#${number}`));
  return join(taken, names.join(', '));
}
