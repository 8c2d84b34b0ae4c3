import * as l10n from '@vscode/l10n';
import { agentName, join, oneLine } from '../../server/domain/rows/row';
import { taskIcon, taskRow } from '../../server/domain/rows/taskRow';
import { ago, coarse, duration, percent } from '../../server/domain/format';
import type { TaskRow } from '../../server/domain/query';
import type { Scene } from '../../server/domain/rows/row';
import { isFinal } from '../../server/domain/task';
import { IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { byKey } from '../kit/byKey';
import { openContextMenu } from '../kit/openContextMenu';
import { actionsOf, BADGES, finishedActions, statusText, toneOf } from './card';
import type { Dashboard } from './useDashboard';
import { word } from '../../server/domain/words';

interface Props {
  dashboard: Dashboard;
  row: TaskRow;
  isCurrent: boolean;
  isSelected: boolean;
  place: number;
  of: number;
}

/** A task on one line: in the table, and among what is finished. */
export function LineView({ dashboard, row, isCurrent, isSelected, place, of }: Props) {
  const { scene, run, pick, setCurrent, store, whyNot } = dashboard;
  if (!scene) return null;
  const task = store.task(row.id);
  const { icon, color } = task ? taskIcon(task) : finishedIcon(row);
  const contextValue = task ? taskRow(scene, task).contextValue : contextOf(row);
  const agent = agentName(scene.board, row.agent ?? undefined);
  // The agent has a column of its own.
  const fact = task ? withoutEnd(taskRow(scene, task).description, agent) : factOf(scene, row);
  const badge = BADGES[row.priority];
  const name = `#${row.number} ${row.title}`;
  return (
    <div
      id={`task-${row.id}`}
      class={`task-line${isSelected ? ' selected' : ''}`}
      role="listitem"
      tabIndex={isCurrent ? 0 : -1}
      aria-label={join(name, statusText(row.status), agent, fact, isSelected ? l10n.t('selected') : '')}
      aria-posinset={place}
      aria-setsize={of}
      title={join(name, fact)}
      data-vscode-context={JSON.stringify({
        webviewSection: 'task',
        viewItem: contextValue,
        taskId: row.id,
        preventDefaultContextMenuItems: true,
      })}
      onClick={(event) => pick(row.id, event)}
      onFocusIn={byKey(() => setCurrent(row.id))}
      onDblClick={() => run('tasktower.showDetails', [row.id])}
    >
      <Icon name={icon.replace('~', ' codicon-modifier-')} tone={toneOf(color)} />
      <span class="line line-name">
        {name}
        {badge && !(task ? isFinal(task.status) : true) ? (
          <span class="badge" title={l10n.t('{0} priority', word(row.priority))}>
            {badge}
          </span>
        ) : null}
      </span>
      <span class="line quiet line-fact">{fact}</span>
      <span class="line quiet line-agent">{agent}</span>
      <span class="line-actions">
        {(task ? actionsOf(task) : finishedActions(row)).map(({ text, icon, command }) => (
          <IconButton
            key={command}
            icon={icon}
            label={l10n.t('{0} of #{1}', text, row.number)}
            tabbable={isCurrent}
            disabled={whyNot(command)}
            onClick={() => run(command, [row.id])}
          />
        ))}
        <IconButton
          icon="ellipsis"
          label={l10n.t('More actions for #{0}', row.number)}
          popup="menu"
          tabbable={isCurrent}
          onClick={openContextMenu}
        />
      </span>
    </div>
  );
}

function withoutEnd(text: string, end: string): string {
  return end !== '' && text.endsWith(` · ${end}`) ? text.slice(0, -end.length - 3) : text;
}

/** For the editor's menu of a task that has left the board; what the tree's rows have. */
function contextOf({ status, attempts, evidence }: TaskRow): string {
  return `task.${status}${attempts > 0 ? ';logs' : ''}${evidence ? ';evidence' : ''}`;
}

function finishedIcon({ status }: TaskRow): { icon: string; color?: string } {
  if (status === 'failed') return { icon: 'error', color: 'charts.red' };
  return status === 'completed' ? { icon: 'pass', color: 'charts.green' } : { icon: 'circle-slash', color: 'disabledForeground' };
}

function factOf({ now }: Scene, { status, startedAt, completedAt, error, progress }: TaskRow): string {
  const took = startedAt !== null && completedAt !== null ? duration(completedAt - startedAt) : '';
  if (status === 'failed') return join(oneLine(error?.message ?? word('failed'), 120), completedAt === null ? '' : ago(completedAt, now));
  if (completedAt !== null) return join(took, ago(completedAt, now));
  return join(progress === null ? '' : percent(progress), startedAt === null ? '' : coarse(now - startedAt));
}
