import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { actionOf, ONCE, type Action } from './keyMap';
import { stepArea } from './areas';
import { actualSize, panBy, zoomAt, ZOOM_STEP, type Point, type Size, type Zoom } from './view';
import type { Mode } from '../protocol';
import type { Panel } from './usePanel';
import type { Verdicts } from './useVerdicts';

const PAN = 60;
const WAYS: Readonly<Record<string, Point>> = { left: { x: 1, y: 0 }, right: { x: -1, y: 0 }, up: { x: 0, y: 1 }, down: { x: 0, y: -1 } };
const TEXT = 'input:not([type=range]), textarea, select';
/** They use Enter, Space and arrows themselves. */
const CONTROL = 'button, a, input, select, textarea, [role=tree], [role=slider], [role=separator]';

interface Places {
  stage: RefObject<HTMLDivElement | null>;
  note: RefObject<HTMLTextAreaElement | null>;
}

/** Makes the keys of the panel work, wherever the focus is. */
export function useKeys(panel: Panel, verdicts: Verdicts, places: Places): void {
  const latest = useRef({ panel, verdicts });
  latest.current = { panel, verdicts };
  useEffect(() => {
    const down = (event: KeyboardEvent): void => {
      const { panel, verdicts } = latest.current;
      const target = event.target instanceof Element ? event.target : document.body;
      if (event.defaultPrevented || panel.dialog !== undefined) return;
      const isText = target.matches(TEXT);
      if (isText && event.key !== 'Escape') return;
      if (target.closest(CONTROL) && /^(Enter| |Arrow.*)$/.test(event.key)) return;
      const action = actionOf(event, panel.evidence.show?.singleKeys);
      if (!action || (event.repeat && ONCE.has(action))) return;
      event.preventDefault();
      act(action, panel, verdicts, places, isText);
    };
    const up = (event: KeyboardEvent): void => void (event.key === ' ' && latest.current.panel.flip(false));
    const blur = (): void => latest.current.panel.flip(false);
    addEventListener('keydown', down);
    addEventListener('keyup', up);
    addEventListener('blur', blur);
    return () => {
      removeEventListener('keydown', down);
      removeEventListener('keyup', up);
      removeEventListener('blur', blur);
    };
  }, [places.stage, places.note]);
}

function act(action: Action, panel: Panel, verdicts: Verdicts, { stage, note }: Places, isText: boolean): void {
  const { state, update, model, select } = panel;
  const step = (by: number): void => {
    const seen = model?.seen ?? [];
    const at = seen.findIndex(({ key }) => key === model?.picture?.key);
    const next = seen[at < 0 ? 0 : Math.min(seen.length - 1, Math.max(0, at + by))];
    if (next) select(next.key);
  };
  const zoom = (change: (zoom: Zoom, canvas: Size, pane: Size) => Zoom): void => {
    const { canvas, pane } = panel.geometry.current ?? {};
    if (canvas && pane) update((before) => ({ ...before, zoom: change(before.zoom, canvas, pane) }));
  };
  const [kind, way = ''] = action.split('.');
  if (kind === 'mode') return chooseMode(panel, way as Mode);
  if (kind === 'pan' || kind === 'page') {
    const by = WAYS[way] ?? { x: 0, y: 0 };
    return zoom((before, canvas, pane) => {
      const [x, y] = kind === 'pan' ? [PAN, PAN] : [pane.width * 0.9, pane.height * 0.9];
      return panBy(before, canvas, pane, { x: by.x * x, y: by.y * y });
    });
  }
  switch (action) {
    case 'flip':
      return panel.flip(true);
    case 'accept':
      return verdicts.accept();
    case 'reject':
      // At once: the next key is the first letter of the note.
      return verdicts.ask(true) ? note.current?.focus() : undefined;
    case 'undo':
      return verdicts.undo();
    case 'nextPicture':
      return step(1);
    case 'previousPicture':
      return step(-1);
    case 'nextArea':
      return stepArea(panel, 1);
    case 'previousArea':
      return stepArea(panel, -1);
    case 'zoomIn':
      return zoom((before, canvas, pane) => zoomAt(before, canvas, pane, ZOOM_STEP));
    case 'zoomOut':
      return zoom((before, canvas, pane) => zoomAt(before, canvas, pane, 1 / ZOOM_STEP));
    case 'actualSize':
      return zoom(actualSize);
    case 'fit':
      return update({ zoom: 'fit' });
    case 'fadeIn':
      return update({ opacity: Math.min(100, state.opacity + 10) });
    case 'fadeOut':
      return update({ opacity: Math.max(0, state.opacity - 10) });
    case 'gallery':
      return update({ gallery: !state.gallery });
    case 'grid':
      return update({ grid: !state.grid, gallery: true });
    case 'boxes':
      return update({ boxes: !state.boxes });
    case 'metrics':
      return update({ tab: state.tab === 'metrics' ? 'pictures' : 'metrics' });
    case 'filter':
      update({ gallery: true, tab: 'pictures', filled: false });
      return focusFilter();
    case 'fill':
      return update({ filled: !state.filled, grid: false });
    case 'escape':
      return back(panel, verdicts, stage, isText);
    case 'help':
      return panel.openDialog('keys');
  }
}

/** Chooses how pictures are compared, here and in panels opened later. */
export function chooseMode({ update, store }: Panel, mode: Mode): void {
  update({ mode, grid: false });
  store.tell('panel/mode', { mode });
}

/** Esc takes back one thing at a time: the note, the fill, the grid, the filter, the message. */
function back({ state, update, say }: Panel, verdicts: Verdicts, stage: RefObject<HTMLElement | null>, isText: boolean): void {
  if (verdicts.isAsking || isText) {
    verdicts.ask(false);
    return stage.current?.focus();
  }
  if (state.filled) return update({ filled: false });
  if (state.grid) return update({ grid: false });
  if (state.filter !== '') return update({ filter: '' });
  say(undefined);
}

/** At once where it is, else when it has been drawn. */
function focusFilter(): void {
  const focus = (): boolean => {
    const filter = document.querySelector<HTMLElement>('#filter');
    filter?.focus();
    return filter !== null;
  };
  if (!focus()) requestAnimationFrame(focus);
}
