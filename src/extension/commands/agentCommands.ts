import * as vscode from 'vscode';
import type { Agent } from '../../server/domain/agent';
import { agentStatus } from '../../server/domain/agentStatus';
import { counted } from '../../server/domain/format';
import type { ApiKeys } from '../apiKeys';
import { Command } from '../manifest';
import type { AgentOutputs } from '../output';
import type { Settings } from '../settings';
import type { TowerHost } from '../towerHost';
import { YOU } from '../you';
import { addAgent } from './addAgent';
import type { Handlers } from './handlers';
import type { Targets } from './targets';
import { showWarning } from '../messages';

export interface AgentCommandParts {
  host: TowerHost;
  settings: Settings;
  targets: Targets;
  outputs: AgentOutputs;
  keys: ApiKeys;
}

/** What a person does with agents. */
export function agentCommands({ host, settings, targets, outputs, keys }: AgentCommandParts): Handlers {
  const say = (text: string): void => void vscode.window.setStatusBarMessage(text, 4000);
  const statusOf = (agent: Agent): string => agentStatus(host.here.board, host.here.live, agent);
  const isDown = (agent: Agent): boolean => agent.broken === true || (agent.managed && ['offline', 'error'].includes(statusOf(agent)));
  const isUp = (agent: Agent): boolean => agent.managed && statusOf(agent) !== 'offline';
  const turn = (type: 'StartAgent' | 'StopAgent' | 'RestartAgent', { id }: Agent): Promise<unknown> =>
    host.here.execute({ type, agentId: id }, YOU);
  const mayStop = async (agents: readonly Agent[]): Promise<boolean> => {
    const working = agents.filter(({ id }) => (host.here.board.held.get(id)?.size ?? 0) > 0);
    if (working.length === 0) return true;
    const what =
      working.length === 1
        ? vscode.l10n.t('{0} is working', working[0]?.name ?? '')
        : vscode.l10n.t('{0} agents are working', working.length);
    const detail = vscode.l10n.t('What they work on ends as failed and can be retried.');
    const stop = vscode.l10n.t('Stop');
    return (await showWarning(vscode.l10n.t('{0}. Stop anyway?', what), { modal: true, detail }, stop)) === stop;
  };
  const all = (fits: (agent: Agent) => boolean): Agent[] => [...host.here.board.agents.values()].filter(fits);

  return {
    [Command.addAgent]: () => addAgent(keys),
    [Command.setApiKey]: () => keys.pick(settings.tower.agents.flatMap(({ keyFrom }) => keyFrom ?? [])),
    [Command.startAgent]: async (...args) => {
      const agent = await targets.agent(args, vscode.l10n.t('start'), isDown);
      if (agent) await turn('StartAgent', agent);
    },
    [Command.stopAgent]: async (...args) => {
      const agent = await targets.agent(args, vscode.l10n.t('stop'), isUp);
      if (agent && (await mayStop([agent]))) await turn('StopAgent', agent);
    },
    [Command.restartAgent]: async (...args) => {
      const agent = await targets.agent(args, vscode.l10n.t('restart'), isUp);
      if (!agent || !(await mayStop([agent]))) return;
      await turn('RestartAgent', agent);
      say(vscode.l10n.t('{0} starts again.', agent.name));
    },
    [Command.startAllAgents]: async () => {
      const agents = all(isDown);
      for (const agent of agents) await turn('StartAgent', agent);
      say(
        agents.length > 0
          ? vscode.l10n.t('{0} started.', counted(agents.length, vscode.l10n.t('{0} agent'), vscode.l10n.t('{0} agents')))
          : vscode.l10n.t('Every agent of yours is started.'),
      );
    },
    [Command.stopAllAgents]: async () => {
      const agents = all(isUp);
      if (agents.length === 0) return say(vscode.l10n.t('No agent of yours is running.'));
      if (!(await mayStop(agents))) return;
      for (const agent of agents) await turn('StopAgent', agent);
      say(vscode.l10n.t('{0} stopped.', counted(agents.length, vscode.l10n.t('{0} agent'), vscode.l10n.t('{0} agents'))));
    },
    [Command.showAgentOutput]: async (...args) => {
      const agent = await targets.agent(args, vscode.l10n.t('show the output of'), () => true);
      if (agent) await outputs.show(agent.id);
    },
  };
}
