import * as l10n from '@vscode/l10n';
import { agentStatus } from '../../server/domain/agentStatus';
import { count, counted } from '../../server/domain/format';
import { tokensOf, withToken, withoutToken, type TokenName } from '../../server/domain/search';
import { Status } from '../../server/domain/task';
import { Button, IconButton } from '../kit/button';
import { Icon } from '../kit/icon';
import { Menu } from '../kit/menu';
import { moveBetweenControls } from '../kit/moveFocus';
import { Select } from '../kit/select';
import { statusText } from './card';
import { SORTS, type Sort } from './list';
import type { Dashboard } from './useDashboard';
import { word } from '../../server/domain/words';

const ALL = '';

/** New task, search with its chips, order and layout, and what the agents do. */
export function Toolbar({ dashboard }: { dashboard: Dashboard }) {
  const { state, update, run, scene, whyNot } = dashboard;
  const set = (search: string): void => update({ search });
  const tokens = tokensOf(state.search);
  const chip = (name: string): string => tokens.filter((token) => token.name === name).at(-1)?.value ?? ALL;
  const choose = (name: TokenName) => (value: string) =>
    set(value === ALL ? withoutToken(state.search, name) : withToken(withoutToken(state.search, name), name, value));
  const isHidden = tokens.some(({ name, value, not }) => name === 'is' && value === 'blocked' && not);
  const failed = scene?.board.byStatus.failed.size ?? 0;
  const agents = [...(scene?.board.agents.values() ?? [])].map(({ name }) => name).sort();
  return (
    <div class="toolbar" role="toolbar" aria-label={l10n.t('Tasks')} onKeyDown={moveBetweenControls}>
      <Button
        kind={state.isCreating ? 'secondary' : 'primary'}
        icon="add"
        shortcut="c"
        disabled={whyNot('tasktower.createTask')}
        onClick={() => update(({ isCreating, ...rest }) => ({ ...rest, isCreating: !isCreating }))}
      >
        {l10n.t('New Task')}
      </Button>
      <label class="search">
        <Icon name="search" />
        <input
          id="search"
          class="input"
          type="search"
          placeholder={l10n.t('Search tasks')}
          title={l10n.t('Words, #12, or tokens such as status:failed agent:kimi kind:review after:7d')}
          aria-label={l10n.t('Search tasks')}
          aria-keyshortcuts="/"
          value={state.search}
          onInput={(event) => set(event.currentTarget.value)}
        />
      </label>
      <Select
        label={l10n.t('Status')}
        current={chip('status')}
        options={[{ key: ALL, text: l10n.t('Any status') }, ...Status.options.map((key) => ({ key, text: statusText(key) }))]}
        onChange={choose('status')}
      />
      <Select
        label={l10n.t('Agent')}
        current={agents.find((name) => name.toLowerCase() === chip('agent').toLowerCase()) ?? ALL}
        options={[{ key: ALL, text: l10n.t('Any agent') }, ...agents.map((key) => ({ key, text: key }))]}
        onChange={choose('agent')}
      />
      <Select
        label={l10n.t('Order')}
        current={state.sort}
        options={SORTS.map(({ key, text }) => ({ key, text: l10n.t('Sort: {0}', text.toLowerCase()) }))}
        onChange={(sort) => update({ sort: sort as Sort })}
      />
      <span class="quiet agents-fact">{agentsFact(dashboard)}</span>
      <IconButton
        icon="circle-slash"
        label={l10n.t('Hide blocked tasks')}
        pressed={isHidden}
        onClick={() => set(isHidden ? withoutToken(state.search, '-is') : withToken(state.search, '-is', 'blocked'))}
      />
      <IconButton
        icon={state.layout === 'cards' ? 'list-flat' : 'layout'}
        label={state.layout === 'cards' ? l10n.t('Show as a table') : l10n.t('Show as cards')}
        onClick={() => update({ layout: state.layout === 'cards' ? 'table' : 'cards' })}
      />
      <Menu
        label={l10n.t('More actions')}
        items={[
          {
            icon: 'debug-rerun',
            text: l10n.t('Retry All Failed ({0})', count(failed)),
            disabled: whyNot('tasktower.retryFailed') ?? (failed === 0 ? l10n.t('No task has failed.') : undefined),
            onClick: () => run('tasktower.retryFailed'),
          },
          scene?.board.queue.state === 'open'
            ? {
                icon: 'debug-pause',
                text: l10n.t('Pause Queue'),
                disabled: whyNot('tasktower.pauseQueue'),
                onClick: () => run('tasktower.pauseQueue'),
              }
            : {
                icon: 'play',
                text: l10n.t('Resume Queue'),
                disabled: whyNot('tasktower.resumeQueue'),
                onClick: () => run('tasktower.resumeQueue'),
              },
          { icon: 'history', text: l10n.t('Search History…'), onClick: () => run('tasktower.searchHistory') },
          { icon: 'export', text: l10n.t('Export History…'), onClick: () => run('tasktower.exportHistory') },
          {
            icon: 'trash',
            text: l10n.t('Delete Finished Tasks Older Than…'),
            disabled: whyNot('tasktower.deleteOld'),
            onClick: () => run('tasktower.deleteOld'),
          },
          {
            icon: 'trash',
            text: l10n.t('Delete All Finished Tasks…'),
            disabled: whyNot('tasktower.deleteAllFinished'),
            onClick: () => run('tasktower.deleteAllFinished'),
          },
          { icon: 'keyboard', text: l10n.t('Keys'), onClick: () => dashboard.openDialog('keys') },
        ]}
      />
    </div>
  );
}

function agentsFact({ scene }: Dashboard): string {
  if (!scene) return '';
  const states = [...scene.board.agents.values()].map((agent) => agentStatus(scene.board, scene.live, agent));
  const many = (state: string): number => states.filter((one) => one === state).length;
  const facts = (['busy', 'idle', 'error'] as const).flatMap((state) => (many(state) > 0 ? [`${many(state)} ${word(state)}`] : []));
  return facts.length > 0
    ? facts.join(' · ')
    : states.length > 0
      ? l10n.t('{0} offline', counted(states.length, l10n.t('{0} agent'), l10n.t('{0} agents')))
      : l10n.t('No agent yet');
}
