import * as l10n from '@vscode/l10n';
import { IconButton } from '../kit/button';
import { RadioGroup } from '../kit/radioGroup';
import { areasOf } from './areas';
import { MODES } from './keyMap';
import type { StageProps } from './stage';
import { stateText } from './stageTexts';
import { chooseMode } from './useKeys';
import { actualSize, zoomAt, ZOOM_STEP, zoomText } from './view';

const TITLES = {
  side: l10n.t('Side'),
  slider: l10n.t('Slider'),
  onion: l10n.t('Onion'),
  blink: l10n.t('Blink'),
  diff: l10n.t('Diff'),
} as const;

/** What is on the stage, how it is compared, and how large it is. */
export function StageToolbar({ panel, model, picture, scale }: StageProps & { scale: number }) {
  const { state, update, geometry } = panel;
  const { modes, mode, against } = model;
  const zoom = (factor: number): void => {
    const { canvas, pane } = geometry.current ?? {};
    if (canvas && pane)
      update((before) => ({
        ...before,
        zoom: factor === 0 ? actualSize(before.zoom, canvas, pane) : zoomAt(before.zoom, canvas, pane, factor),
      }));
  };
  const hasBoxes = areasOf(panel).length > 0 || (picture.comparison?.ignore.length ?? 0) > 0;
  return (
    <div class="stage-toolbar" role="toolbar" aria-label={l10n.t('Stage')}>
      <h2 title={picture.label}>{picture.label}</h2>
      <span class="state">{stateText(picture, against)}</span>
      {modes.length > 1 ? (
        <RadioGroup
          label={l10n.t('Compare as')}
          current={mode}
          options={modes.map((key) => ({ key, text: TITLES[key], shortcut: String(MODES.indexOf(key) + 1) }))}
          onChange={(key) => chooseMode(panel, key)}
        />
      ) : null}
      {mode === 'onion' && modes.length > 1 ? (
        <label class="opacity">
          <span>{l10n.t('Attempt {0}%', state.opacity)}</span>
          <input
            type="range"
            min={0}
            max={100}
            step={10}
            value={state.opacity}
            aria-label={l10n.t('How much of the attempt shows, percent')}
            onInput={(event) => update({ opacity: Number(event.currentTarget.value) })}
          />
        </label>
      ) : null}
      {mode === 'diff' ? (
        <span class="legend">
          <span class="swatch" aria-hidden="true" />
          {l10n.t('changed pixels')}
        </span>
      ) : null}
      <span class="zoom" hidden={picture.group === 'failed' && !state.filled}>
        <IconButton icon="zoom-out" label={l10n.t('Zoom Out')} shortcut="-" onClick={() => zoom(1 / ZOOM_STEP)} />
        <button
          type="button"
          class="zoom-text"
          title={l10n.t('Zoom to 100% (0)')}
          aria-label={l10n.t('Zoom {0}, set to 100%', zoomText(scale))}
          onClick={() => zoom(0)}
        >
          {zoomText(scale)}
        </button>
        <IconButton icon="zoom-in" label={l10n.t('Zoom In')} shortcut="+" onClick={() => zoom(ZOOM_STEP)} />
        <IconButton
          icon="screen-full"
          label={l10n.t('Fit')}
          shortcut="f"
          pressed={state.zoom === 'fit'}
          onClick={() => update({ zoom: 'fit' })}
        />
        {hasBoxes ? (
          <IconButton
            icon="inspect"
            label={l10n.t('Boxes of Changed Areas')}
            shortcut="d"
            pressed={state.boxes}
            onClick={() => update({ boxes: !state.boxes })}
          />
        ) : null}
        {state.filled ? (
          <IconButton icon="screen-normal" label={l10n.t('Back')} shortcut="Escape" onClick={() => update({ filled: false })} />
        ) : null}
      </span>
    </div>
  );
}
