import { agentStatus } from '../../server/domain/agentStatus';
import { count, plural } from '../../server/domain/format';
import { tokensOf, withToken, withoutToken, type TokenName } from '../../server/domain/search';
import { Status } from '../../server/domain/task';
import { Button, IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { Menu } from '../kit/menu';
import { Select } from '../kit/select';
import { statusText } from './card';
import { SORTS, type Sort } from './list';
import type { Dashboard } from './useDashboard';

const ALL = '';

/** New task, search with its chips, order and layout, and what the agents do. */
export function Toolbar({ dashboard }: { dashboard: Dashboard }) {
  const { state, update, run, scene } = dashboard;
  const set = (search: string): void => update({ search });
  const tokens = tokensOf(state.search);
  const chip = (name: string): string => tokens.filter((token) => token.name === name).at(-1)?.value ?? ALL;
  const choose = (name: TokenName) => (value: string) =>
    set(value === ALL ? withoutToken(state.search, name) : withToken(withoutToken(state.search, name), name, value));
  const isHidden = tokens.some(({ name, value, not }) => name === 'is' && value === 'blocked' && not);
  const failed = scene?.board.byStatus.failed.size ?? 0;
  const agents = [...(scene?.board.agents.values() ?? [])].map(({ name }) => name).sort();
  return (
    <div class="toolbar" role="toolbar" aria-label="Tasks">
      <Button
        kind={state.isCreating ? 'secondary' : 'primary'}
        icon="add"
        shortcut="c"
        disabled={dashboard.frozen}
        onClick={() => update(({ isCreating, ...rest }) => ({ ...rest, isCreating: !isCreating }))}
      >
        New Task
      </Button>
      <label class="search">
        <Icon name="search" />
        <input
          id="search"
          class="input"
          type="search"
          placeholder="Search tasks"
          title="Words, #12, or tokens such as status:failed agent:kimi kind:review after:7d"
          aria-label="Search tasks"
          aria-keyshortcuts="/"
          value={state.search}
          onInput={(event) => set(event.currentTarget.value)}
        />
      </label>
      <Select
        label="Status"
        current={chip('status')}
        options={[{ key: ALL, text: 'Any status' }, ...Status.options.map((key) => ({ key, text: statusText(key) }))]}
        onChange={choose('status')}
      />
      <Select
        label="Agent"
        current={agents.find((name) => name.toLowerCase() === chip('agent').toLowerCase()) ?? ALL}
        options={[{ key: ALL, text: 'Any agent' }, ...agents.map((key) => ({ key, text: key }))]}
        onChange={choose('agent')}
      />
      <Select
        label="Order"
        current={state.sort}
        options={SORTS.map(({ key, text }) => ({ key, text: `Sort: ${text.toLowerCase()}` }))}
        onChange={(sort) => update({ sort: sort as Sort })}
      />
      <span class="quiet agents-fact">{agentsFact(dashboard)}</span>
      <IconButton
        icon="circle-slash"
        label="Hide blocked tasks"
        pressed={isHidden}
        onClick={() => set(isHidden ? withoutToken(state.search, '-is') : withToken(state.search, '-is', 'blocked'))}
      />
      <IconButton
        icon={state.layout === 'cards' ? 'list-flat' : 'layout'}
        label={state.layout === 'cards' ? 'Show as a table' : 'Show as cards'}
        onClick={() => update({ layout: state.layout === 'cards' ? 'table' : 'cards' })}
      />
      <Menu
        label="More actions"
        items={[
          {
            icon: 'debug-rerun',
            text: `Retry All Failed (${count(failed)})`,
            disabled: dashboard.frozen ?? (failed === 0 ? 'No task has failed.' : undefined),
            onClick: () => run('tasktower.retryFailed'),
          },
          scene?.board.queue.state === 'open'
            ? { icon: 'debug-pause', text: 'Pause Queue', disabled: dashboard.frozen, onClick: () => run('tasktower.pauseQueue') }
            : { icon: 'play', text: 'Resume Queue', disabled: dashboard.frozen, onClick: () => run('tasktower.resumeQueue') },
          { icon: 'history', text: 'Search History…', onClick: () => run('tasktower.searchHistory') },
          { icon: 'export', text: 'Export History…', onClick: () => run('tasktower.exportHistory') },
          {
            icon: 'trash',
            text: 'Delete Finished Tasks Older Than…',
            disabled: dashboard.frozen,
            onClick: () => run('tasktower.deleteOld'),
          },
          {
            icon: 'trash',
            text: 'Delete All Finished Tasks…',
            disabled: dashboard.frozen,
            onClick: () => run('tasktower.deleteAllFinished'),
          },
          { icon: 'keyboard', text: 'Keys', onClick: () => dashboard.openDialog('keys') },
        ]}
      />
    </div>
  );
}

function agentsFact({ scene }: Dashboard): string {
  if (!scene) return '';
  const states = [...scene.board.agents.values()].map((agent) => agentStatus(scene.board, scene.live, agent));
  const many = (state: string): number => states.filter((one) => one === state).length;
  const facts = (['busy', 'idle', 'error'] as const).flatMap((state) => (many(state) > 0 ? [`${many(state)} ${state}`] : []));
  return facts.length > 0 ? facts.join(' · ') : states.length > 0 ? `${plural(states.length, 'agent')} offline` : 'No agent yet';
}
