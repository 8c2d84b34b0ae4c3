import { pipeline, Readable } from 'node:stream';
import * as z from 'zod';
import { findTask } from '../domain/board';
import { logPattern } from '../domain/logPattern';
import { LogFormat, LogMatch, LogPageParams, type LogScope, type LogPage } from '../domain/logQuery';
import type { ExportLogs, Tower } from '../domain/ports';
import { LogLevel } from '../domain/report';
import { Many } from '../protocol/rest';
import { route, type Route } from './route';
import { taskRefOf } from './taskRef';
import { defined } from './taskRoutes';

const flag = z
  .enum(['true', 'false'])
  .default('false')
  .transform((text) => text === 'true');
const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));

/** Which lines, as a query string says it. */
const ScopeQuery = z.strictObject({
  task: Many(z.string().max(40)).optional(),
  attempt: z.coerce.number().int().positive().optional(),
  agent: Many(z.string().max(80)).optional(),
  level: LogLevel.optional(),
  only: LogLevel.optional(),
  from: time.optional(),
  to: time.optional(),
  text: LogMatch.shape.text.optional(),
  regex: flag,
  wholeWord: flag,
  matchCase: flag,
});
const LinesQuery = ScopeQuery.extend({
  place: LogPageParams.place,
  direction: LogPageParams.direction,
  limit: z.coerce.number().int().min(1).max(2000).default(200),
});
const ExportQuery = ScopeQuery.extend({ format: LogFormat.default('ndjson') });
const Line = z.object({
  at: z.iso.datetime(),
  place: z.string(),
  taskId: z.string(),
  attempt: z.int(),
  agentId: z.string(),
  level: LogLevel,
  text: z.string(),
});
const Page = z.object({ lines: z.array(Line), hasOlder: z.boolean(), hasNewer: z.boolean() });

const TYPES: Readonly<Record<LogFormat, string>> = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv; charset=utf-8; header=present',
};

/** Lines of all tasks: page by page, or all that pass as a file. */
export function logRoutes(tower: Tower, exportLogs: ExportLogs): Route[] {
  const wanted = ({ task, attempt, agent, level, only, from, to, text, regex, wholeWord, matchCase }: z.output<typeof ScopeQuery>) => {
    const taskIds = task?.map((ref) => findTask(tower.board, taskRefOf(ref))?.id ?? taskRefOf(ref));
    const scope: LogScope = defined({ taskIds, attempt, agents: agent, level, only, from, to });
    return { scope, ...(text === undefined ? {} : { match: { text, regex, wholeWord, matchCase } }) };
  };
  return [
    route({
      method: 'GET',
      path: '/api/logs/lines',
      about: 'Log lines of all tasks beside a place, oldest first; with `text`, only those that hold it.',
      query: LinesQuery,
      answer: Page,
      handle: async ({ query: { place, direction, limit, ...query } }) => {
        const page: LogPage = await tower.query({ type: 'LogPage', ...wanted(query), direction, limit, ...defined({ place }) });
        return { ...page, lines: page.lines.map((line) => ({ ...line, at: new Date(line.at).toISOString() })) };
      },
    }),
    route({
      method: 'GET',
      path: '/api/logs/export',
      about: 'All log lines that pass, oldest first, as JSON, NDJSON or CSV (RFC 4180), streamed.',
      query: ExportQuery,
      handle: async ({ query: { format, ...query }, response }) => {
        const which = wanted(query);
        // Nothing can be refused any more once the head is sent.
        if (which.match) logPattern(which.match);
        response.writeHead(200, {
          'content-type': TYPES[format],
          'content-disposition': `attachment; filename="tasktower-log.${format}"`,
          'x-content-type-options': 'nosniff',
          'cache-control': 'no-store',
        });
        pipeline(Readable.from(exportLogs({ ...which, format })), response, () => undefined);
        return undefined;
      },
    }),
  ];
}
