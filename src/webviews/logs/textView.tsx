import * as l10n from '@vscode/l10n';
import type { VNode } from 'preact';
import { bytes } from '../../server/domain/format';
import { Icon } from '../kit/icon';
import { jsonIn } from './blocks';
import { atMost, isCut, piecesOf, textOf, type DrawnPiece } from './pieces';
import { foldKey, type LineRow, type PartRow } from './row';
import type { RowLook } from './rowView';

/** What a row says, in runs of one look each. */
export function textView(row: LineRow | PartRow, { pattern, most, isJsonOpen }: RowLook): VNode {
  const hasJson = row.kind === 'line' && row.line.breaks === 0 && row.language === undefined && jsonIn(row.line) !== undefined;
  return (
    <span class="text">
      {hasJson ? <Fold isOpen={isJsonOpen} foldKey={foldKey(row.line, 'json')} label="JSON" /> : null}
      {atMost(piecesOf(row, pattern), most).map(pieceView)}
      {isCut(row) ? (
        <button type="button" class="whole" tabIndex={-1}>
          {l10n.t(
            'Show all {0}',
            bytes(row.line.bytes ?? new TextEncoder().encode(row.kind === 'line' ? row.line.text : textOf(row)).length),
          )}
        </button>
      ) : null}
    </span>
  );
}

function pieceView(piece: DrawnPiece): VNode | string {
  const { text, look, token, mark, isHit } = piece;
  if (!look && token === undefined && !mark && !isHit) return text;
  const names = [
    ...(mark ? ['inert'] : []),
    ...(token === undefined ? [] : [`token-${token}`]),
    ...(look?.fg === undefined ? [] : [`fg-${look.fg}`]),
    ...(look?.bg === undefined ? [] : [`bg-${look.bg}`]),
    ...(['bold', 'dim', 'italic', 'underline', 'strike'] as const).filter((name) => look?.[name]),
  ].join(' ');
  if (isHit) return <mark class={names || undefined}>{text}</mark>;
  return (
    <span class={names} title={mark?.title}>
      {text}
    </span>
  );
}

/** Opens or closes what a row folds. */
export function Fold({ isOpen, foldKey: key, label }: { isOpen: boolean; foldKey: string; label: string }) {
  return (
    <button
      type="button"
      class="chevron"
      tabIndex={-1}
      data-fold={key}
      aria-expanded={isOpen}
      aria-label={isOpen ? l10n.t('Fold {0}', label) : l10n.t('Open {0}', label)}
    >
      <Icon name={isOpen ? 'chevron-down' : 'chevron-right'} />
    </button>
  );
}
