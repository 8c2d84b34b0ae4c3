import type { AgentAnalytics, Analytics, AnalyticsFilter, OutcomeCounts } from '../domain/analytics';
import { addSums, noCosts, type CostSum } from '../domain/cost';
import { NO_MODEL, tallyAttempts, timeOf, type AttemptTallies } from './analyticsAttempts';
import { conditionsOf, type Condition } from './analyticsFilter';
import { beginBefore, dayAfter, earliest, periodsOf, startOf } from './analyticsPeriods';
import { Tally } from './analyticsTally';
import { AgentTally, countEnds, tallyTasks, type Range, type TaskTallies } from './analyticsTasks';
import { splitTime } from './analyticsTime';
import { knownIds, wordOf } from './analyticsWords';
import type { Sqlite } from './sqlite';

/** The most kinds and folders that are named. */
const MAX_NAMES = 1_000;
const ERRORS = 3;

/** What is asked, and what only the asker knows. */
export interface AnalyticsAsk {
  filter: AnalyticsFilter;
  /** Until when what goes on counts, ms. */
  now: number;
  /** The agents that are there now, and until when the others that were not seen to leave were, ms. */
  present: readonly string[];
  seenAt: number;
}

/** What the charts show. */
export function analytics(db: Sqlite, ask: AnalyticsAsk): Analytics {
  const { filter, now } = ask;
  const range = rangeOf(db, filter, now);
  const periods = periodsOf(filter.group, range.from, range.to);
  const ofTasks = conditionsOf(db, filter, 'facts').both;
  const { whose, what } = conditionsOf(db, filter, 'attempts');
  const tasks = tallyTasks(db, range, periods, ofTasks);
  const attempts = tallyAttempts(db, { range, periods, whose, what, now });
  addPresence(db, ask, range, attempts);
  const named = namesBy(db);
  const spent = attempts.periods.map(({ byAgent }) => byAgent.named(named));
  const costs = totals(spent);
  const agents = [...agentsIn(tasks, attempts, filter)].map((id): AgentAnalytics => {
    const tally = tasks.agents.get(id) ?? new AgentTally();
    const { withoutHelp, attemptsOfCompleted } = tally;
    return {
      ...{ agentId: named(id), ...figuresOf(tally), withoutHelp, attemptsOfCompleted },
      ...splitTime(timeOf(attempts, id, range)),
      ...{ cost: costs.get(named(id)) ?? noCosts(), errors: errorsOf(db, id, range, what) },
    };
  });
  const before = beforeOf(db, filter, range, ofTasks);
  return {
    ...{ ...range, ...figuresOf(tasks.all), ...(before ? { before } : {}) },
    periods: periods.map((period, index) => ({
      ...{ ...period, ...figuresOf(tasks.periods[index] ?? new Tally()) },
      costByAgent: spent[index] ?? {},
      costByModel: attempts.periods[index]?.byModel.named(named) ?? {},
    })),
    agents: agents.sort((a, b) => finished(b) - finished(a) || (a.agentId < b.agentId ? -1 : 1)),
    ...{ cost: addSums(costs.values()), usage: attempts.usage },
    ...{ kinds: namesOf(db, named, 'kind'), folders: namesOf(db, named, 'folder') },
  };
}

/** The sums of several periods, by their names. */
function totals(sums: readonly Readonly<Record<string, CostSum>>[]): Map<string, CostSum> {
  const byName = new Map<string, CostSum[]>();
  for (const [name, sum] of sums.flatMap((one) => Object.entries(one))) {
    const all = byName.get(name);
    if (all) all.push(sum);
    else byName.set(name, [sum]);
  }
  return new Map([...byName].map(([name, all]) => [name, addSums(all)]));
}

/** Whole days of the machine's calendar where the filter says nothing. */
function rangeOf(db: Sqlite, filter: AnalyticsFilter, now: number): Range {
  const { group, from, to = dayAfter(now) } = filter;
  if (from !== undefined) return { from, to };
  const first = db.first('SELECT min(at) AS at FROM (SELECT min(ended_at) AS at FROM facts UNION ALL SELECT min(ended_at) FROM attempts)');
  const begin = startOf('day', typeof first?.at === 'number' ? first.at : now);
  return { from: Math.max(begin, earliest(group, to)), to };
}

function beforeOf(db: Sqlite, filter: AnalyticsFilter, { from, to }: Range, where: Condition): OutcomeCounts | undefined {
  const first = db.first('SELECT created_at FROM facts ORDER BY number LIMIT 1')?.created_at;
  if (filter.from === undefined || typeof first !== 'number' || first >= from) return undefined;
  return countEnds(db, { from: beginBefore(from, to), to: from }, where);
}

/** Of agents that are not there now and were not seen to leave, as when a tower died, no more is known than when they were last seen. */
function addPresence(db: Sqlite, { filter, now, present, seenAt }: AnalyticsAsk, range: Range, attempts: AttemptTallies): void {
  const wanted = filter.agents && new Set(knownIds(db, filter.agents));
  const here = new Set(knownIds(db, present));
  const sql = 'SELECT agent, from_at, to_at FROM presence WHERE (to_at > ? OR to_at IS NULL) AND from_at < ?';
  db.each(sql, [range.from, range.to], ([id, begin, end]) => {
    const agent = Number(id);
    if (wanted && !wanted.has(agent)) return;
    const last = typeof end === 'number' ? end : here.has(agent) ? now : seenAt;
    timeOf(attempts, agent, range).presence.add(Number(begin), last);
  });
}

/** Those with work that passes the filter; where work is not filtered, those that were there too. */
function agentsIn(tasks: TaskTallies, attempts: AttemptTallies, { kinds, folder }: AnalyticsFilter): Set<number> {
  const agents = new Set([...tasks.agents.keys(), ...attempts.agents]);
  if (kinds || folder !== undefined) return agents;
  for (const [agent, { attempts: open, presence }] of attempts.times) if (!open.isEmpty || !presence.isEmpty) agents.add(agent);
  return agents;
}

function figuresOf(tally: Tally): Pick<Analytics, 'outcomes' | 'durations'> {
  return { outcomes: tally.outcomes, durations: tally.durations() };
}

function errorsOf(db: Sqlite, agent: number, { from, to }: Range, what: Condition): AgentAnalytics['errors'] {
  const sql = `SELECT tasks.id, number, attempts.ended_at AS at, attempts.error FROM attempts JOIN tasks USING (number)
    WHERE attempts.agent = ? AND attempts.error IS NOT NULL AND attempts.ended_at >= ? AND attempts.ended_at < ? AND ${what.sql}
    ORDER BY attempts.ended_at DESC LIMIT ${ERRORS}`;
  return db
    .all(sql, agent, from, to, ...what.params)
    .map((row) => ({ taskId: String(row.id), number: Number(row.number), at: Number(row.at), message: String(row.error) }));
}

/** Looks each word up once. */
function namesBy(db: Sqlite): (id: number) => string {
  const words = new Map([[NO_MODEL, '']]);
  return (id) => {
    const word = words.get(id) ?? wordOf(db, id);
    words.set(id, word);
    return word;
  };
}

function namesOf(db: Sqlite, named: (id: number) => string, column: 'kind' | 'folder'): string[] {
  const names: string[] = [];
  // From one to the next in the index; DISTINCT would read every row.
  const sql = `WITH RECURSIVE steps (id) AS (SELECT min(${column}) FROM facts
      UNION ALL SELECT (SELECT min(${column}) FROM facts WHERE ${column} > id) FROM steps WHERE id IS NOT NULL)
    SELECT id FROM steps WHERE id IS NOT NULL LIMIT ${MAX_NAMES}`;
  db.each(sql, [], ([id]) => names.push(named(Number(id))));
  return names.sort();
}

function finished({ outcomes: { completed, failed, cancelled } }: AgentAnalytics): number {
  return completed + failed + cancelled;
}
