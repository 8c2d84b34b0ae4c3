import type { OutcomeCounts } from '../domain/analytics';
import type { Condition } from './analyticsFilter';
import { Tally } from './analyticsTally';
import type { Sqlite } from './sqlite';

export interface Range {
  from: number;
  to: number;
}

/** What the tasks tell of the agents they ended with. */
export class AgentTally extends Tally {
  withoutHelp = 0;
  attemptsOfCompleted = 0;
}

/** The tasks that ended in a range: all of them, in each of its periods, and by the number of their last agent. */
export interface TaskTallies {
  all: Tally;
  periods: Tally[];
  agents: Map<number, AgentTally>;
}

/** Counts the tasks that ended in the range. */
export function tallyTasks(db: Sqlite, { from, to }: Range, periods: readonly Range[], filter: Condition): TaskTallies {
  const tallies: TaskTallies = { all: new Tally(), periods: periods.map(() => new Tally()), agents: new Map() };
  const sql = `SELECT ended_at, ended_at - created_at, running_ms, end, agent, own_attempts, attempts = 1 AND helped = 0
    FROM facts WHERE ended_at >= ? AND ended_at < ? AND ${filter.sql} ORDER BY ended_at`;
  let period = 0;
  db.each(sql, [from, to, ...filter.params], (row) => {
    const [at = 0, ms = 0, runningMs = 0, end = 0, agent = 0, own = 0, isAlone = 0] = row as [number, number, number, number, ...number[]];
    while (at >= (periods[period]?.to ?? Infinity)) period++;
    tallies.all.add(end, ms, runningMs);
    tallies.periods[period]?.add(end, ms, runningMs);
    // Cancelled before anyone began.
    if (row[4] === null) return;
    let tally = tallies.agents.get(agent);
    if (!tally) tallies.agents.set(agent, (tally = new AgentTally()));
    tally.add(end, ms, runningMs);
    if (end !== 0) return;
    tally.attemptsOfCompleted += own;
    tally.withoutHelp += isAlone;
  });
  return tallies;
}

/** How the tasks ended that ended in a range. */
export function countEnds(db: Sqlite, { from, to }: Range, filter: Condition): OutcomeCounts {
  const tally = new Tally();
  const sql = `SELECT end FROM facts WHERE ended_at >= ? AND ended_at < ? AND ${filter.sql}`;
  db.each(sql, [from, to, ...filter.params], ([end]) => tally.add(Number(end), 0, 0));
  return tally.outcomes;
}
