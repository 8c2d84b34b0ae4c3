import '../kit/language';
import '../kit/jitless';
import './dashboard.css';
import { render } from 'preact';
import { panelPort } from '../kit/panelPort';
import { vscodeApi } from '../kit/vscodeApi';
import { DashboardApp } from './dashboardApp';
import { DashboardStore } from './dashboardStore';

const api = vscodeApi();
render(<DashboardApp api={api} store={new DashboardStore(panelPort(api))} />, document.getElementById('app') ?? document.body);
