import { CostsBy } from './analyticsCosts';
import type { Condition } from './analyticsFilter';
import type { Range } from './analyticsTasks';
import { agentTime, type AgentTime } from './analyticsTime';
import type { Sqlite } from './sqlite';

/** The number that stands for a model that was not told; no word has it. */
export const NO_MODEL = 0;

/** What the attempts tell: cost of those that ended in the range and pass the filter, and the time of all. */
export interface AttemptTallies {
  periods: { byAgent: CostsBy; byModel: CostsBy }[];
  usage: { attempts: number; told: number };
  /** By the numbers of agents. */
  times: Map<number, AgentTime>;
  /** Agents with an attempt that passes the filter and ended in the range. */
  agents: Set<number>;
}

export interface AttemptScan {
  range: Range;
  periods: readonly Range[];
  whose: Condition;
  what: Condition;
  /** Until when what has not ended goes on, ms. */
  now: number;
}

/** Adds up the attempts of a range. */
export function tallyAttempts(db: Sqlite, scan: AttemptScan): AttemptTallies {
  const { range, periods, whose, what } = scan;
  const { from, to } = range;
  const tallies: AttemptTallies = {
    periods: periods.map(() => ({ byAgent: new CostsBy(), byModel: new CostsBy() })),
    ...{ usage: { attempts: 0, told: 0 }, times: new Map(), agents: new Set() },
  };
  const sql = `SELECT ended_at, started_at, agent, told, model, basis, usd, ${what.sql}
    FROM attempts WHERE ended_at >= ? AND started_at < ? AND ${whose.sql} ORDER BY ended_at`;
  let period = 0;
  db.each(sql, [...what.params, from, to, ...whose.params], (row) => {
    const [endedAt, startedAt, agent, told, model, basis, usd, passes] = row as [number, number, number, number, ...(number | null)[]];
    timeOf(tallies, agent, range).attempts.add(startedAt, endedAt);
    if (endedAt >= to || !passes) return;
    while (endedAt >= (periods[period]?.to ?? Infinity)) period++;
    tallies.usage.attempts++;
    tallies.usage.told += told;
    tallies.agents.add(agent);
    tallies.periods[period]?.byAgent.add(agent, basis ?? null, usd ?? null);
    tallies.periods[period]?.byModel.add(model ?? NO_MODEL, basis ?? null, usd ?? null);
  });
  addOpen(db, scan, tallies);
  return tallies;
}

/** What goes on, and the times in which attempts waited for a person. */
function addOpen(db: Sqlite, { range, whose, now }: AttemptScan, tallies: AttemptTallies): void {
  const { from, to } = range;
  const open = `SELECT agent, started_at, asked_at FROM attempts WHERE ended_at IS NULL AND started_at < ? AND ${whose.sql}`;
  for (const { agent, started_at, asked_at } of db.all(open, to, ...whose.params)) {
    const time = timeOf(tallies, Number(agent), range);
    time.attempts.add(Number(started_at), now);
    if (asked_at !== null) time.waits.add(Number(asked_at), now);
  }
  db.each('SELECT agent, from_at, to_at FROM waits WHERE to_at > ? AND from_at < ?', [from, to], ([agent, begin, end]) =>
    tallies.times.get(Number(agent))?.waits.add(Number(begin), Number(end)),
  );
}

/** The time of an agent, which is begun when there is none. */
export function timeOf({ times }: Pick<AttemptTallies, 'times'>, agent: number, { from, to }: Range): AgentTime {
  let time = times.get(agent);
  if (!time) times.set(agent, (time = agentTime(from, to)));
  return time;
}
