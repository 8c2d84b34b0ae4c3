import * as l10n from '@vscode/l10n';
import { agentStatus } from '../../server/domain/agentStatus';
import type { Agent, AgentStatus } from '../../server/domain/agent';
import { View } from '../manifest';
import type { TowerHost } from '../towerHost';
import { FlatTree, type FlatNode } from './flatTree';
import { agentRow } from '../../server/domain/rows/agentRow';
import { type Scene } from '../../server/domain/rows/row';

const ORDER: readonly AgentStatus[] = ['error', 'busy', 'starting', 'stopping', 'idle', 'offline'];

/** The Agents view: who needs help first, then who works; offline ones under one closed heading. */
export class AgentTree extends FlatTree<Agent | undefined> {
  constructor(host: TowerHost) {
    super(host, View.agents);
  }

  protected roots(scene: Scene): FlatNode<Agent | undefined>[] {
    return agentNodes(scene);
  }

  protected decorate(): void {
    // An empty view says by `viewsWelcome` what to do.
  }
}

/** The rows of the Agents view. */
export function agentNodes(scene: Scene): FlatNode<Agent | undefined>[] {
  const { board, live } = scene;
  const all = [...board.agents.values()].map((agent) => ({ agent, rank: ORDER.indexOf(agentStatus(board, live, agent)) }));
  all.sort((a, b) => a.rank - b.rank || a.agent.name.localeCompare(b.agent.name));
  const node = ({ agent }: { agent: Agent }): FlatNode<Agent | undefined> => ({ row: agentRow(scene, agent), value: agent });
  const present = all.filter(({ rank }) => ORDER[rank] !== 'offline').map(node);
  const offline = all.filter(({ rank }) => ORDER[rank] === 'offline').map(node);
  if (offline.length === 0) return present;
  const label = l10n.t('Offline');
  const row = {
    id: 'agents/offline',
    label,
    description: String(offline.length),
    icon: '',
    contextValue: 'agents.offline',
    spoken: l10n.t('{0} agents offline', offline.length),
  };
  return [...present, { row, value: undefined, children: offline }];
}
