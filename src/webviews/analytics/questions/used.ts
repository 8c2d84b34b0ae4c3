import * as l10n from '@vscode/l10n';
import type { AgentAnalytics } from '../../../server/domain/analytics';
import { duration, share } from '../../../server/domain/format';
import { COLOUR, OUTCOMES } from '../colours';
import { finished, type Facts } from '../facts';
import type { Drawing, Question } from '../question';
import { MIN_RANK } from '../sample';
import { labelsOf, plotHeight, TIP } from '../specParts';
import { spanCell, type Table } from '../table';
import { taskSearch } from '../taskSearch';

/** Are agents used? */
export const used: Question = { id: 'used', text: l10n.t('Are agents used?'), title, table, drawings, note };

const IDLE = l10n.t('Idle');
const PARTS = [
  { key: 'busyMs', text: l10n.t('Busy'), colour: COLOUR.yellow, opacity: 1 },
  { key: 'waitingMs', text: l10n.t('Waiting'), colour: COLOUR.purple, opacity: 1 },
  { key: 'idleMs', text: IDLE, colour: COLOUR.green, opacity: 0.4 },
] as const;
/** So many bars have room; the table has all. */
const MOST = 6;
/** A label inside needs this share of the bar. */
const ROOM = 0.12;

function title(facts: Facts): string {
  const present = facts.analytics.agents.filter((agent) => timeOf(agent) > 0);
  const [first] = present;
  if (!first) return l10n.t('No agent was there');
  const known = present.filter(({ outcomes }) => finished(outcomes) >= MIN_RANK);
  const [most, second] = (present.length === 1 ? present : known).toSorted((a, b) => busyShare(b) - busyShare(a));
  if (most && (!second || busyShare(most) > busyShare(second)))
    return l10n.t('{0} was busy {1} of its time', facts.agentName(most.agentId), share(busyShare(most)));
  const sum = (key: 'busyMs' | 'waitingMs' | 'idleMs'): number => present.reduce((total, agent) => total + agent[key], 0);
  return l10n.t(
    '{0} agents were busy {1} of their time',
    present.length,
    share(sum('busyMs') / (sum('busyMs') + sum('waitingMs') + sum('idleMs'))),
  );
}

function timeOf({ busyMs, waitingMs, idleMs }: AgentAnalytics): number {
  return busyMs + waitingMs + idleMs;
}

function busyShare(agent: AgentAnalytics): number {
  return timeOf(agent) === 0 ? 0 : agent.busyMs / timeOf(agent);
}

function table(facts: Facts): Table {
  const columns = [
    { text: l10n.t('Agent'), name: 'agent', isNumber: false },
    ...PARTS.map(({ key, text }) => ({ text, name: key.replace('Ms', '_ms'), isNumber: true })),
    { text: l10n.t('Busy share'), name: 'busy_share', isNumber: true },
  ];
  const rows = facts.analytics.agents.map((agent) => ({
    key: agent.agentId,
    cells: [
      { text: facts.agentName(agent.agentId), raw: facts.agentName(agent.agentId) },
      ...PARTS.map(({ key }) => spanCell(agent[key])),
      timeOf(agent) > 0 ? { text: share(busyShare(agent)), raw: busyShare(agent) } : { text: l10n.t('not there') },
    ],
    search: searchOf(facts, agent),
  }));
  return { columns, rows };
}

function searchOf(facts: Facts, { agentId }: AgentAnalytics): string {
  return taskSearch(facts, { agentId, status: OUTCOMES.map(({ key }) => key) });
}

function shown({ analytics }: Facts): AgentAnalytics[] {
  return analytics.agents
    .filter((agent) => timeOf(agent) > 0)
    .sort((a, b) => busyShare(b) - busyShare(a))
    .slice(0, MOST);
}

function note(facts: Facts): string | undefined {
  const there = facts.analytics.agents.filter((agent) => timeOf(agent) > 0).length;
  return there > MOST ? l10n.t('The {0} busiest of {1} agents; the table has all.', MOST, there) : undefined;
}

function drawings(facts: Facts): Drawing[] {
  const agents = shown(facts);
  const values = agents.flatMap((agent) => {
    let start = 0;
    return PARTS.filter(({ key }) => agent[key] > 0).map(({ key, text, colour, opacity }) => {
      const value = agent[key] / timeOf(agent);
      const middle = start + value / 2;
      start += value;
      return {
        agent: agent.agentId,
        part: text,
        colour,
        opacity,
        ...{ start: start - value, end: start, middle },
        label: value >= ROOM ? share(value) : '',
        tip: `${facts.agentName(agent.agentId)}\n${l10n.t('{0} {1}: {2} of {3}', text, share(value), duration(agent[key]), duration(timeOf(agent)))}`,
        search: searchOf(facts, agent),
      };
    });
  });
  const ids = agents.map(({ agentId }) => agentId);
  const y = {
    field: 'agent',
    type: 'nominal',
    scale: { domain: ids, paddingInner: 0.3, paddingOuter: 0.15 },
    axis: {
      grid: false,
      labelColor: COLOUR.text,
      labelExpr: labelsOf(
        ids,
        ids.map((id) => facts.agentName(id)),
      ),
    },
  } as const;
  const label = { y, x: { field: 'middle', type: 'quantitative' }, text: { field: 'label', type: 'nominal' } } as const;
  const names = PARTS.map(({ text }) => text);
  return [
    {
      key: 'bars',
      grow: 1,
      spec: {
        data: { values },
        height: plotHeight(PARTS.length),
        layer: [
          {
            mark: { type: 'bar', cursor: 'pointer', stroke: COLOUR.edge },
            encoding: {
              y,
              x: {
                field: 'start',
                type: 'quantitative',
                scale: { domain: [0, 1], nice: false },
                axis: { values: [0, 0.5, 1], labelExpr: labelsOf([0, 0.5, 1], ['0%', '50%', '100%']) },
              },
              x2: { field: 'end' },
              color: {
                field: 'part',
                type: 'nominal',
                scale: { domain: names, range: PARTS.map(({ colour }) => colour) },
                legend: { values: names, symbolOpacity: { expr: `datum.value === ${JSON.stringify(IDLE)} ? 0.4 : 1` } },
              },
              fillOpacity: { field: 'opacity', type: 'quantitative', scale: null },
              tooltip: TIP,
            },
          },
          // A halo keeps the figure readable on every colour of every theme.
          { mark: { type: 'text', stroke: COLOUR.page, strokeWidth: 3, strokeJoin: 'round', color: COLOUR.page }, encoding: label },
          { mark: { type: 'text' }, encoding: label },
        ],
      },
    },
  ];
}
