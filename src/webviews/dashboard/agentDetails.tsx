import * as l10n from '@vscode/l10n';
import { useEffect, useState } from 'preact/hooks';
import type { Agent } from '../../server/domain/agent';
import type { AgentAnalytics } from '../../server/domain/analytics';
import { ago, clock, costSum, duration, rate, share } from '../../server/domain/format';
import { load } from '../../server/domain/board';
import { taskName } from '../../server/domain/task';
import { Button, IconButton } from '../kit/button';
import { spoken } from '../../server/domain/spoken';
import type { Dashboard } from './useDashboard';

const DAYS = 30;
const DAY_MS = 86_400_000;
/** Below this many no rate is told. */
const FEW = 3;

/** What an agent does now, and how it did in the last 30 days. */
export function AgentDetails({ dashboard, agent, onClose }: { dashboard: Dashboard; agent: Agent; onClose: () => void }) {
  const { store, scene } = dashboard;
  const [figures, setFigures] = useState<AgentAnalytics | null>();
  const [error, setError] = useState('');
  const ended = agent.totals.completed + agent.totals.failed + agent.totals.cancelled;
  useEffect(() => {
    let isGone = false;
    store
      .query({ type: 'Analytics', filter: { agents: [agent.id], from: Date.now() - DAYS * DAY_MS, group: 'month' } })
      .then(({ agents }) => isGone || setFigures(agents.find(({ agentId }) => agentId === agent.id) ?? null))
      .catch((reason: unknown) => isGone || setError(spoken(reason)));
    return () => void (isGone = true);
  }, [store, agent.id, ended]);
  if (!scene) return null;
  const tasks = [...(scene.board.held.get(agent.id) ?? [])].flatMap((id) => scene.board.tasks.get(id) ?? []);
  const since = scene.live.agents.get(agent.id)?.since;
  return (
    <section class="agent-details" aria-label={l10n.t('Details of {0}', agent.name)}>
      <header class="part-head">
        <h3>{agent.name}</h3>
        <Button onClick={() => store.run({ command: 'tasktower.showAgentOutput', agentId: agent.id })}>{l10n.t('Show Output')}</Button>
        <IconButton icon="close" label={l10n.t('Close details')} onClick={onClose} />
      </header>
      <dl>
        <Fact name={l10n.t('Here since')} value={since === undefined ? l10n.t('not here') : clock(since, Date.now())} />
        <dt class="quiet">{l10n.t('Works on')}</dt>
        <dd>
          {tasks.map((task) => (
            <Button key={task.id} kind="link" onClick={() => dashboard.run('tasktower.showDetails', [task.id])}>
              {taskName(task)}
            </Button>
          ))}
          {tasks.length === 0 ? l10n.t('nothing, {0} of {1} taken', load(scene.board, agent.id), agent.capacity) : null}
        </dd>
        {agent.skills.length > 0 ? <Fact name={l10n.t('Skills')} value={agent.skills.join(', ')} /> : null}
        {factsOf(figures).map(([name, value]) => (
          <Fact key={name} name={name} value={value} />
        ))}
      </dl>
      {error ? <p class="quiet">{l10n.t('Its figures are not known: {0}', error)}</p> : null}
      {figures === undefined && !error ? <p class="quiet">{l10n.t('Its figures are being counted.')}</p> : null}
      {figures && figures.errors.length > 0 ? (
        <>
          <h4>{l10n.t('Last errors')}</h4>
          <ul class="errors">
            {figures.errors.map(({ taskId, number, at, message }) => (
              <li key={`${taskId}${at}`}>
                <Button kind="link" onClick={() => dashboard.run('tasktower.openLogs', [taskId])}>{`#${number}`}</Button>
                <span class="line" title={message}>
                  {message}
                </span>
                <span class="quiet">{ago(at, Date.now())}</span>
              </li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  return (
    <>
      <dt class="quiet">{name}</dt>
      <dd>{value}</dd>
    </>
  );
}

/** The figures in words; a rate only with enough behind it. */
export function factsOf(figures: AgentAnalytics | null | undefined): [string, string][] {
  if (figures === undefined) return [];
  if (figures === null) return [[l10n.t('Last 30 days'), l10n.t('no finished task')]];
  const { outcomes, durations, busyMs, waitingMs, idleMs, cost } = figures;
  const ended = outcomes.completed + outcomes.failed;
  const there = busyMs + waitingMs + idleMs;
  return [
    [
      l10n.t('Success'),
      ended === 0
        ? l10n.t('no finished task')
        : ended < FEW
          ? l10n.t('{0} of {1}', outcomes.completed, ended)
          : rate(outcomes.completed, ended),
    ],
    ...(durations.medianMs === null || durations.n < FEW
      ? []
      : ([
          [l10n.t('Median'), `${duration(durations.medianMs)} (n=${durations.n})`],
          [l10n.t('95th percentile'), duration(durations.p95Ms ?? durations.medianMs)],
        ] as [string, string][])),
    ...(there > 0 ? ([[l10n.t('Busy'), l10n.t('{0} of {1}', share(busyMs / there), duration(there))]] as [string, string][]) : []),
    [l10n.t('Cost'), costSum(cost)],
  ];
}
