import * as l10n from '@vscode/l10n';
import type { VNode } from 'preact';
import { counted, logClock } from '../../server/domain/format';
import { memo } from '../kit/memo';
import { plainText } from './ansi';
import type { Line } from './line';
import { LEVELS } from './levels';
import { piecesOf } from './pieces';
import type { FoldRow, LineRow, Row, RuleRow } from './row';
import { Fold, textView } from './textView';
import { dateLanguage } from '../../server/domain/language';

/** What a row is drawn with; a row is drawn anew when one of these differs. */
export interface RowLook {
  agent: string;
  /** `#15` */
  task: string;
  title: string;
  pattern: RegExp | undefined;
  isSelected: boolean;
  /** The hit that was gone to. */
  isCurrent: boolean;
  isJsonOpen: boolean;
  /** Runs of text at most. */
  most: number;
}

/** How many runs of text a row has. */
export function runsOf(row: Row, pattern: RegExp | undefined): number {
  return row.kind === 'line' || row.kind === 'part' ? piecesOf(row, pattern).length : 1;
}

/** A row of the log. */
export const RowView = memo(
  ({ row, look }: { row: Row; look: RowLook }) => rowView(row, look),
  (before, after) => before.row === after.row && before.look === after.look,
);

function rowView(row: Row, look: RowLook): VNode {
  switch (row.kind) {
    case 'line':
      return lineView(row, look);
    case 'part':
      return (
        <div class="row part" data-key={row.key} data-line={row.line.key}>
          <span class="lead" />
          {textView(row, look)}
        </div>
      );
    case 'rule':
      return ruleView(row);
    default:
      return foldView(row, look);
  }
}

function lineView(row: LineRow, look: RowLook): VNode {
  const { line } = row;
  const state = `${look.isSelected ? ' selected' : ''}${look.isCurrent ? ' current' : ''}${line.isContext ? ' context' : ''}`;
  return (
    <div class={`row line ${line.level}${state}`} data-key={row.key} data-line={line.key} data-vscode-context={contextOf(line)}>
      {columns(line, look)}
      {textView(row, look)}
    </div>
  );
}

function columns(line: Line, { agent, task, title }: RowLook): VNode[] {
  const { letter, word } = LEVELS[line.level];
  return [
    <span class="time" title={new Date(line.at).toLocaleString(dateLanguage())}>
      {logClock(line.at)}
    </span>,
    <span class="level" role="img" aria-label={word} title={word}>
      {letter}
    </span>,
    <span class="agent" title={agent}>
      {agent}
    </span>,
    <button type="button" class="task" tabIndex={-1} title={title}>
      {task}
    </button>,
  ];
}

function foldView(row: FoldRow, look: RowLook): VNode {
  const { line, block, isOpen } = row;
  if (!block)
    return (
      <div class="row fold" data-key={row.key} data-line={line.key}>
        <span class="lead" />
        <span class="text">
          <Fold isOpen={isOpen} foldKey={row.key} label={l10n.t('Lines')} />
          <span class="muted">{counted(line.breaks, l10n.t('{0} more line'), l10n.t('{0} more lines'))}</span>
        </span>
      </div>
    );
  const inner = block.kind === 'json' ? block.lines : block.lines.slice(1, -1);
  const name = block.kind === 'json' ? 'JSON' : block.language || l10n.t('Code');
  const preview = inner
    .slice(0, 4)
    .map(({ text }) => plainText(text).trim())
    .join(' ')
    .slice(0, 120);
  return (
    <div
      class={`row line fold ${line.level}${look.isSelected ? ' selected' : ''}`}
      data-key={row.key}
      data-line={line.key}
      data-vscode-context={contextOf(line)}
    >
      {columns(line, look)}
      <span class="text">
        <Fold isOpen={isOpen} foldKey={row.key} label={name} />
        <span class="muted">
          {name}, {counted(inner.length, l10n.t('{0} line'), l10n.t('{0} lines'))} {isOpen ? '' : preview}
        </span>
      </span>
    </div>
  );
}

function ruleView({ key, text, tone, line }: RuleRow): VNode {
  return (
    <div class={`row rule ${tone}`} data-key={key} data-line={line.key}>
      <span>{text}</span>
      {tone === 'dropped' ? (
        <button type="button" class="read" tabIndex={-1} title={l10n.t('They are stored; read the log here again')}>
          {l10n.t('Read Them')}
        </button>
      ) : null}
    </div>
  );
}

/** What the editor's own menu over a line knows of it. */
function contextOf({ key, taskId, agentId, level }: Line): string {
  return JSON.stringify({ webviewSection: 'logLine', preventDefaultContextMenuItems: true, key, taskId, agentId, level });
}
