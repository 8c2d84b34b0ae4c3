import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useKept } from '../kit/useKept';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { OpenElsewhere } from '../protocol';
import type { Evidence, EvidenceStore } from './evidenceStore';
import { modelOf, placeOf, type PanelModel } from './panelModel';
import { restoredState, stateFor, type PanelState } from './panelState';
import type { Size } from './view';

/** A line about what was just done; `undo`: it can be taken back. */
export interface Message {
  icon: 'check' | 'discard' | 'error' | 'info' | 'request-changes';
  text: string;
  undo?: boolean;
}
export type Dialog = 'keys' | 'acceptAll';

/** What every part of the panel works with. */
export interface Panel {
  store: EvidenceStore;
  evidence: Evidence;
  state: PanelState;
  update: (change: Partial<PanelState> | ((state: PanelState) => PanelState)) => void;
  /** Undefined until the proof is there. */
  model: PanelModel | undefined;
  message: Message | undefined;
  say: (message: Message | undefined) => void;
  dialog: Dialog | undefined;
  openDialog: (dialog: Dialog | undefined) => void;
  /** Opens something of this task elsewhere in the editor. */
  open: (what: OpenElsewhere['what'], rest?: Partial<OpenElsewhere>) => void;
  /** Puts a picture on the stage. */
  select: (key: string) => void;
  /** What the stage has measured, for keys that zoom and pan. */
  geometry: { current: { canvas: Size; pane: Size } | undefined };
  /** The panel is too narrow for a gallery at its side. */
  isNarrow: boolean;
  /** The other picture is shown while a key is held. */
  isFlipped: boolean;
  flip: (isFlipped: boolean) => void;
}

/** Below this width, CSS pixels, the gallery is a strip above the stage. */
const NARROW = 720;

export function usePanel(api: VsCodeApi, store: EvidenceStore, width: number): Panel {
  const [state, update] = useKept<PanelState>(api, restoredState);
  const [evidence, setEvidence] = useState(store.current);
  const [message, say] = useState<Message>();
  const [dialog, openDialog] = useState<Dialog>();
  const [isFlipped, flip] = useState(false);
  const geometry = useRef<{ canvas: Size; pane: Size } | undefined>(undefined);
  const wanted = useRef<string | undefined>(undefined);
  const restored = useRef(state.asked);
  const isNarrow = width > 0 && width < NARROW;
  const stageWidth = isNarrow || !state.gallery ? width : width - state.galleryWidth;

  useEffect(() => {
    let isFirst = true;
    const apply = ({ taskId, evidenceId, attempt, mode }: NonNullable<Evidence['show']>): void => {
      const asked = JSON.stringify([taskId, attempt, evidenceId]);
      // The first one after a reload keeps the place; a later one is asked for by the person.
      const isRestored = isFirst && asked === restored.current;
      isFirst = false;
      if (!isRestored) wanted.current = evidenceId;
      say(undefined);
      update((before) => {
        const next = { ...stateFor({ ...before, ...(before.mode || !mode ? {} : { mode }) }, taskId), asked };
        return isRestored ? next : { ...next, attempt: attempt ?? 0, picture: '', area: -1, zoom: 'fit' };
      });
    };
    const subscriptions = [store.onDidChange(setEvidence), store.onDidShow(apply)];
    setEvidence(store.current);
    if (store.current.show) apply(store.current.show);
    return () => subscriptions.forEach((subscription) => subscription.dispose());
  }, [store, update]);

  const { proof } = evidence;
  const hasProof = proof !== undefined && proof.task.id === evidence.show?.taskId;
  const model = useMemo(() => (hasProof ? modelOf(proof, state, stageWidth) : undefined), [hasProof, proof, state, stageWidth]);

  useEffect(() => {
    const evidenceId = wanted.current;
    if (!proof || !hasProof || evidenceId === undefined) return;
    wanted.current = undefined;
    update(placeOf(proof, evidenceId));
  }, [hasProof, proof, update]);

  // What is on the stage stays there when something new comes in.
  const [attempt, picture] = [model?.attempt?.n, model?.picture?.key];
  useEffect(() => {
    if (attempt !== undefined && picture !== undefined && (state.attempt !== attempt || state.picture !== picture))
      update({ attempt, picture });
  }, [attempt, picture, state.attempt, state.picture, update]);

  const taskId = evidence.show?.taskId ?? '';
  const open = useCallback(
    (what: OpenElsewhere['what'], rest: Partial<OpenElsewhere> = {}) =>
      store.tell('panel/open', { what, taskId, ...(attempt === undefined ? {} : { attempt }), ...rest }),
    [store, taskId, attempt],
  );
  const select = useCallback(
    (key: string) => {
      say(undefined);
      update({ picture: key, zoom: 'fit', area: -1 });
    },
    [update],
  );
  return { store, evidence, state, update, model, message, say, dialog, openDialog, open, select, geometry, isNarrow, isFlipped, flip };
}
