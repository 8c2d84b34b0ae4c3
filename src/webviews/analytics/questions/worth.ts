import * as l10n from '@vscode/l10n';
import type { AgentAnalytics } from '../../../server/domain/analytics';
import { count } from '../../../server/domain/format';
import { isKnown, MEASURES, perTask, short, type Measure } from '../agentMeasures';
import { COLOUR, OUTCOMES } from '../colours';
import { finished, type Facts } from '../facts';
import type { Drawing, Question } from '../question';
import { MIN_RANK, tip, trustOf } from '../sample';
import { labelsOf, plotHeight, TIP, valueY } from '../specParts';
import type { Cell, Table } from '../table';
import { taskSearch } from '../taskSearch';

/** Which agent is worth it? */
export const worth: Question = { id: 'worth', text: l10n.t('Which agent is worth it?'), title, table, drawings, note };

/** So many agents have room; the table has all. */
const MOST = 6;
/** What the two lines above a chart take, CSS pixels. */
const HEADING = 32;

function title(facts: Facts): string {
  const ranked = facts.analytics.agents
    .filter(({ outcomes, cost: sum }) => outcomes.completed >= MIN_RANK && isKnown(sum))
    .map((agent) => ({ agent, usd: agent.cost.usd / agent.outcomes.completed }))
    .sort((a, b) => a.usd - b.usd);
  const [best, second] = ranked;
  if (!best) return l10n.t('No agent has {0} accepted tasks of known cost yet', MIN_RANK);
  const { agent } = best;
  const [name, said] = [facts.agentName(agent.agentId), perTask(agent.cost, agent.outcomes.completed)];
  const n = `n=${agent.outcomes.completed}`;
  if (!second) return l10n.t('{0}: {1} per accepted task ({2})', name, said, n);
  if (second.usd > best.usd) return l10n.t('{0}: cheapest per accepted task ({1}, {2})', name, said, n);
  const equal = ranked.filter(({ usd }) => usd === best.usd).length;
  return l10n.t('{0} agents cost the same per accepted task ({1})', equal, said);
}

/** Agents that ended a task, the most accepted ones first. */
function agentsOf({ analytics }: Facts): AgentAnalytics[] {
  return analytics.agents
    .filter(({ outcomes }) => finished(outcomes) > 0)
    .sort((a, b) => b.outcomes.completed - a.outcomes.completed || finished(b.outcomes) - finished(a.outcomes));
}

function table(facts: Facts): Table {
  const columns = [
    { text: l10n.t('Agent'), name: 'agent', isNumber: false },
    ...MEASURES.map(({ text, name }) => ({ text, name, isNumber: true })),
    { text: 'n', name: 'finished', isNumber: true },
  ];
  const rows = agentsOf(facts).map((agent) => {
    const n = finished(agent.outcomes);
    const name = facts.agentName(agent.agentId);
    return {
      key: agent.agentId,
      cells: [{ text: name, raw: name }, ...MEASURES.map((measure) => cellOf(measure, agent)), { text: count(n), raw: n }],
      search: searchOf(facts, agent),
    };
  });
  return { columns, rows };
}

function cellOf(measure: Measure, agent: AgentAnalytics): Cell {
  const none = measure.key === 'cost' && !isKnown(agent.cost) ? null : undefined;
  return { text: measure.said(agent), raw: measure.value(agent) ?? none, ...titleOf(measure, agent) };
}

function titleOf({ n }: Measure, agent: AgentAnalytics): { title?: string } {
  return trustOf(n(agent)) === 'small' ? { title: tip(n(agent), `n=${n(agent)}`).replace('\n', '. ') } : {};
}

function searchOf(facts: Facts, { agentId }: AgentAnalytics): string {
  return taskSearch(facts, { agentId, status: OUTCOMES.map(({ key }) => key) });
}

function note(facts: Facts): string | undefined {
  const agents = agentsOf(facts);
  const few = agents.some((agent) => MEASURES.some(({ n }) => trustOf(n(agent)) !== 'full'));
  const hidden = agents.length > MOST ? l10n.t('{0} of {1} agents; the table has all.', MOST, agents.length) : '';
  return [hidden, few ? l10n.t('Hollow: n < 10.') : ''].filter((text) => text !== '').join(' ') || undefined;
}

function drawings(facts: Facts): Drawing[] {
  const agents = agentsOf(facts).slice(0, MOST);
  return MEASURES.map((measure, index) => ({
    key: measure.key,
    grow: index === 0 ? 1.6 : 1,
    spec: dots(facts, agents, measure, index === 0),
  }));
}

function dots(facts: Facts, agents: readonly AgentAnalytics[], measure: Measure, isNamed: boolean): Drawing['spec'] {
  const ids = agents.map(({ agentId }) => agentId);
  const values = agents.map((agent) => ({
    agent: agent.agentId,
    value: measure.value(agent),
    said: measure.value(agent) === null ? short(measure, agent) : '',
    isFew: trustOf(measure.n(agent)) !== 'full',
    tip: tip(measure.n(agent), facts.agentName(agent.agentId), `${measure.text}: ${measure.said(agent)} (n=${measure.n(agent)})`),
    search: searchOf(facts, agent),
  }));
  const ticks = measure.ticks(Math.max(0, ...values.map(({ value }) => value ?? 0)));
  // A narrow chart has room for its ends alone.
  const { type, field, scale, axis } = valueY('value', { values: [0, ticks.max], max: ticks.max }, (value) =>
    value === 0 ? '0' : measure.label(value),
  );
  const y = {
    field: 'agent',
    type: 'nominal',
    scale: { type: 'band', domain: ids, paddingInner: 0.2 },
    axis: {
      labels: isNamed,
      labelColor: COLOUR.text,
      labelLimit: 90,
      labelExpr: labelsOf(
        ids,
        ids.map((id) => facts.agentName(id)),
      ),
    },
  } as const;
  return {
    data: { values },
    height: plotHeight() - HEADING,
    title: {
      text: [...measure.heading],
      lineHeight: 13,
      anchor: 'start',
      fontSize: 11,
      fontWeight: 'normal',
      color: COLOUR.muted,
      offset: 6,
    },
    encoding: { y },
    layer: [
      {
        data: { values: values.filter(({ value }) => value !== null) },
        mark: { type: 'point', size: 60, stroke: COLOUR.blue, cursor: 'pointer', strokeWidth: 1.5 },
        encoding: {
          x: { field, type, scale, axis: { ...axis, grid: false, labelFlush: true } },
          fill: { condition: { test: 'datum.isFew', value: COLOUR.page }, value: COLOUR.blue },
          tooltip: TIP,
        },
      },
      {
        data: { values: values.filter(({ value }) => value === null) },
        mark: { type: 'text', align: 'left', color: COLOUR.muted, limit: 80 },
        encoding: { x: { value: 2 }, text: { field: 'said', type: 'nominal' }, tooltip: TIP },
      },
    ],
  };
}
