import { calmLine, needsYou, type Ask } from '../../server/domain/needsYou';
import { askRow } from '../../server/domain/rows/askRow';
import { lastAttempt } from '../../server/domain/task';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { toneOf } from './card';
import type { Dashboard } from './useDashboard';

/** What needs the person, first and always in sight; or one calm line. */
export function Strip({ dashboard }: { dashboard: Dashboard }) {
  const { scene } = dashboard;
  if (!scene) return null;
  const asks = needsYou(scene.board, scene.live);
  if (asks.length === 0) return <p class="strip calm quiet">{calmLine(scene.board)}</p>;
  return (
    <section class="strip" aria-label="Needs you">
      <Icon name="bell-dot" tone="ask" />
      <span class="strip-count">
        {asks.length} {asks.length === 1 ? 'needs' : 'need'} you
      </span>
      <ul class="asks">
        {asks.slice(0, SHOWN).map((ask) => (
          <AskChip key={keyOf(ask)} dashboard={dashboard} ask={ask} />
        ))}
      </ul>
      {asks.length > 1 ? (
        <Button kind="link" disabled={dashboard.frozen} onClick={() => dashboard.run('tasktower.nextNeedsMe')}>
          {asks.length > SHOWN ? `+${asks.length - SHOWN} more` : 'Next'}
        </Button>
      ) : null}
    </section>
  );
}

const SHOWN = 4;

function AskChip({ dashboard, ask }: { dashboard: Dashboard; ask: Ask }) {
  const { scene, run, store } = dashboard;
  if (!scene) return null;
  const { label, description, icon, color } = askRow(scene, ask);
  const { text, command } = actionOf(ask);
  const act = (): void => (ask.kind === 'agent' ? store.run({ command, agentId: ask.agent.id }) : run(command, [ask.task.id]));
  return (
    <li class="ask" title={`${label}: ${description}`}>
      <Icon name={icon} tone={toneOf(color)} />
      <span class="line">
        {label} <span class="quiet">{description}</span>
      </span>
      <Button label={`${text} ${label}`} disabled={dashboard.frozen} onClick={act}>
        {text}
      </Button>
    </li>
  );
}

function actionOf(ask: Ask): { text: string; command: string } {
  switch (ask.kind) {
    case 'question':
      return { text: 'Answer…', command: 'tasktower.answerTask' };
    case 'review':
      return {
        text: 'Review',
        command: (lastAttempt(ask.task)?.evidence.length ?? 0) > 0 ? 'tasktower.openEvidence' : 'tasktower.showDetails',
      };
    case 'pictures':
      return { text: 'Look', command: 'tasktower.openEvidence' };
    case 'failed':
      return { text: 'Show Logs', command: 'tasktower.openLogs' };
    case 'stuck':
      return { text: 'Show', command: 'tasktower.showDetails' };
    case 'agent':
      return { text: 'Show Output', command: 'tasktower.showAgentOutput' };
  }
}

function keyOf(ask: Ask): string {
  return ask.kind === 'agent' ? ask.agent.id : `${ask.kind}/${ask.task.id}`;
}
