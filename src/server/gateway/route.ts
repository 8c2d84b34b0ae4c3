import type { IncomingMessage, ServerResponse } from 'node:http';
import type * as z from 'zod';
import type { Actor } from '../domain/task';
import type { Who } from './guard';

/** One request, let in by the guard and read by its schemas. */
export interface Call<B = unknown, Q = unknown> {
  who: Who | undefined;
  by: Actor;
  params: Record<string, string>;
  body: B;
  query: Q;
  /** From `Idempotency-Key`: the same key has no second effect. */
  commandId: string | undefined;
  request: IncomingMessage;
  response: ServerResponse;
}

/** One line of the REST table, from which the router and the OpenAPI document are made. */
export interface Route {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  path: string;
  about: string;
  /** Set when a token good for one attempt is enough: to read while it is under way, or to report on it. */
  attempt?: 'read' | 'report';
  /** True when it is about the asker's own coming and going, which a viewer may too. */
  own?: boolean;
  body?: z.ZodType;
  query?: z.ZodType;
  /** True when the body is bytes, which the handler reads itself. */
  bytes?: boolean;
  /** The status of success; 200 without it. */
  status?: number;
  answer?: z.ZodType;
  /** What it returns is sent as JSON; undefined = it has answered itself. */
  handle(call: Call): Promise<unknown>;
}

/** Types the handler by the schemas beside it. */
export function route<B extends z.ZodType = z.ZodUndefined, Q extends z.ZodType = z.ZodUndefined>(
  spec: Omit<Route, 'handle' | 'body' | 'query'> & { body?: B; query?: Q; handle(call: Call<z.output<B>, z.output<Q>>): Promise<unknown> },
): Route {
  return spec;
}
