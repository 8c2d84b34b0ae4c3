import * as l10n from '@vscode/l10n';
import { evidenceLabel } from '../../server/domain/evidence';
import { taskName } from '../../server/domain/task';
import { Button, IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { Menu, type MenuItem } from '../kit/menu';
import { Select } from '../kit/select';
import { Tabs } from '../kit/tabs';
import { metricRows } from './metricRows';
import { attemptSummary, type PanelModel } from './panelModel';
import { acceptAll, acceptAllLabel } from './review';
import { moment } from './stageTexts';
import { STATUS } from './statusText';
import type { Panel } from './usePanel';
import type { Verdicts } from './useVerdicts';

/** Task, status, what there is, and which attempt is compared with what. */
export function Header({ panel, verdicts }: { panel: Panel; verdicts: Verdicts }) {
  const { model, state, update, store } = panel;
  if (!model) return null;
  const { proof, attempt, pictures, files } = model;
  const { text, icon, tone } = STATUS[proof.task.status];
  const isProved = proof.task.status !== 'completed' || proof.task.requires.length > 0;
  return (
    <header class="header">
      <div class="task">
        <h1 title={taskName(proof.task)}>{taskName(proof.task)}</h1>
        <span class="meta">
          <Icon name={isProved ? icon : 'pass'} tone={tone} /> {text}
          {attempt ? ` · ${store.agentName(attempt.agentId)}` : ''}
        </span>
      </div>
      <Tabs
        label={l10n.t('Evidence')}
        controls="shown"
        current={state.tab}
        onChange={(tab) => {
          panel.say(undefined);
          update({ tab, filled: false });
        }}
        tabs={[
          { key: 'pictures', text: l10n.t('Pictures'), count: pictures.filter(({ evidence }) => evidence).length },
          { key: 'metrics', text: l10n.t('Metrics'), count: metricRows(proof, model.reports).filter(({ isMain }) => isMain).length },
          { key: 'files', text: l10n.t('Files'), count: files.length },
        ]}
      />
      <Selectors panel={panel} model={model} />
      <div class="tools">
        <IconButton
          icon="file-zip"
          label={l10n.t('Save Bundle')}
          disabled={store.whyNot('tasktower.downloadEvidence')}
          onClick={() => panel.open('bundle')}
        />
        <Menu label={l10n.t('More actions')} items={menuItems(panel, model, verdicts)} />
      </div>
    </header>
  );
}

function Selectors({ panel, model }: { panel: Panel; model: PanelModel }) {
  const { state, update } = panel;
  const { proof, attempts, attempt, against } = model;
  if (!attempt) return null;
  const now = Date.now();
  const newer = attempts.at(-1);
  const option = ({ n, startedAt }: { n: number; startedAt: number }) => ({
    key: String(n),
    text: l10n.t('Attempt {0} · {1} · {2}', n, moment(startedAt, now), attemptSummary(proof, n)),
  });
  const show = (change: { attempt?: number; against?: number | 'baseline' }): void =>
    update({ ...change, picture: samePicture(panel, change), zoom: 'fit', area: -1 });
  return (
    <div class="selectors">
      {newer && newer.n > attempt.n && proof.pieces.some((piece) => piece.attempt === newer.n) ? (
        <Button kind="link" onClick={() => show({ attempt: newer.n })}>
          {l10n.t('Show Attempt {0}', newer.n)}
        </Button>
      ) : null}
      <Select
        label={l10n.t('Attempt')}
        current={String(attempt.n)}
        options={attempts.map(option)}
        onChange={(key) => show({ attempt: Number(key), ...(Number(key) === against ? { against: 'baseline' } : {}) })}
      />
      <span class="quiet">{l10n.t('against')}</span>
      <Select
        label={l10n.t('Compared with')}
        current={String(against)}
        options={[{ key: 'baseline', text: l10n.t('Baseline') }, ...attempts.filter(({ n }) => n !== attempt.n).map(option)]}
        onChange={(key) => show({ against: key === 'baseline' ? key : Number(key) })}
      />
      <IconButton
        icon="arrow-swap"
        label={l10n.t('Swap Sides')}
        pressed={state.swapped}
        onClick={() => update({ swapped: !state.swapped })}
      />
    </div>
  );
}

/** The picture of the same name in another attempt stays on the stage. */
function samePicture({ model }: Panel, { attempt }: { attempt?: number }): string {
  if (!model?.picture) return '';
  if (attempt === undefined) return model.picture.key;
  const { label } = model.picture;
  const pieces = model.proof.pieces.filter((piece) => piece.attempt === attempt && piece.evidence.kind === 'screenshot');
  return pieces.find(({ evidence }) => evidenceLabel(evidence) === label)?.evidence.id ?? '';
}

function menuItems(panel: Panel, { pictures, against }: PanelModel, { blocked, forbidden }: Verdicts): MenuItem[] {
  const count = acceptAll(pictures).evidenceIds.length;
  const noProof = panel.store.whyNot('tasktower.downloadEvidence');
  const why =
    forbidden ??
    (against !== 'baseline'
      ? l10n.t('A verdict is given against the baseline.')
      : count === 0
        ? l10n.t('No changed or new picture waits for a verdict.')
        : blocked);
  return [
    { icon: 'check-all', text: acceptAllLabel(count), disabled: why, onClick: () => panel.openDialog('acceptAll') },
    { icon: 'file-zip', text: l10n.t('Save Bundle...'), disabled: noProof, onClick: () => panel.open('bundle') },
    { icon: 'output', text: l10n.t('Show Logs'), onClick: () => panel.open('logs') },
    { icon: 'list-flat', text: l10n.t('Show Details'), onClick: () => panel.open('details') },
    { icon: 'arrow-right', text: l10n.t('Next That Needs Me'), onClick: () => panel.open('next') },
    { icon: 'keyboard', text: l10n.t('Keyboard Shortcuts (?)'), onClick: () => panel.openDialog('keys') },
  ];
}
