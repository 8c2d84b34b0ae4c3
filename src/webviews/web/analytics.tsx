import './language';
import '../kit/jitless';
import '../analytics/analytics.css';
import './web.css';
import { render } from 'preact';
import { AnalyticsApp } from '../analytics/analyticsApp';
import { AnalyticsStore } from '../analytics/analyticsStore';
import { chartsFrom } from '../analytics/lazyCharts';
import type { FromAnalytics, KeptAnalytics, ToAnalytics } from '../protocol';
import { go } from './commands';
import { openPage } from './page';
import { Shell } from './shell';
import { save } from './stage';
import { kept } from './storedState';

const script = document.currentScript;
const charts = chartsFrom(script instanceof HTMLScriptElement ? script.src : location.href);

/** Has the browser save a chart or its figures. */
function saveFigure({ name, text, base64 }: FromAnalytics['panel/save']): void {
  const bytes = base64 === undefined ? (text ?? '') : Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  save(new Blob([bytes]), name);
}

void openPage({
  name: 'analytics',
  show: (_, _query, tell) => {
    const before = kept<KeptAnalytics>('analytics');
    const show: ToAnalytics['panel/show'] = { ...(before ? { kept: before } : {}), singleKeys: true };
    tell('panel/show', show);
  },
  hear: (_, method, params: never) => {
    if (method === 'panel/save') saveFigure(params);
    else if (method === 'panel/tasks') go('/', { search: (params as FromAnalytics['panel/tasks']).search });
    else return false;
    return true;
  },
  draw: ({ api, port, stage }, root) =>
    render(
      <Shell stage={stage}>
        <AnalyticsApp api={api} store={new AnalyticsStore(port)} charts={charts} />
      </Shell>,
      root,
    ),
});
