import * as l10n from '@vscode/l10n';
import { calmLine, needsYou, type Ask } from '../../server/domain/needsYou';
import { askRow } from '../../server/domain/rows/askRow';
import { lastAttempt } from '../../server/domain/task';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { moveBetweenButtons } from '../kit/moveFocus';
import { toneOf } from './card';
import type { Dashboard } from './useDashboard';

/** What needs the person, first and always in sight; or one calm line. */
export function Strip({ dashboard }: { dashboard: Dashboard }) {
  const { scene } = dashboard;
  if (!scene) return null;
  const asks = needsYou(scene.board, scene.live);
  if (asks.length === 0) return <p class="strip calm quiet">{calmLine(scene.board)}</p>;
  return (
    <section class="strip" aria-label={l10n.t('Needs you')} onKeyDown={moveBetweenButtons}>
      <Icon name="bell-dot" tone="ask" />
      <span class="strip-count">{asks.length === 1 ? l10n.t('{0} needs you', asks.length) : l10n.t('{0} need you', asks.length)}</span>
      <ul class="asks">
        {asks.slice(0, SHOWN[0].asks).map((ask, at) => (
          <AskChip key={keyOf(ask)} dashboard={dashboard} ask={ask} isFirst={at === 0} />
        ))}
      </ul>
      {asks.length > 1 ? (
        <Button kind="link" tabbable={false} disabled={dashboard.frozen} onClick={() => dashboard.run('tasktower.nextNeedsMe')}>
          {SHOWN.map(({ look, asks: shown }) => (
            <span key={look} class={look}>
              {asks.length > shown ? `+${asks.length - shown}` : l10n.t('Next')}
              <span class="heard"> {l10n.t('of {0} that need you', asks.length)}</span>
            </span>
          ))}
        </Button>
      ) : null}
    </section>
  );
}

/** How many asks are shown, by the room there is. */
const SHOWN = [
  { look: 'when-wide', asks: 4 },
  { look: 'when-middle', asks: 2 },
  { look: 'when-narrow', asks: 1 },
] as const;

function AskChip({ dashboard, ask, isFirst }: { dashboard: Dashboard; ask: Ask; isFirst: boolean }) {
  const { scene, run, store } = dashboard;
  if (!scene) return null;
  const { label, description, icon, color, contextValue } = askRow(scene, ask);
  const { text, command } = actionOf(ask);
  const act = (): void => (ask.kind === 'agent' ? store.run({ command, agentId: ask.agent.id }) : run(command, [ask.task.id]));
  return (
    <li
      class="ask"
      title={`${label}: ${description}`}
      data-vscode-context={JSON.stringify({
        ...(ask.kind === 'agent' ? { webviewSection: 'agent', id: ask.agent.id } : { webviewSection: 'task', taskId: ask.task.id }),
        ...{ viewItem: contextValue, preventDefaultContextMenuItems: true },
      })}
    >
      <Icon name={icon} tone={toneOf(color)} />
      <span class="line">
        {label} <span class="quiet">{description}</span>
      </span>
      <Button label={`${text} ${label}`} tabbable={isFirst} disabled={dashboard.frozen ?? dashboard.whyNot(command)} onClick={act}>
        {text}
      </Button>
    </li>
  );
}

function actionOf(ask: Ask): { text: string; command: string } {
  switch (ask.kind) {
    case 'question':
      return { text: l10n.t('Answer…'), command: 'tasktower.answerTask' };
    case 'review':
      return {
        text: l10n.t('Review'),
        command: (lastAttempt(ask.task)?.evidence.length ?? 0) > 0 ? 'tasktower.openEvidence' : 'tasktower.showDetails',
      };
    case 'pictures':
      return { text: l10n.t('Look'), command: 'tasktower.openEvidence' };
    case 'failed':
      return { text: l10n.t('Show Logs'), command: 'tasktower.openLogs' };
    case 'stuck':
      return { text: l10n.t('Show'), command: 'tasktower.showDetails' };
    case 'agent':
      return { text: l10n.t('Show Output'), command: 'tasktower.showAgentOutput' };
  }
}

function keyOf(ask: Ask): string {
  return ask.kind === 'agent' ? ask.agent.id : `${ask.kind}/${ask.task.id}`;
}
