import { MAX_ESTIMATE, MIN_ESTIMATE, type Estimate } from '../domain/analytics';
import { nearestRank } from './analyticsTally';
import { wordOf } from './analyticsWords';
import type { Sqlite } from './sqlite';

/** How long completed tasks took, by kind and by agent and kind. */
export function estimates(db: Sqlite): Estimate[] {
  const groups: [kind: number, agent: number | null][] = [];
  const take = ([kind, agent = null]: unknown[]): unknown => groups.push([Number(kind), agent === null ? null : Number(agent)]);
  db.each(`SELECT kind FROM facts WHERE end = 0 AND last_ms IS NOT NULL GROUP BY kind HAVING count(*) >= ${MIN_ESTIMATE}`, [], take);
  db.each(
    `SELECT kind, agent FROM facts WHERE end = 0 AND last_ms IS NOT NULL GROUP BY kind, agent HAVING count(*) >= ${MIN_ESTIMATE}`,
    ...[[], take],
  );
  return groups.map(([kind, agent]) => {
    const times = lastTimes(db, kind, agent);
    return {
      agentId: agent === null ? '' : wordOf(db, agent),
      kind: wordOf(db, kind),
      ...{ n: times.length, medianMs: nearestRank(times, 50) ?? 0 },
    };
  });
}

/** Running times of the last completed ones, sorted. */
function lastTimes(db: Sqlite, kind: number, agent: number | null): Float64Array {
  const whose = agent === null ? '' : 'AND agent = ?';
  const sql = `SELECT last_ms FROM facts WHERE end = 0 AND last_ms IS NOT NULL AND kind = ? ${whose} ORDER BY ended_at DESC LIMIT ${MAX_ESTIMATE}`;
  const times: number[] = [];
  db.each(sql, agent === null ? [kind] : [kind, agent], ([ms]) => times.push(Number(ms)));
  return Float64Array.from(times).sort();
}
