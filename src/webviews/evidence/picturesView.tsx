import * as l10n from '@vscode/l10n';
import type { RefObject } from 'preact';
import { Button } from '../kit/button';
import { Gallery } from './gallery';
import type { PanelModel } from './panelModel';
import { Sash } from './sash';
import { Stage } from './stage';
import type { Panel } from './usePanel';
import type { Verdicts } from './useVerdicts';

interface PicturesProps {
  panel: Panel;
  model: PanelModel;
  stage: RefObject<HTMLDivElement | null>;
  verdicts: Verdicts;
}

/** Gallery and stage, or the gallery alone as a grid. */
export function PicturesView({ panel, model, stage, verdicts }: PicturesProps) {
  const { state, update, isNarrow } = panel;
  if (model.pictures.length === 0) return <NoPictures panel={panel} model={model} />;
  const isGrid = state.grid && !state.filled;
  const hasGallery = (state.gallery && !state.filled) || isGrid;
  return (
    <div class={`pictures${isGrid ? ' as-grid' : ''}`}>
      {hasGallery ? <Gallery panel={panel} model={model} /> : null}
      {hasGallery && !isGrid && !isNarrow ? (
        <Sash width={state.galleryWidth} onChange={(galleryWidth) => update({ galleryWidth })} />
      ) : null}
      {isGrid || !model.picture ? null : <Stage panel={panel} model={model} picture={model.picture} stage={stage} verdicts={verdicts} />}
    </div>
  );
}

function NoPictures({ panel, model }: { panel: Panel; model: PanelModel }) {
  return (
    <div class="empty">
      <p>{l10n.t('Attempt {0} handed in no pictures.', model.attempt?.n ?? 1)}</p>
      {model.files.length > 0 ? <Button onClick={() => panel.update({ tab: 'files' })}>{l10n.t('Show Files')}</Button> : null}
      <Button onClick={() => panel.open('logs')}>{l10n.t('Show Logs')}</Button>
    </div>
  );
}
