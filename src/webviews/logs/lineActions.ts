import * as l10n from '@vscode/l10n';
import { logClock } from '../../server/domain/format';
import type { LogAction, LogColumn } from '../protocol';
import { columnText, jsonText, rawText } from './copyText';
import type { Line } from './line';
import type { LogsModel } from './logsModel';
import { endsOf, movedSelection, selectedSpan, type Selection } from './selection';

/** Lines that are copied at most. */
const MOST_COPIED = 50_000;

/** What is done with lines: they are selected, copied, opened, filtered to. */
export class LineActions {
  selection: Selection | undefined;

  constructor(private readonly model: LogsModel) {}

  select(selection: Selection | undefined): void {
    this.selection = selection;
    if (selection) this.model.pause();
    this.model.draw();
  }

  selectAll(): void {
    const { lines } = this.model.cache;
    const [anchor, head] = [lines[0], lines.at(-1)];
    if (anchor && head) this.select({ anchor, head });
  }

  /** Moves the selected line by so many, or extends the selection; without one it begins at the first line in sight. */
  move(by: number, isExtending: boolean): void {
    const { cache, topLine } = this.model;
    const next = movedSelection(cache.lines, this.selection, by, isExtending, topLine);
    if (!next) return;
    this.select(next);
    this.model.revealed = next.head.key;
    // The focus stays on the log, so a screen reader is told where one is.
    this.model.spoken = columnText([next.head], this.model.names);
  }

  /** What a click in the log is for. */
  click(event: MouseEvent): void {
    const target = event.target instanceof Element ? event.target : undefined;
    const line = this.lineAt(target);
    const fold = target?.closest('[data-fold]')?.getAttribute('data-fold');
    if (fold !== null && fold !== undefined) return this.model.toggle(fold);
    if (target?.closest('.read')) return this.readAround(line);
    if (!line) return;
    if (target?.closest('.task')) return this.model.tell('panel/open', { what: 'details', taskId: line.taskId });
    if (target?.closest('.whole')) return this.openLine(line);
    if (target?.closest('.time')) this.select({ anchor: event.shiftKey && this.selection ? this.selection.anchor : line, head: line });
    else if (this.selection && getSelection()?.isCollapsed) this.select(undefined);
  }

  /** Opens or closes what the selected line folds. */
  toggleSelected(): void {
    const { selection } = this;
    const row = selection && document.querySelector(`[data-line="${CSS.escape(selection.head.key)}"] [data-fold]`);
    const fold = row?.getAttribute('data-fold');
    if (fold) this.model.toggle(fold);
  }

  /** Copies the selected lines. @returns false when none is. */
  copy(how: 'raw' | 'columns' | 'json'): boolean {
    const { selection } = this;
    if (!selection) return false;
    void this.selected(selection).then((lines) => this.put(lines, how));
    return true;
  }

  /** Copies the lines that the editor's own selection touches. */
  copyTouched(how: 'raw' | 'columns'): void {
    const selection = getSelection();
    if (!selection) return;
    const touched = [...document.querySelectorAll('.lines [data-line]')].filter((row) => selection.containsNode(row, true));
    const keys = new Set(touched.map((row) => row.getAttribute('data-line')));
    this.put(
      this.model.cache.lines.filter(({ key }) => keys.has(key)),
      how,
    );
  }

  /** Carries out what was chosen from the editor's own menu over a line. */
  act(action: LogAction, key: string): void {
    const { model } = this;
    if (action.startsWith('column.')) return toggleColumn(model, action.slice('column.'.length) as LogColumn);
    if (action === 'copyColumns') return void (this.copy('columns') || this.copyTouched('columns'));
    const line = model.cache.lines.find((one) => one.key === key);
    if (!line) return model.say({ text: l10n.t('This line is not here any more. Scroll to it again.') });
    if (action === 'copy' || action === 'copyJson') {
      const how = action === 'copy' ? 'raw' : 'json';
      const { selection } = this;
      if (selection && this.isSelected(line, selection)) this.copy(how);
      else if (action === 'copy' && !getSelection()?.isCollapsed) this.copyTouched('raw');
      else this.put([line], how);
    } else if (action === 'filterAgent') model.setScope({ agents: [line.agentId] });
    else if (action === 'onlyLevel') model.setScope({ only: line.level, level: undefined });
    else this.openLine(line);
  }

  /** Opens a line in an editor. */
  openLine(line: Line): void {
    const { taskId, place, text } = line;
    const title = `${this.model.names.task(taskId)} ${logClock(line.at)}`.trim();
    this.model.tell('panel/line', { taskId, ...(place === undefined ? {} : { place }), text, title });
  }

  private isSelected(line: Line, selection: Selection): boolean {
    const { lines } = this.model.cache;
    const { from, to } = selectedSpan(lines, selection);
    const at = lines.indexOf(line);
    return at >= from && at < to;
  }

  private async selected(selection: Selection): Promise<Line[]> {
    const { lines } = this.model.cache;
    const { from, to, isWhole } = selectedSpan(lines, selection);
    if (isWhole) return lines.slice(from, to);
    const [first, last] = endsOf(lines, selection);
    return this.model.reader.between(first, last, MOST_COPIED).catch(() => lines.slice(from, to));
  }

  private put(lines: readonly Line[], how: 'raw' | 'columns' | 'json'): void {
    const { names } = this.model;
    const text = how === 'raw' ? rawText(lines) : how === 'json' ? jsonText(lines, names) : columnText(lines, names);
    this.model.tell('panel/copy', { text });
    this.model.say({ text: lines.length === 1 ? l10n.t('Line copied.') : l10n.t('{0} lines copied.', lines.length) });
  }

  private lineAt(target: Element | undefined): Line | undefined {
    const key = target?.closest('[data-line]')?.getAttribute('data-line');
    return this.model.cache.lines.find((line) => line.key === key);
  }

  /** Reads the lines that were dropped, from the store. */
  private readAround(line: Line | undefined): void {
    if (line?.place !== undefined) this.model.readAround(line.place);
  }
}

/** Shows or hides a column. */
export function toggleColumn(model: LogsModel, column: LogColumn): void {
  const { hidden } = model.state;
  model.update({ hidden: hidden.includes(column) ? hidden.filter((one) => one !== column) : [...hidden, column] });
}
