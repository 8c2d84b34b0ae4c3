import * as l10n from '@vscode/l10n';
import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { foldKey } from './row';
import { Ruler } from './ruler';
import { RowLooks } from './rowLooks';
import { RowView } from './rowView';
import { selectedSpan } from './selection';
import type { LogsModel } from './logsModel';
import type { LineActions } from './lineActions';
import { useViewport } from './useViewport';

interface LinesProps {
  model: LogsModel;
  actions: LineActions;
  /** The scrolled element, for keys. */
  lines: RefObject<HTMLDivElement | null>;
}

/** The log itself, of which only the rows in sight are in the page. */
export function LinesView({ model, actions, lines }: LinesProps) {
  const view = useViewport(model);
  const looks = useRef<RowLooks>(undefined);
  looks.current ??= new RowLooks();
  const { layout, from, to } = view;
  lines.current = view.box.current;
  useEffect(() => {
    const look = (): void => {
      const selection = getSelection();
      if (selection && !selection.isCollapsed && view.box.current?.contains(selection.anchorNode)) model.pause();
    };
    document.addEventListener('selectionchange', look);
    return () => document.removeEventListener('selectionchange', look);
  }, [model, view.box]);

  const { names, finder, open } = model;
  const selected = selectedKeys(model, actions);
  const rows = looks.current.of(layout.rows.slice(from, to), (row) => ({
    agent: names.agent(row.line.agentId),
    task: names.task(row.line.taskId),
    title: names.title(row.line.taskId),
    pattern: finder.pattern,
    isSelected: selected.has(row.line.key),
    isCurrent: finder.current !== undefined && row.line.key === finder.current,
    isJsonOpen: open.size > 0 && open.has(foldKey(row.line, 'json')),
  }));
  return (
    <>
      <div
        ref={view.box}
        class="lines"
        data-vscode-context='{"webviewSection":"logLines","preventDefaultContextMenuItems":true}'
        role="log"
        aria-live="off"
        aria-label={l10n.t('Log lines')}
        aria-busy={model.reader.isLoading}
        tabIndex={0}
        style={{ '--row': `${view.font.row}px` }}
        onScroll={view.onScroll}
        onClick={(event) => actions.click(event)}
      >
        <div class="extent" style={{ height: `${layout.length}px` }}>
          <div class="drawn" style={{ transform: `translateY(${layout.topOf(from)}px)` }}>
            {rows.map(({ row, look }) => (
              <RowView key={row.key} row={row} look={look} />
            ))}
          </div>
        </div>
      </div>
      <Ruler model={model} layout={layout} height={view.visible} onJump={view.scrollTo} />
    </>
  );
}

function selectedKeys(model: LogsModel, { selection }: LineActions): Set<string> {
  if (!selection) return new Set();
  const { lines } = model.cache;
  const { from, to } = selectedSpan(lines, selection);
  return new Set(lines.slice(from, to).map(({ key }) => key));
}
