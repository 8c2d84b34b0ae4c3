import * as l10n from '@vscode/l10n';
import type { RefObject } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import type { PanelModel } from './panelModel';
import type { Picture } from './picture';
import { StageBody } from './stageBody';
import { noticesOf, type Notice } from './stageTexts';
import { StageToolbar } from './stageToolbar';
import type { Panel } from './usePanel';
import type { Verdicts } from './useVerdicts';

export interface StageProps {
  panel: Panel;
  model: PanelModel;
  picture: Picture;
}

/** The picture that is looked at, beside what it is compared with. */
export function Stage({
  panel,
  model,
  picture,
  stage,
  verdicts,
}: StageProps & { stage: RefObject<HTMLDivElement | null>; verdicts: Verdicts }) {
  const [scale, setScale] = useState(1);
  const canSet = picture.evidence?.verdict === 'unreviewed';
  const notices = noticesOf(picture, model.attempt?.n ?? 0, model.against, canSet);
  const act = (action: Notice['action']): void => {
    if (action === 'accept') verdicts.accept();
    else if (action === 'file') panel.open('file', picture.evidence ? { evidenceId: picture.evidence.id } : {});
    else panel.update({ against: 'baseline' });
  };
  return (
    <section class="stage" aria-label={l10n.t('Stage')}>
      <StageToolbar panel={panel} model={model} picture={picture} scale={scale} />
      {notices.map(({ icon, text, action }) => (
        <div key={text} class="notice">
          <Icon name={icon} tone={TONES[icon]} />
          <span>{text}</span>
          {action ? (
            <Button disabled={action === 'accept' ? verdicts.blocked : undefined} onClick={() => act(action)}>
              {LABELS[action]}
            </Button>
          ) : null}
        </div>
      ))}
      <StageBody panel={panel} model={model} picture={picture} stage={stage} onScale={setScale} />
    </section>
  );
}

const TONES: Readonly<Record<Notice['icon'], string>> = { pass: 'good', info: 'quiet', warning: 'ask', error: 'bad' };
const LABELS = { accept: l10n.t('Set as Baseline'), file: l10n.t('Show File'), baseline: l10n.t('Compare with Baseline') } as const;
