import '../kit/language';
import '../kit/jitless';
import './analytics.css';
import { render } from 'preact';
import { panelPort } from '../kit/panelPort';
import { vscodeApi } from '../kit/vscodeApi';
import { AnalyticsApp } from './analyticsApp';
import { AnalyticsStore } from './analyticsStore';
import { chartsFrom } from './lazyCharts';

const api = vscodeApi();
const script = document.currentScript;
const charts = chartsFrom(script instanceof HTMLScriptElement ? script.src : location.href);
render(
  <AnalyticsApp api={api} store={new AnalyticsStore(panelPort(api))} charts={charts} />,
  document.getElementById('app') ?? document.body,
);
