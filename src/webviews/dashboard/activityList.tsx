import * as l10n from '@vscode/l10n';
import { Fragment } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { ACTIVITY_KINDS, merged, type Activity } from '../../server/domain/activity';
import { ago, clock, day as dayOf } from '../../server/domain/format';
import { agentName } from '../../server/domain/rows/row';
import { Button } from '../kit/button';
import { Icon } from '../kit/icon';
import { Select } from '../kit/select';
import type { Dashboard } from './useDashboard';

const TITLES: Readonly<Record<string, string>> = {
  tasks: l10n.t('Tasks'),
  asks: l10n.t('Questions and reviews'),
  evidence: l10n.t('Evidence'),
  verdicts: l10n.t('Verdicts'),
  agents: l10n.t('Agents'),
};

/** So many lines are seen under the tasks, where there is no room beside them. */
const SHORT = 8;

/** What happened last, newest first. New lines wait while somebody reads further down. */
export function ActivityList({ dashboard }: { dashboard: Dashboard }) {
  const { store, state, update, scene } = dashboard;
  const list = useRef<HTMLOListElement>(null);
  const [held, setHeld] = useState<readonly Activity[]>();
  const [isHovered, setHovered] = useState(false);
  const [isAll, setAll] = useState(false);
  const all = store.activities;
  useEffect(() => {
    const isReading = isHovered || (list.current?.scrollTop ?? 0) > 0;
    setHeld((before) => (isReading ? (before ?? all) : undefined));
  }, [all, isHovered]);
  const shown = held ?? all;
  const fresh = held ? all.findIndex(({ id }) => id === held[0]?.id) : 0;
  const passing = shown.filter(({ kind }) => state.activity === '' || kind === state.activity);
  const lines = merged(passing);
  const release = (): void => {
    if (list.current) list.current.scrollTop = 0;
    setHeld(undefined);
  };
  const now = Date.now();
  let day = new Date(now).toDateString();
  return (
    <section class={`activity${isAll ? ' all' : ''}`} aria-label={l10n.t('Recent activity')}>
      <header class="part-head">
        <h2>{l10n.t('Activity')}</h2>
        {fresh > 0 ? (
          <Button kind="link" onClick={release}>
            {l10n.t('{0} new', fresh)}
          </Button>
        ) : null}
        <Select
          label={l10n.t('Show activity of')}
          current={state.activity}
          options={[{ key: '', text: l10n.t('Everything') }, ...ACTIVITY_KINDS.map((key) => ({ key, text: TITLES[key] ?? key }))]}
          onChange={(activity) => update({ activity })}
        />
      </header>
      {scene && lines.length === 0 ? <p class="quiet empty-line">{l10n.t('Nothing happened yet.')}</p> : null}
      <ol
        ref={list}
        class="activity-lines"
        tabIndex={lines.length > 0 ? 0 : -1}
        aria-label={l10n.t('Newest first')}
        onMouseEnter={() => setHovered(true)}
        onMouseLeave={() => setHovered(false)}
        onScroll={() => list.current?.scrollTop === 0 && !isHovered && setHeld(undefined)}
        onKeyDown={moveBetween}
      >
        {lines.map((line) => {
          const on = new Date(line.at).toDateString();
          const heading = on === day ? undefined : dayOf(line.at);
          day = on;
          return (
            <Fragment key={line.id}>
              {heading ? <li class="quiet activity-day">{heading}</li> : null}
              <li>
                <button
                  type="button"
                  class="activity-line"
                  tabIndex={-1}
                  title={titleOf(dashboard, line)}
                  onClick={() => openActivity(dashboard, line)}
                >
                  <time class="quiet number">{ago(line.at, now)}</time>
                  <Icon name={line.icon} tone={line.tone} />
                  <span class="line">
                    {line.number === undefined ? scene && agentName(scene.board, line.agentId) : `#${line.number}`} {line.text}
                  </span>
                </button>
              </li>
            </Fragment>
          );
        })}
      </ol>
      {lines.length > SHORT ? (
        <footer class="show-all">
          <Button kind="link" onClick={() => setAll(!isAll)}>
            {isAll ? l10n.t('Show Less') : l10n.t('Show All')}
          </Button>
        </footer>
      ) : null}
    </section>
  );
}

function titleOf({ store, scene }: Dashboard, { taskId, agentId, text, at }: Activity): string {
  const task = taskId === undefined ? undefined : store.task(taskId);
  const who = task ? `#${task.number} ${task.title}` : scene ? agentName(scene.board, agentId) : '';
  return `${clock(at, Date.now())} · ${who}: ${text}`;
}

/** A picture opens in the Evidence panel, anything else of a task its details, an agent its own. */
function openActivity({ store, update, run }: Dashboard, { taskId, agentId, evidenceId }: Activity): void {
  if (taskId !== undefined && evidenceId !== undefined) store.run({ command: 'tasktower.openEvidence', taskIds: [taskId], evidenceId });
  else if (taskId !== undefined) run('tasktower.showDetails', [taskId]);
  else if (agentId !== undefined) update({ agent: agentId });
}

function moveBetween(event: KeyboardEvent): void {
  const lines = [...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.activity-line')];
  const at = lines.indexOf(document.activeElement as HTMLElement);
  const next = { ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), Home: 0, End: lines.length - 1 }[event.key];
  if (next === undefined) return;
  lines[next]?.focus();
  event.preventDefault();
  event.stopPropagation();
}
