import './language';
import '../kit/jitless';
import '../dashboard/dashboard.css';
import './web.css';
import { render } from 'preact';
import { DashboardApp } from '../dashboard/dashboardApp';
import { DashboardStore } from '../dashboard/dashboardStore';
import type { VsCodeApi } from '../kit/vscodeApi';
import type { KeptDashboard, ToDashboard } from '../protocol';
import { openPage } from './page';
import { kept } from './storedState';

const PATHS = { tasks: '/', agents: '/agents' } as const;

/** Which of its tabs is in front stands in the address. */
function withPath(api: VsCodeApi): VsCodeApi {
  const view = location.pathname === PATHS.agents ? 'agents' : 'tasks';
  return {
    ...api,
    getState: () => {
      const state = api.getState() as object | null;
      return state ? { ...state, view } : view === 'agents' ? { view } : state;
    },
    setState: (state) => {
      const path = PATHS[(state as { view: keyof typeof PATHS }).view];
      if (path !== location.pathname) history.pushState(null, '', path);
      api.setState(state);
    },
  };
}

// Back and forward go from tab to tab.
addEventListener('popstate', () => location.reload());

void openPage({
  name: 'dashboard',
  show: (_, query, tell) => {
    const [before, search, create] = [kept<KeptDashboard>('dashboard'), query.get('search'), query.get('create')];
    const show: ToDashboard['panel/show'] = {
      ...(before ? { kept: before } : {}),
      singleKeys: true,
      requires: [],
      ...(search === null ? {} : { search }),
      ...(create === null ? {} : { create: true }),
    };
    tell('panel/show', show);
    // Loading the page again is no new wish.
    if (location.search) history.replaceState(null, '', location.pathname);
  },
  draw: ({ api, port }, root) => render(<DashboardApp api={withPath(api)} store={new DashboardStore(port)} />, root),
});
