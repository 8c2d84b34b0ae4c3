import type { Metrics } from '../domain/ports';
import { route, type Route } from './route';

/** What a monitoring system reads. Any token of a person or a program will do. */
export function metricsRoute(metrics: Metrics): Route {
  return route({
    method: 'GET',
    path: '/metrics',
    about: 'The figures of this tower in the text format of Prometheus.',
    handle: async ({ response }) => {
      const text = Buffer.from(await metrics.text());
      const headers = { 'content-type': metrics.type, 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
      response.writeHead(200, { ...headers, 'content-length': text.length });
      response.end(text);
    },
  });
}
