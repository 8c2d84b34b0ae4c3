import * as l10n from '@vscode/l10n';
import { useRef } from 'preact/hooks';
import { Button } from '../kit/button';
import { Dialog } from '../kit/dialog';
import { StandingBanner } from '../kit/standingBanner';
import { useSize } from '../kit/useSize';
import type { VsCodeApi } from '../kit/vscodeApi';
import { ActivityList } from './activityList';
import { AgentDetails } from './agentDetails';
import { Agents } from './agents';
import { BulkBar } from './bulkBar';
import { CancelDialog } from './cancelDialog';
import type { DashboardStore } from './dashboardStore';
import { KEYS } from './keys';
import { NewTaskForm } from './newTaskForm';
import { Strip } from './strip';
import { TabBar } from './tabs';
import { TaskList } from './taskList';
import { Toolbar } from './toolbar';
import { useDashboard, type Dashboard } from './useDashboard';
import { useKeys } from './useKeys';

/** The whole tower on one page: what needs you, tasks, agents, and what happened last. */
export function DashboardApp({ api, store }: { api: VsCodeApi; store: DashboardStore }) {
  const [tasks, size] = useSize<HTMLDivElement>();
  const columns = Math.max(1, Math.floor((size?.width ?? 0) / COLUMN));
  const dashboard = useDashboard(api, store, columns);
  useKeys(dashboard);
  const { scene, state, update, say } = dashboard;
  const isAgents = state.view === 'agents';
  const chosen = scene?.board.agents.get(state.agent);
  return (
    <main class={`dashboard view-${state.view}`}>
      <h1 class="heard">{l10n.t('Tasktower: Dashboard')}</h1>
      <TabBar dashboard={dashboard} />
      {isAgents ? null : <Toolbar dashboard={dashboard} />}
      <Banner dashboard={dashboard} />
      <Strip dashboard={dashboard} />
      {state.isCreating && scene && !isAgents && store.whyNot('tasktower.createTask') === undefined ? (
        <NewTaskForm
          store={store}
          scene={scene}
          draft={state.draft}
          frozen={dashboard.frozen}
          update={(change) => update((before) => ({ ...before, draft: { ...before.draft, ...change } }))}
          onQueued={(taskId, text) => {
            update({ isCreating: false });
            dashboard.setCurrent(taskId);
            say(text);
          }}
          onClose={() => update({ isCreating: false })}
        />
      ) : null}
      <div class="parts">
        <div class="tasks" id="tasks" tabIndex={-1} ref={tasks}>
          {scene ? <TaskList dashboard={dashboard} scroller={tasks} columns={columns} /> : <Loading error={store.error} />}
          {scene ? <Nothing dashboard={dashboard} /> : null}
        </div>
        <aside class={`side${chosen ? ' with-details' : ''}`}>
          <Agents dashboard={dashboard} />
          {chosen ? <AgentDetails key={chosen.id} dashboard={dashboard} agent={chosen} onClose={() => update({ agent: '' })} /> : null}
          <ActivityList dashboard={dashboard} />
        </aside>
      </div>
      <BulkBar dashboard={dashboard} />
      <p class="message" role="status">
        {dashboard.message}
      </p>
      {dashboard.dialog === 'cancel' ? <CancelDialog dashboard={dashboard} /> : null}
      {dashboard.dialog === 'keys' ? <KeysDialog onClose={() => dashboard.openDialog(undefined)} /> : null}
    </main>
  );
}

/** The width of a card with its gap, CSS pixels. */
const COLUMN = 360;

function Banner({ dashboard: { store } }: { dashboard: Dashboard }) {
  const { staleSince, error, show } = store;
  return (
    <StandingBanner
      staleSince={staleSince}
      error={error === undefined || !show ? undefined : l10n.t('Not up to date: {0}', error)}
      run={(command) => store.run({ command })}
    />
  );
}

/** What stands where no task does. */
function Nothing({ dashboard: { rows, state, update, run, whyNot } }: { dashboard: Dashboard }) {
  if (rows.length > 0) return null;
  if (state.search.trim())
    return (
      <div class="empty">
        <p>{l10n.t('No task matches.')}</p>
        <Button onClick={() => update({ search: '' })}>{l10n.t('Clear Filter')}</Button>
      </div>
    );
  return (
    <div class="empty">
      <p>{l10n.t('Queue work, let any agent do it, see the proof.')}</p>
      <div class="empty-actions">
        <Button kind="primary" disabled={whyNot('tasktower.tryItNow')} onClick={() => run('tasktower.tryItNow')}>
          {l10n.t('Try It Now')}
        </Button>
        <Button disabled={whyNot('tasktower.createTask')} onClick={() => update({ isCreating: true })}>
          {l10n.t('New Task')}
        </Button>
        <Button onClick={() => run('tasktower.addAgent')}>{l10n.t('Add Agent')}</Button>
      </div>
    </div>
  );
}

function Loading({ error }: { error: string | undefined }) {
  const outlines = useRef(Array.from({ length: 6 }, (_, index) => index));
  if (error !== undefined) return <p class="empty">{error}</p>;
  return (
    <div class="loading" role="status" aria-label={l10n.t('The board is being read')}>
      {outlines.current.map((index) => (
        <div key={index} class="outline" />
      ))}
    </div>
  );
}

function KeysDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title={l10n.t('Keys')} onClose={onClose} actions={<Button onClick={onClose}>{l10n.t('Close')}</Button>}>
      <dl class="keys">
        {KEYS.map(({ text, shown }) => (
          <div key={text}>
            <dt>
              {shown.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
