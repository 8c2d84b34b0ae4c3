import * as l10n from '@vscode/l10n';
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { roleFor, type You } from '../../server/domain/commandRole';
import { clock } from '../../server/domain/format';
import { parseSearch, toTaskFilter } from '../../server/domain/search';
import type { Scene } from '../../server/domain/rows/row';
import { spoken } from '../../server/domain/spoken';
import { useKept } from '../kit/useKept';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { DashboardStore } from './dashboardStore';
import { emptyDraft, isUntouched, type Draft } from './form';
import { idsOf, SORTS, type ListRow, type Sort } from './list';
import { useRows } from './useRows';

/** The tabs of the page itself; the others are panels of their own. */
export type View = 'tasks' | 'agents';

/** What the page keeps over a reload. */
export interface DashboardState {
  view: View;
  search: string;
  sort: Sort;
  layout: 'cards' | 'table';
  isCreating: boolean;
  draft: Draft;
  agent: string;
  activity: string;
  /** What the workspace asks of every task, as the form took it over last. */
  requires?: readonly string[];
  /** Which wish of the extension was carried out last. */
  asked?: number;
  /** Nothing was kept of it; what was kept over sessions is still to come. */
  isNew?: boolean;
}

/** What every part of the page works with. */
export interface Dashboard {
  store: DashboardStore;
  scene: Scene | undefined;
  state: DashboardState;
  update: (change: Partial<DashboardState> | ((state: DashboardState) => DashboardState)) => void;
  rows: readonly ListRow[];
  /** How many tasks match the search, finished ones included. */
  matching: number;
  current: string | undefined;
  setCurrent: (id: string | undefined) => void;
  selection: ReadonlySet<string>;
  select: (ids: Iterable<string>) => void;
  /** Selects all that match, also finished ones that are not loaded. */
  selectAll: () => Promise<void>;
  /** A click on a task: chooses it, or adds to the selection with Ctrl or Shift. */
  pick: (id: string, event: { ctrlKey: boolean; metaKey: boolean; shiftKey: boolean }) => void;
  /** Carries out a command of the editor. */
  run: (command: string, taskIds?: readonly string[]) => void;
  you: You | undefined;
  /** Why nothing can be done now. */
  frozen: string | undefined;
  /** Why a command of the editor cannot be run now; undefined = it can. */
  whyNot: (command: string) => string | undefined;
  message: string;
  say: (message: string) => void;
  dialog: 'keys' | 'cancel' | undefined;
  openDialog: (dialog: Dashboard['dialog']) => void;
}

const MESSAGE_MS = 6_000;
/** How old things are is told in minutes. */
const REDRAW_MS = 30_000;

export function useDashboard(api: VsCodeApi, store: DashboardStore, columns: number): Dashboard {
  const [state, update] = useKept<DashboardState>(api, restored);
  const [, draw] = useState(0);
  const [chosen, setCurrent] = useState<string>();
  const [selection, setSelection] = useState<ReadonlySet<string>>(new Set());
  const [dialog, openDialog] = useState<Dashboard['dialog']>();
  const [message, say] = useMessage();

  useEffect(() => {
    const subscriptions = [
      store.onDidChange(() => draw((n) => n + 1)),
      store.onDidShow(({ kept, requires, asked, ...wish }) =>
        update((before) => {
          const { search, create } = asked !== undefined && asked === before.asked ? {} : wish;
          return {
            ...before,
            ...(asked === undefined ? {} : { asked }),
            ...(before.isNew && kept
              ? { search: kept.search, sort: sortOf(kept.sort), layout: kept.layout, activity: kept.activity ?? '' }
              : {}),
            ...(before.isNew ? { isNew: false } : {}),
            ...(isUntouched(before.draft, before.requires) ? { draft: { ...emptyDraft(requires), more: before.draft.more } } : {}),
            requires,
            ...(search === undefined ? {} : { search, view: 'tasks' }),
            ...(create ? { isCreating: true, view: 'tasks' } : {}),
          };
        }),
      ),
      // It may be the board of another tower.
      store.onDidReset(() => setSelection((before) => new Set([...before].filter((id) => store.task(id))))),
    ];
    return () => subscriptions.forEach((subscription) => subscription.dispose());
  }, [store, update]);

  useEffect(() => {
    const timer = setInterval(() => draw((n) => n + 1), REDRAW_MS);
    return () => clearInterval(timer);
  }, []);

  const { search, sort, layout, activity } = state;
  const isFirst = useRef(true);
  useEffect(() => {
    if (isFirst.current) isFirst.current = false;
    else store.keep({ search, sort, layout, activity });
  }, [store, search, sort, layout, activity]);

  const now = store.staleSince ?? Date.now();
  const scene = store.scene(now);
  const parsed = useMemo(() => parseSearch(search, Date.now()), [search]);
  useEffect(() => store.want(toTaskFilter(parsed)), [store, parsed]);

  const { rows, matching } = useRows({ store, scene, search: parsed, sort, layout, columns });
  const inSight = useMemo(() => new Set(idsOf(rows).map(({ id }) => id)), [rows]);
  const current = chosen !== undefined && inSight.has(chosen) ? chosen : undefined;
  const place = useRef(rows);
  place.current = rows;

  const pick: Dashboard['pick'] = useCallback((id, { ctrlKey, metaKey, shiftKey }) => {
    setCurrent((before) => {
      setSelection((selected) => {
        if (shiftKey) return new Set([...selected, ...between(place.current, before, id)]);
        if (!ctrlKey && !metaKey) return selected.size > 0 ? new Set() : selected;
        const next = new Set(selected);
        if (!next.delete(id)) next.add(id);
        return next;
      });
      return id;
    });
  }, []);
  const run = useCallback(
    (command: string, taskIds?: readonly string[]) => store.run({ command, ...(taskIds ? { taskIds: [...taskIds] } : {}) }),
    [store],
  );
  const select = useCallback((ids: Iterable<string>) => setSelection(new Set(ids)), []);
  const selectAll = async (): Promise<void> => {
    try {
      const loaded = idsOf(rows).map(({ id }) => id);
      select([...loaded, ...(await store.allFinished())]);
    } catch (error) {
      say(spoken(error));
    }
  };
  const since = store.staleSince;
  const frozen = since === undefined ? undefined : l10n.t('Not connected since {0}.', clock(since, Date.now()));
  return {
    ...{
      store,
      scene,
      state,
      update,
      rows,
      current,
      setCurrent,
      selection,
      select,
      selectAll,
      pick,
      run,
      message,
      say,
      dialog,
      openDialog,
    },
    matching,
    you: store.you,
    frozen,
    whyNot: (command) => store.whyNot(command) ?? (roleFor(command) === 'viewer' ? undefined : frozen),
  };
}

/** The tasks from one to another, both included. */
function between(rows: readonly ListRow[], from: string | undefined, to: string): string[] {
  const ids = idsOf(rows).map(({ id }) => id);
  const [a, b] = [ids.indexOf(from ?? to), ids.indexOf(to)];
  return a < 0 ? [to] : ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}

function useMessage(): [string, (message: string) => void] {
  const [message, setMessage] = useState('');
  const timer = useRef<number | undefined>(undefined);
  const say = useCallback((text: string) => {
    clearTimeout(timer.current);
    setMessage(text);
    timer.current = window.setTimeout(() => setMessage(''), MESSAGE_MS);
  }, []);
  return [message, say];
}

function restored(kept: unknown): DashboardState {
  const before = typeof kept === 'object' && kept !== null ? (kept as Partial<DashboardState>) : undefined;
  const base: DashboardState = {
    ...{ view: 'tasks', search: '', sort: 'queue', layout: 'cards', isCreating: false, agent: '', activity: '' },
    draft: emptyDraft([]),
    isNew: before === undefined,
  };
  return { ...base, ...before, sort: sortOf(before?.sort ?? 'queue'), draft: { ...base.draft, ...before?.draft } };
}

function sortOf(text: string): Sort {
  return SORTS.find(({ key }) => key === text)?.key ?? 'queue';
}
