import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { agentStatus } from '../../server/domain/agentStatus';
import type { Agent, AgentStatus } from '../../server/domain/agent';
import { agentRow } from '../../server/domain/rows/agentRow';
import { counted } from '../../server/domain/format';
import { IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { moveBetweenButtons } from '../kit/moveFocus';
import { openContextMenu } from '../kit/openContextMenu';
import { toneOf } from './card';
import type { Dashboard } from './useDashboard';

const ORDER: Readonly<Record<AgentStatus, number>> = { error: 0, busy: 1, starting: 2, stopping: 2, idle: 3, offline: 4 };

/** Every agent with its state in colour and words, and what it works on. */
export function Agents({ dashboard }: { dashboard: Dashboard }) {
  const { scene, state, update, run } = dashboard;
  const [current, setCurrent] = useState('');
  if (!scene) return null;
  const { board, live } = scene;
  const statusOf = (agent: Agent): AgentStatus => agentStatus(board, live, agent);
  const agents = [...board.agents.values()].sort((a, b) => ORDER[statusOf(a)] - ORDER[statusOf(b)] || a.name.localeCompare(b.name));
  const entry = agents.find(({ id }) => id === current) ?? agents[0];
  return (
    <section class="agents" aria-label={l10n.t('Agents')}>
      <header class="part-head">
        <h2>{l10n.t('Agents {0}', agents.length)}</h2>
        <IconButton icon="add" label={l10n.t('Add Agent')} onClick={() => run('tasktower.addAgent')} />
      </header>
      {agents.length === 0 ? (
        <p class="quiet empty-line">{l10n.t('No agent is connected. Add one, or copy the connect command from its menu.')}</p>
      ) : null}
      <ul class="agent-list" onKeyDown={(event) => moveBetweenButtons(event, '.agent-main')}>
        {agents.map((agent) => (
          <AgentTile
            key={agent.id}
            dashboard={dashboard}
            agent={agent}
            status={statusOf(agent)}
            isOpen={state.agent === agent.id}
            isCurrent={agent.id === entry?.id}
            onFocus={() => setCurrent(agent.id)}
            onOpen={() => update({ agent: state.agent === agent.id ? '' : agent.id })}
          />
        ))}
      </ul>
    </section>
  );
}

interface TileProps {
  dashboard: Dashboard;
  agent: Agent;
  status: AgentStatus;
  isOpen: boolean;
  /** The one that Tab comes to. */
  isCurrent: boolean;
  onFocus: () => void;
  onOpen: () => void;
}

function AgentTile({ dashboard, agent, status, isOpen, isCurrent, onFocus, onOpen }: TileProps) {
  const { scene, store, whyNot } = dashboard;
  if (!scene) return null;
  const { icon, color, description, contextValue } = agentRow(scene, agent);
  const runs = status === 'idle' || status === 'busy' || status === 'starting';
  const command = runs ? 'tasktower.stopAgent' : 'tasktower.startAgent';
  const context = { webviewSection: 'agent', viewItem: contextValue, id: agent.id, preventDefaultContextMenuItems: true };
  return (
    <li class="agent" data-vscode-context={JSON.stringify(context)}>
      <button
        type="button"
        class="agent-main"
        tabIndex={isCurrent ? 0 : -1}
        aria-expanded={isOpen}
        title={`${agent.name}: ${description}`}
        onFocus={onFocus}
        onClick={onOpen}
      >
        <Icon name={icon.replace('~', ' codicon-modifier-')} tone={toneOf(color)} />
        <span class="agent-name line">{agent.name}</span>
        <span class="quiet line">{description}</span>
      </button>
      {agent.managed ? (
        <IconButton
          icon={runs ? 'debug-stop' : 'play'}
          label={runs ? l10n.t('Stop {0}', agent.name) : l10n.t('Start {0}', agent.name)}
          tabbable={isCurrent}
          disabled={whyNot(command)}
          onClick={() => store.run({ command, agentId: agent.id })}
        />
      ) : null}
      <IconButton
        icon="ellipsis"
        label={l10n.t('More actions for {0}, {1} at once', agent.name, counted(agent.capacity, l10n.t('{0} task'), l10n.t('{0} tasks')))}
        popup="menu"
        tabbable={isCurrent}
        onClick={openContextMenu}
      />
    </li>
  );
}
