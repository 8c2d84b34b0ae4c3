import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay from 'find-my-way';
import type { Log } from '../base/log';
import { findTask } from '../domain/board';
import type { Leases, Tower } from '../domain/ports';
import { read, Refusal } from '../domain/refusal';
import { readJson } from './body';
import { splitUrl, type Who } from './guard';
import { HttpError, problemOf, sendProblem } from './problem';
import type { Call, Route } from './route';
import { actorOf, isAtWork, mayWork } from './scopes';
import { taskRefOf } from './taskRef';

/** Serves the table of routes to whoever the guard has let in. */
export class Rest {
  private readonly router = findMyWay({ maxParamLength: 200, ignoreTrailingSlash: true });

  constructor(
    routes: readonly Route[],
    private readonly tower: Tower,
    private readonly leases: Leases,
    private readonly log: Log,
  ) {
    for (const route of routes) this.router.on(route.method, route.path, () => undefined, route);
  }

  async serve(request: IncomingMessage, response: ServerResponse, who: Who | undefined): Promise<void> {
    try {
      const { path, query } = splitUrl(request.url ?? '/');
      const found = this.router.find((request.method ?? 'GET') as 'GET', path);
      const route = found?.store as Route | undefined;
      if (!found || !route)
        throw new HttpError(404, 'not_found', `There is no ${request.method} ${path.slice(0, 200)}. See /api/openapi.json.`);
      const call = await this.read(route, request, response, who, found.params, new URLSearchParams(query));
      const answer = await route.handle(call);
      if (answer !== undefined) sendJson(response, route.status ?? 200, answer);
    } catch (error) {
      sendProblem(response, problemOf(error, this.log), request.complete ? {} : { connection: 'close' });
    }
  }

  private async read(
    route: Route,
    request: IncomingMessage,
    response: ServerResponse,
    who: Who | undefined,
    params: Record<string, string | undefined>,
    search: URLSearchParams,
  ): Promise<Call> {
    if (route.method !== 'GET' && !route.own) mayWork(who, `${route.method} ${route.path}`);
    const task = params.id === undefined ? undefined : findTask(this.tower.board, taskRefOf(params.id));
    const by = actorOf(who, route, this.tower.board, task);
    const query = route.query ? read(route.query, Object.fromEntries(search), 'The query') : undefined;
    const raw = route.body && !route.bytes ? await readJson(request) : undefined;
    const body = route.body ? read(route.body, raw, 'The body') : undefined;
    if (route.attempt && task && isAtWork(who, task)) this.leases.renewTask(task.id);
    const commandId = commandIdOf(request, `${by.kind}:${by.name}:${route.method} ${params.id ?? ''}${route.path}`);
    return { who, by, params: params as Record<string, string>, body, query, commandId, request, response };
  }
}

/** The id of the command of a request with an `Idempotency-Key`: the same key has one effect for each asker and address. */
function commandIdOf({ headers }: IncomingMessage, scope: string): string | undefined {
  const key = headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key !== 'string' || !/^[\x21-\x7e]{1,150}$/.test(key))
    throw new Refusal('invalid', 'Idempotency-Key: send 1 to 150 visible ASCII characters.');
  return `${scope}:${key}`;
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value));
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
  response.writeHead(status, { ...headers, 'content-length': body.length });
  response.end(body);
}
