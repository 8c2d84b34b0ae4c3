import * as l10n from '@vscode/l10n';
import { memo } from '../kit/memo';
import { Button, IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { byKey } from '../kit/byKey';
import { openContextMenu } from '../kit/openContextMenu';
import type { Card } from './card';
import { elapsedText } from './card';
import type { Dashboard } from './useDashboard';
import { useSecond } from './useSecond';
import { word } from '../../server/domain/words';

interface Props {
  dashboard: Dashboard;
  card: Card;
  isCurrent: boolean;
  isSelected: boolean;
  /** Its place in the list and how many there are, for screen readers. */
  place: number;
  of: number;
}

const PROOF = {
  met: ['pass-filled', 'good', word('met')],
  open: ['circle-outline', 'quiet', l10n.t('open')],
  failed: ['error', 'bad', l10n.t('not met')],
} as const;

/** A task: name, state, progress or why it waits, proof, and its two buttons. */
export const CardView = memo(function CardView({ dashboard, card, isCurrent, isSelected, place, of }: Props) {
  const { run, pick, setCurrent, whyNot } = dashboard;
  const isFrozen = dashboard.frozen !== undefined;
  return (
    <div
      id={`task-${card.id}`}
      class={`card${isSelected ? ' selected' : ''}`}
      role="listitem"
      tabIndex={isCurrent ? 0 : -1}
      aria-label={isSelected ? l10n.t('{0}, selected', card.spoken) : card.spoken}
      aria-posinset={place}
      aria-setsize={of}
      data-vscode-context={JSON.stringify({
        webviewSection: 'task',
        viewItem: card.contextValue,
        taskId: card.id,
        preventDefaultContextMenuItems: true,
      })}
      onClick={(event) => pick(card.id, event)}
      onFocusIn={byKey(() => setCurrent(card.id))}
      onDblClick={() => run('tasktower.showDetails', [card.id])}
    >
      <header class="card-head">
        <Icon name={card.icon} tone={card.tone} />
        <h3 title={card.name}>{card.name}</h3>
        {card.badge ? (
          <span class="badge" title={card.badgeText}>
            {card.badge}
          </span>
        ) : null}
        <IconButton
          icon="ellipsis"
          label={l10n.t('More actions for #{0}', card.number)}
          popup="menu"
          tabbable={isCurrent}
          onClick={openContextMenu}
        />
      </header>
      <p class="quiet line">{card.meta}</p>
      {card.progress === undefined ? (
        <p class="quiet line fact" title={card.fact}>
          {card.fact}
          {card.estimate && card.status === 'pending' ? <Estimated card={card} /> : null}
        </p>
      ) : (
        <div class="card-progress">
          {card.progress === null ? (
            <span class="quiet line fact" title={card.fact}>
              {[card.progressText, card.fact].filter(Boolean).join(' · ') || word('working')}
            </span>
          ) : (
            <>
              <div
                class="bar"
                role="progressbar"
                aria-label={l10n.t('Progress')}
                aria-valuenow={Math.floor(card.progress * 100)}
                aria-valuemin={0}
                aria-valuemax={100}
                title={card.fact}
              >
                <div style={{ width: `${card.progress * 100}%` }} />
              </div>
              <span class="number">{card.progressText}</span>
            </>
          )}
          {card.runningFrom === undefined ? null : <Elapsed card={card} runningFrom={card.runningFrom} isFrozen={isFrozen} />}
        </div>
      )}
      <footer class="card-foot">
        <span class="proof line">
          {card.proof.map(({ state, name, text }) => {
            const [icon, tone, stands] = PROOF[state];
            return (
              <span key={text} title={l10n.t('Proof {0}: {1}', stands, text)}>
                <Icon name={icon} tone={tone} />
                <span class="heard">{stands}: </span>
                {name}
              </span>
            );
          })}
        </span>
        <span class="quiet number cost">{card.cost}</span>
        {card.actions.map(({ text, icon, command, isPrimary, isIcon }) =>
          isIcon ? (
            <IconButton
              key={command}
              icon={icon}
              tabbable={isCurrent}
              label={l10n.t('{0} of #{1}', text, card.number)}
              disabled={whyNot(command)}
              onClick={() => run(command, [card.id])}
            />
          ) : (
            <Button
              key={command}
              kind={isPrimary ? 'primary' : 'secondary'}
              icon={icon}
              tabbable={isCurrent}
              label={`${text} #${card.number}`}
              disabled={whyNot(command)}
              onClick={() => run(command, [card.id])}
            >
              {text}
            </Button>
          ),
        )}
      </footer>
    </div>
  );
}, sameCard);

function Elapsed({ card, runningFrom, isFrozen }: { card: Card; runningFrom: number; isFrozen: boolean }) {
  const now = useSecond(isFrozen);
  const { estimate } = card;
  return (
    <span class="quiet number elapsed" title={estimate ? usual(estimate.n) : undefined}>
      {elapsedText(runningFrom, now, estimate)}
    </span>
  );
}

function Estimated({ card }: { card: Card }) {
  const { estimate } = card;
  return estimate ? <span title={usual(estimate.n)}> · {l10n.t('usually ~{0}', elapsedText(0, estimate.medianMs, undefined))}</span> : null;
}

function usual(n: number): string {
  return l10n.t('Median of {0} like tasks (same agent, same kind).', n);
}

/** Cards are made anew with every change of the board; most of them say the same as before. */
function sameCard(a: Props, b: Props): boolean {
  return (
    a.isCurrent === b.isCurrent &&
    a.isSelected === b.isSelected &&
    a.place === b.place &&
    a.of === b.of &&
    a.dashboard.frozen === b.dashboard.frozen &&
    a.dashboard.you === b.dashboard.you &&
    JSON.stringify({ ...a.card, runningFrom: 0 }) === JSON.stringify({ ...b.card, runningFrom: 0 }) &&
    Math.abs((a.card.runningFrom ?? 0) - (b.card.runningFrom ?? 0)) < 1500
  );
}
