import type { ServerResponse } from 'node:http';
import type { Tower } from '../domain/ports';
import { AnalyticsOut, AnalyticsQuery } from '../protocol/analytics';
import { analyticsCsv, analyticsOut } from './analyticsOut';
import { route, type Route } from './route';
import { defined } from './taskRoutes';

/** What the finished tasks tell. */
export function analyticsRoutes(tower: Tower): Route[] {
  return [
    route({
      method: 'GET',
      path: '/api/analytics',
      about: 'What the finished tasks tell: outcomes, times, agents, cost. With `format=csv` as CSV (RFC 4180).',
      query: AnalyticsQuery,
      answer: AnalyticsOut,
      handle: async ({ query: { from, to, group, agent, kind, folder, format }, response }) => {
        const time = (value: string | undefined): number | undefined => (value === undefined ? undefined : Date.parse(value));
        const names = (list: string[] | undefined): string[] | undefined => (list?.length ? list : undefined);
        const filter = { group, ...defined({ from: time(from), to: time(to), agents: names(agent), kinds: names(kind), folder }) };
        const answer = analyticsOut(await tower.query({ type: 'Analytics', filter }));
        if (format === 'json') return answer;
        sendCsv(response, analyticsCsv(answer));
        return undefined;
      },
    }),
  ];
}

function sendCsv(response: ServerResponse, text: string): void {
  const body = Buffer.from(text);
  response.writeHead(200, {
    'content-type': 'text/csv; charset=utf-8; header=present',
    'content-length': body.length,
    'content-disposition': 'attachment; filename="tasktower-analytics.csv"',
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
  });
  response.end(body);
}
