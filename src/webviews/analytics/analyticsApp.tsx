import * as l10n from '@vscode/l10n';
import { useMemo, useState } from 'preact/hooks';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { AnalyticsStore } from './analyticsStore';
import type { Exporter } from './exporter';
import { finished } from './facts';
import { Figure } from './figure';
import type { LazyCharts } from './lazyCharts';
import { QUESTIONS } from './questions';
import { Banner, EmptyView, LoadingView } from './states';
import { summaryLine } from './summary';
import { Toolbar } from './toolbar';
import { usePanel } from './usePanel';

/** The Analytics panel: six questions about the finished tasks. */
export function AnalyticsApp({ api, store, charts }: { api: VsCodeApi; store: AnalyticsStore; charts: LazyCharts }) {
  const panel = usePanel(api, store);
  const [failure, setFailure] = useState<string>();
  const exporter = useMemo<Exporter>(() => ({ charts, onFail: (error) => setFailure(String(error)) }), [charts]);
  const { facts, figures } = panel;
  const isEmpty = facts !== undefined && finished(facts.analytics.outcomes) === 0;
  return (
    <main class="panel">
      <h1 class="heard">{l10n.t('Analytics')}</h1>
      <Toolbar panel={panel} exporter={exporter} />
      <p class="summary quiet">
        {facts ? summaryLine(facts) : ''}
        {facts && figures.isCoarser
          ? ` · ${l10n.t('shown by {0}: too many for a chart by {1}', groupWord(facts.kept.filter.group), groupWord(panel.kept.filter.group))}`
          : ''}
      </p>
      <Banner panel={panel} />
      {failure === undefined ? null : (
        <div class="banner" role="alert">
          {l10n.t('The charts could not be exported: {0}', failure)}
        </div>
      )}
      {isEmpty ? (
        <EmptyView panel={panel} />
      ) : facts === undefined && figures.error === undefined ? (
        <LoadingView />
      ) : (
        <div class="charts">
          <h2 class="heard">{l10n.t('Charts')}</h2>
          {QUESTIONS.map((question) => (
            <Figure key={question.id} panel={panel} question={question} exporter={exporter} />
          ))}
        </div>
      )}
    </main>
  );
}

function groupWord(group: 'day' | 'week' | 'month'): string {
  return { day: l10n.t('day'), week: l10n.t('week'), month: l10n.t('month') }[group];
}
