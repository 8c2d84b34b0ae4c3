import * as l10n from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { Button } from '../kit/button';
import { Boxes } from './boxes';
import type { ComparedProps } from './compared';
import type { Side } from './picture';
import { sideText, sizeText } from './stageTexts';
import { PIXEL_SCALE, type Size } from './view';

/** A picture in a pane. */
export interface Shot {
  side: Side;
  /** 0..1. */
  opacity?: number;
  /** Grey and faint, under a diff. */
  isFaint?: boolean;
  /** Only what is left of this, CSS pixels in the pane. */
  until?: number;
}

interface PaneProps extends ComparedProps {
  captions: readonly Side[];
  shots: readonly Shot[];
  /** The bytes of the diff picture on top. */
  diff?: string;
  /** The caption stands out: it says which of two is seen now. */
  isNamed?: boolean;
  children?: ComponentChildren;
}

/** Pictures on top of each other at one place and scale, under a line that says where they come from. */
export function Pane({ captions, shots, diff, isNamed, children, ...props }: PaneProps) {
  const { pane, view, canvas, sizes, panel, onSize, picture } = props;
  const [failed, setFailed] = useState<Readonly<Record<string, number>>>({});
  const { show, answers = 0 } = panel.evidence;
  const now = Date.now();
  const address = (sha256: string): string => `${show?.evidenceBase ?? ''}/${sha256.slice(0, 2)}/${sha256}`;
  const scale = view?.scale ?? 1;
  const missing = shots.some(({ side }) => failed[side.sha256] === answers);
  const box = (size: Size | undefined) =>
    size && view ? { width: `${size.width * scale}px`, height: `${size.height * scale}px` } : { visibility: 'hidden' as const };
  return (
    <figure class={`pane${isNamed ? ' named' : ''}`}>
      <figcaption>
        {captions.map((side) => (
          <span key={side.sha256 + side.source}>
            {sideText(side, now)}
            {sizes[side.sha256] ? <span class="size"> {sizeText(sizes[side.sha256] ?? { width: 0, height: 0 })}</span> : null}
          </span>
        ))}
      </figcaption>
      <div ref={pane} class={`pane-view${scale >= PIXEL_SCALE ? ' pixelated' : ''}`}>
        <div class="layer" style={view ? { transform: `translate(${view.left}px, ${view.top}px)` } : {}}>
          {shots.map(({ side, opacity, isFaint, until }) => (
            <img
              // One that was not there is loaded again after the next answer.
              key={`${side.sha256}${side.source}${failed[side.sha256] === undefined ? '' : answers}`}
              class={isFaint ? 'shot faint' : 'shot'}
              src={address(side.sha256)}
              alt=""
              draggable={false}
              style={{
                ...box(sizes[side.sha256]),
                ...(opacity === undefined ? {} : { opacity: String(opacity) }),
                ...(until === undefined || !view
                  ? {}
                  : { clipPath: `inset(0 ${Math.max(0, (sizes[side.sha256]?.width ?? 0) * scale - (until - view.left))}px 0 0)` }),
              }}
              onLoad={({ currentTarget: { naturalWidth: width, naturalHeight: height } }) => onSize(side.sha256, { width, height })}
              onError={() => setFailed((before) => ({ ...before, [side.sha256]: answers }))}
            />
          ))}
          {diff ? <img class="shot" src={address(diff)} alt="" draggable={false} style={box(canvas)} /> : null}
          {view ? <Boxes panel={panel} picture={picture} scale={scale} /> : null}
        </div>
        {missing ? <NoPreview isBroken={picture.group === 'failed'} onOpen={() => panel.open('details')} /> : null}
        {children}
      </div>
    </figure>
  );
}

/** In place of a picture that the page cannot draw. What is broken is said above the stage already. */
function NoPreview({ isBroken, onOpen }: { isBroken: boolean; onOpen: () => void }) {
  return (
    <div class="no-preview">
      <p>{isBroken ? l10n.t('No preview.') : l10n.t('This picture cannot be shown: its file is not there any more.')}</p>
      {isBroken ? null : <Button onClick={onOpen}>{l10n.t('Show Details')}</Button>}
    </div>
  );
}
