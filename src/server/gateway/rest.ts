import type { IncomingMessage, ServerResponse } from 'node:http';
import findMyWay from 'find-my-way';
import type { Log } from '../base/log';
import type { Tower } from '../domain/ports';
import { read, Refusal } from '../domain/refusal';
import { openAttempt, type Actor } from '../domain/task';
import { readJson } from './body';
import type { Who } from './guard';
import { problemOf, sendProblem } from './problem';
import type { Call, Route } from './route';

/** Serves the table of routes to whoever the guard has let in. */
export class Rest {
  private readonly router = findMyWay({ maxParamLength: 200, ignoreTrailingSlash: true });

  constructor(
    routes: readonly Route[],
    private readonly tower: Tower,
    private readonly log: Log,
  ) {
    for (const route of routes) this.router.on(route.method, route.path, () => undefined, route);
  }

  async serve(request: IncomingMessage, response: ServerResponse, who: Who | undefined): Promise<void> {
    try {
      const [path = '/', search = ''] = (request.url ?? '/').split('?', 2);
      if (path.startsWith('/socket.io')) throw new Refusal('not_found', 'Tasktower does not speak Socket.IO. Open a WebSocket at /agent; see docs/protocol.md.');
      const found = this.router.find((request.method ?? 'GET') as 'GET', path);
      const route = found?.store as Route | undefined;
      if (!found || !route) throw new Refusal('not_found', `There is no ${request.method} ${path}. See /api/openapi.json.`);
      const call = await this.read(route, request, response, who, found.params, new URLSearchParams(search));
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
    const by = this.actor(route, who, params.id);
    const query = route.query ? read(route.query, Object.fromEntries(search), 'The query') : undefined;
    const raw = route.body && !route.bytes ? await readJson(request) : undefined;
    const body = route.body ? read(route.body, raw, 'The body') : undefined;
    const key = request.headers['idempotency-key'];
    const commandId = typeof key === 'string' && key.length <= 150 ? `${by.kind}:${key}` : undefined;
    return { who, by, params: params as Record<string, string>, body, query, commandId, request, response };
  }

  /** Who asks. A token good for one attempt opens that task alone, while the attempt is under way. */
  private actor(route: Route, who: Who | undefined, id: string | undefined): Actor {
    if (who?.kind === 'person') return { kind: 'person', name: 'you' };
    if (who?.kind !== 'attempt') return { kind: 'client', name: 'client' };
    const task = this.tower.board.tasks.get(who.taskId);
    const named = id !== undefined && (id === who.taskId || id.replace(/^(#|%23)/, '') === String(task?.number));
    if (!route.attempt || !named) throw new Refusal('forbidden', 'This token is good for one attempt alone. Use the token of the address file.');
    const attempt = task && openAttempt(task);
    if (attempt?.n !== who.attempt) throw new Refusal('conflict', 'The attempt of this token has ended. Stop working on it.');
    return { kind: 'agent', name: attempt.agentId };
  }
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const headers = { 'content-type': 'application/json; charset=utf-8', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' };
  response.writeHead(status, headers);
  response.end(JSON.stringify(value));
}
