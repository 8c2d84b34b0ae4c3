import * as l10n from '@vscode/l10n';
import type { RefObject } from 'preact';
import { Button, IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { areasOf, areaText, stepArea } from './areas';
import type { PanelModel } from './panelModel';
import { openText, retryCommand, reviewText } from './review';
import { moment } from './stageTexts';
import type { Panel } from './usePanel';
import { isSignOff, noteKey, whyNot, type Verdicts } from './useVerdicts';
import { actorName } from '../../server/domain/words';

interface VerdictBarProps {
  panel: Panel;
  model: PanelModel;
  verdicts: Verdicts;
  note: RefObject<HTMLTextAreaElement | null>;
  focusStage: () => void;
}

/** Where a person decides, and steps through what changed. */
export function VerdictBar(props: VerdictBarProps) {
  const { panel, model, verdicts } = props;
  const { state } = panel;
  const areas = state.tab === 'pictures' && !state.grid ? areasOf(panel) : [];
  const done = model.against === 'baseline' ? reviewText(model.review) : undefined;
  const piece = state.tab === 'pictures' ? model.picture?.evidence : undefined;
  const reason = whyNot(model, state.tab);
  const isJudged = piece !== undefined && piece.verdict !== 'unreviewed' && reason === undefined;
  if (model.proof.pieces.length === 0 && !isSignOff(model, state.tab)) return null;
  return (
    <footer class="verdict-bar" aria-label={l10n.t('Verdict')}>
      {areas.length > 0 ? (
        <div class="areas">
          <IconButton icon="arrow-up" label={l10n.t('Previous Area')} shortcut="p" onClick={() => stepArea(panel, -1)} />
          <span class="area-text">{areaText(state.area, areas.length)}</span>
          <IconButton icon="arrow-down" label={l10n.t('Next Area')} shortcut="n" onClick={() => stepArea(panel, 1)} />
        </div>
      ) : null}
      {isSignOff(model, state.tab) ? (
        <Decision {...props} what={l10n.t('Note on the whole task, used in its next attempt')} accept={l10n.t('Sign Off')} />
      ) : isJudged ? (
        <Given panel={panel} model={model} verdicts={verdicts} />
      ) : reason === undefined ? (
        <Decision {...props} what={l10n.t('Note to the agent, used in its next attempt')} accept={l10n.t('Accept')} />
      ) : done === undefined || model.against !== 'baseline' ? (
        <NoVerdict panel={panel} model={model} reason={reason} />
      ) : null}
      {done === undefined ? null : <Reviewed panel={panel} model={model} verdicts={verdicts} text={done} />}
    </footer>
  );
}

function Decision({ panel, model, verdicts, note, focusStage, what, accept }: VerdictBarProps & { what: string; accept: string }) {
  const { state, update } = panel;
  const key = noteKey(model, state.tab);
  const draft = state.notes[key] ?? '';
  const isBare = verdicts.isAsking && draft.trim() === '';
  const reject = (): void => {
    if (verdicts.isAsking || draft.trim() !== '') return verdicts.reject();
    verdicts.ask(true);
    note.current?.focus();
  };
  return (
    <>
      <textarea
        ref={note}
        class="input note"
        rows={1}
        placeholder={`${what}...`}
        aria-label={what}
        title={verdicts.forbidden}
        aria-description={verdicts.forbidden}
        readOnly={verdicts.forbidden !== undefined}
        value={draft}
        onInput={(event) => update({ notes: { ...state.notes, [key]: event.currentTarget.value } })}
        onKeyDown={(event) => {
          if (event.key === 'Escape') {
            event.preventDefault();
            verdicts.ask(false);
            focusStage();
          }
          if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
          event.preventDefault();
          if (verdicts.isAsking || draft.trim() !== '') verdicts.reject();
        }}
      />
      <Button shortcut={isBare ? 'Enter' : 'r'} disabled={verdicts.blocked} onClick={reject}>
        {isBare ? l10n.t('Reject Without Note') : l10n.t('Reject')}
      </Button>
      <Button kind="primary" shortcut="a" disabled={verdicts.blocked} onClick={verdicts.accept}>
        {accept}
      </Button>
    </>
  );
}

/** The verdict there is, who gave it, when and why. */
function Given({ panel, model, verdicts }: { panel: Panel; model: PanelModel; verdicts: Verdicts }) {
  const { evidence } = model.picture ?? {};
  if (!evidence) return null;
  const isAccepted = evidence.verdict === 'accepted';
  const when = evidence.judgedAt === undefined ? '' : `, ${moment(evidence.judgedAt, Date.now())}`;
  return (
    <>
      <span class="given">
        <Icon name={isAccepted ? 'check' : 'request-changes'} tone={isAccepted ? 'good' : 'bad'} />
        <span class="given-text" title={evidence.note}>
          {verdictText(isAccepted, evidence.judgedBy)}
          {when}
          {evidence.note ? <q class="quiet">{evidence.note}</q> : null}
        </span>
      </span>
      <Button {...(panel.message?.undo ? {} : { shortcut: 'u' })} disabled={verdicts.blocked} onClick={() => verdicts.undo()}>
        {l10n.t('Undo')}
      </Button>
    </>
  );
}

function NoVerdict({ panel, model, reason }: { panel: Panel; model: PanelModel; reason: string }) {
  const [next] = model.review.open;
  const isOtherTab = panel.state.tab !== 'pictures' && next !== undefined && model.against === 'baseline';
  const show = (): void => panel.update({ tab: 'pictures', picture: next?.key ?? '', zoom: 'fit', area: -1 });
  return (
    <>
      <span class="given quiet">{isOtherTab ? openText(model.review) : reason}</span>
      {isOtherTab ? <Button onClick={show}>{l10n.t('Show Pictures')}</Button> : null}
      {model.against === 'baseline' ? null : (
        <Button onClick={() => panel.update({ against: 'baseline' })}>{l10n.t('Compare with Baseline')}</Button>
      )}
    </>
  );
}

function Reviewed({ panel, model, verdicts, text }: { panel: Panel; model: PanelModel; verdicts: Verdicts; text: string }) {
  const canRetry = retryCommand(model.proof.task, model.pictures) !== undefined;
  return (
    <div class="reviewed">
      <span>{text}</span>
      {canRetry ? (
        <Button kind="primary" disabled={verdicts.blocked} onClick={verdicts.retry}>
          {l10n.t('Retry with Notes')}
        </Button>
      ) : null}
      <Button onClick={() => panel.open('next')}>{l10n.t('Next That Needs Me')}</Button>
    </div>
  );
}

function verdictText(isAccepted: boolean, judgedBy: string | undefined): string {
  if (judgedBy === undefined) return isAccepted ? l10n.t('Accepted') : l10n.t('Rejected');
  const who = actorName({ name: judgedBy });
  return isAccepted ? l10n.t('Accepted by {0}', who) : l10n.t('Rejected by {0}', who);
}
