import * as l10n from '@vscode/l10n';
import { useRef } from 'preact/hooks';
import { taskName } from '../../server/domain/task';
import { useSize } from '../kit/useSize';
import type { VsCodeApi } from '../kit/vscodeApi';
import { AcceptAllDialog, KeysDialog } from './dialogs';
import type { EvidenceStore } from './evidenceStore';
import { FilesView } from './filesView';
import { Header } from './header';
import { MessageLine } from './messageLine';
import { MetricsView } from './metricsView';
import { PicturesView } from './picturesView';
import { ProofLine } from './proofLineView';
import { EmptyView, ErrorView, LoadingView, StaleBanner } from './states';
import { useKeys } from './useKeys';
import { usePanel } from './usePanel';
import { useVerdicts } from './useVerdicts';
import { VerdictBar } from './verdictBar';

const TITLES = { pictures: l10n.t('Pictures'), metrics: l10n.t('Metrics'), files: l10n.t('Files') } as const;

/** The Evidence panel of one task. */
export function EvidenceApp({ api, store }: { api: VsCodeApi; store: EvidenceStore }) {
  const [root, size] = useSize<HTMLElement>();
  const stage = useRef<HTMLDivElement>(null);
  const note = useRef<HTMLTextAreaElement>(null);
  const panel = usePanel(api, store, size?.width ?? 0);
  const verdicts = useVerdicts(panel, () => stage.current?.focus({ preventScroll: true }));
  useKeys(panel, verdicts, { stage, note });
  const { model, state, evidence, dialog } = panel;
  if (!model)
    return <main ref={root}>{evidence.error === undefined ? <LoadingView /> : <ErrorView panel={panel} error={evidence.error} />}</main>;
  const isFilled = state.filled && state.tab === 'pictures' && model.picture !== undefined;
  return (
    <main ref={root} class={`panel${panel.isNarrow ? ' narrow' : ''}${isFilled ? ' filled' : ''}`}>
      {isFilled ? <h1 class="heard">{taskName(model.proof.task)}</h1> : <Header panel={panel} verdicts={verdicts} />}
      {isFilled ? null : <ProofLine panel={panel} />}
      <StaleBanner panel={panel} />
      <section id="shown" class="shown" role="tabpanel" aria-label={TITLES[state.tab]}>
        {model.proof.pieces.length === 0 ? (
          <EmptyView panel={panel} model={model} />
        ) : state.tab === 'pictures' ? (
          <PicturesView panel={panel} model={model} stage={stage} verdicts={verdicts} />
        ) : state.tab === 'metrics' ? (
          <MetricsView panel={panel} model={model} />
        ) : (
          <FilesView panel={panel} model={model} />
        )}
        <MessageLine panel={panel} onUndo={() => verdicts.undo()} />
      </section>
      <VerdictBar panel={panel} model={model} verdicts={verdicts} note={note} focusStage={() => stage.current?.focus()} />
      {dialog === 'keys' ? <KeysDialog onClose={() => panel.openDialog(undefined)} /> : null}
      {dialog === 'acceptAll' ? (
        <AcceptAllDialog pictures={model.pictures} onAccept={verdicts.acceptAll} onClose={() => panel.openDialog(undefined)} />
      ) : null}
    </main>
  );
}
