import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../kit/icon';
import type { Cell, GalleryShape } from './galleryLayout';
import { GROUP_TITLES, type GalleryRow } from './galleryRows';
import type { Picture } from './picture';
import { captionText, stateText } from './stageTexts';
import type { Panel } from './usePanel';
import { word } from '../../server/domain/words';

type RowProps<Kind extends GalleryRow['kind']> = {
  row: Extract<GalleryRow, { kind: Kind }>;
  cell: Cell;
  shape: GalleryShape;
  isActive: boolean;
};

/** The head of a group: opens and closes it. */
export function GroupRow({ row, cell, shape, isActive, onToggle }: RowProps<'group'> & { onToggle: () => void }) {
  const { group, count, open, index, total } = row;
  return (
    <div
      id={`row-${row.key}`}
      class={`row group${isActive ? ' active' : ''}`}
      role="treeitem"
      aria-level={1}
      aria-expanded={open}
      aria-setsize={total}
      aria-posinset={index + 1}
      title={`${GROUP_TITLES[group]}: ${count}`}
      style={place(cell, shape)}
      onClick={onToggle}
    >
      <Icon name={open ? 'chevron-down' : 'chevron-right'} />
      <span class="group-title">{GROUP_TITLES[group]}</span> <span class="count">{count}</span>
    </div>
  );
}

interface PictureRowProps extends RowProps<'picture'> {
  panel: Panel;
  isShown: boolean;
  onChoose: () => void;
  onOpen: () => void;
}

export function PictureRow({ row, cell, shape, panel, isActive, isShown, onChoose, onOpen }: PictureRowProps) {
  const { picture, index, total } = row;
  const verdict = VERDICTS[picture.evidence?.verdict ?? 'unreviewed'];
  const isOpen = verdict === undefined && (picture.group === 'changed' || picture.group === 'new' || picture.group === 'failed');
  const words = [
    picture.label,
    stateText(picture, panel.model?.against ?? 'baseline'),
    verdict?.word ?? (isOpen ? l10n.t('not reviewed') : ''),
  ];
  return (
    <div
      id={`row-${row.key}`}
      class={`row picture${isActive ? ' active' : ''}${isShown ? ' selected' : ''}`}
      role="treeitem"
      aria-level={2}
      aria-selected={isShown}
      aria-setsize={total}
      aria-posinset={index + 1}
      title={words.filter(Boolean).join(' · ')}
      style={place(cell, shape)}
      onClick={onChoose}
      onDblClick={onOpen}
    >
      <Thumb picture={picture} panel={panel} />
      <span class="caption">
        <span class="name">{picture.name}</span> {picture.viewport === undefined ? null : <span class="viewport">{picture.viewport}</span>}
      </span>{' '}
      <span class="caption">
        <span class="change">{captionText(picture)}</span>{' '}
        <span class="heard">{verdict?.word ?? (isOpen ? l10n.t('not reviewed') : '')}</span>
        {verdict ? <Icon name={verdict.icon} tone={verdict.tone} /> : isOpen ? <Icon name="circle-outline" tone="ask" /> : null}
      </span>
    </div>
  );
}

const VERDICTS: Readonly<Record<string, { icon: string; tone: string; word: string } | undefined>> = {
  accepted: { icon: 'check', tone: 'good', word: word('accepted') },
  rejected: { icon: 'request-changes', tone: 'bad', word: word('rejected') },
};

/** The small picture; until there is one, the picture itself, and a small one is asked for. */
function Thumb({ picture, panel }: { picture: Picture; panel: Panel }) {
  const [failed, setFailed] = useState(0);
  const sha256 = (picture.right ?? picture.left)?.sha256;
  const { show, answers } = panel.evidence;
  // The picture may be there by now.
  useEffect(() => setFailed((before) => Math.min(before, 1)), [answers]);
  if (!show || sha256 === undefined || picture.group === 'failed' || failed > 1)
    return (
      <span class="thumb none">
        <Icon name="file-media" />
      </span>
    );
  const onError = (): void => {
    if (failed === 0) panel.store.tell('panel/thumb', { sha256 });
    setFailed(failed + 1);
  };
  const src = failed === 0 ? `${show.thumbBase}/${sha256}.png` : `${show.evidenceBase}/${sha256.slice(0, 2)}/${sha256}`;
  return <img class="thumb" src={src} alt="" loading="lazy" decoding="async" draggable={false} onError={onError} />;
}

function place({ start, length, column }: Cell, { axis, columns }: GalleryShape) {
  if (axis === 'right') return { left: `${start}px`, width: `${length}px`, top: '0', bottom: '0' };
  return { top: `${start}px`, height: `${length}px`, left: `${(column / columns) * 100}%`, width: `${100 / columns}%` };
}
