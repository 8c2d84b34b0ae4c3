import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { KeptAnalytics } from '../protocol';
import type { AnalyticsStore, Figures } from './analyticsStore';
import type { Facts } from './facts';
import { filterOf, restoredKept } from './kept';
import type { Question } from './question';

/** What every part of the panel works with. */
export interface Panel {
  store: AnalyticsStore;
  figures: Figures;
  kept: KeptAnalytics;
  keep: (change: Partial<KeptAnalytics>) => void;
  /** Undefined until the figures are there. */
  facts: Facts | undefined;
  /** The view that is chosen of a question. */
  viewOf: (question: Question) => string;
  /** Shows tasks in the Dashboard. */
  openTasks: (search: string) => void;
}

export function usePanel(api: VsCodeApi, store: AnalyticsStore): Panel {
  const [kept, setKept] = useState<KeptAnalytics>(() => restoredKept(api.getState()));
  const [figures, setFigures] = useState(store.current);
  const latest = useRef(kept);
  latest.current = kept;

  const want = useCallback((next: KeptAnalytics) => store.want(next, () => filterOf(next, Date.now())), [store]);
  useEffect(() => {
    const subscriptions = [
      store.onDidChange(setFigures),
      store.onDidShow(({ kept: before }) => {
        // The editor saves the state of a tab now and then only; what was kept is never older.
        const next = before ? restoredKept(before) : latest.current;
        latest.current = next;
        setKept(next);
        want(next);
      }),
    ];
    store.start();
    return () => subscriptions.forEach((subscription) => subscription.dispose());
  }, [store, want]);

  const keep = useCallback(
    (change: Partial<KeptAnalytics>) => {
      const next = { ...latest.current, ...change };
      latest.current = next;
      setKept(next);
      api.setState(next);
      store.tell('panel/keep', { kept: next });
      if (change.days !== undefined || change.filter !== undefined) want(next);
    },
    [api, store, want],
  );

  const { analytics, of } = figures;
  const facts = useMemo(
    () => (analytics && of ? { analytics, kept: of, agentName: (id: string) => store.agentName(id) } : undefined),
    [analytics, of, store],
  );
  const viewOf = useCallback(
    ({ id, views = [] }: Question) => (views.find(({ key }) => key === kept.views[id]) ?? views[0])?.key ?? '',
    [kept.views],
  );
  const openTasks = useCallback((search: string) => store.tell('panel/tasks', { search }), [store]);
  return { store, figures, kept, keep, facts, viewOf, openTasks };
}
