import * as z from 'zod';
import { Problem } from '../protocol/rest';
import { PROTOCOL } from '../protocol/version';
import type { Route } from './route';

/** The REST table as an OpenAPI 3.1 document, from the schemas that check the requests. */
export function openapiOf(routes: readonly Route[]): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {};
  for (const route of routes) {
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    (paths[path] ??= {})[route.method.toLowerCase()] = operationOf(route);
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Tasktower', version: String(PROTOCOL), description: 'The local REST API. Send `Authorization: Bearer <token>`.' },
    security: [{ token: [] }],
    components: { securitySchemes: { token: { type: 'http', scheme: 'bearer' } }, schemas: { Problem: schemaOf(Problem, 'output') } },
    paths,
  };
}

function operationOf(route: Route): Record<string, unknown> {
  const success = route.answer
    ? { description: 'Done.', content: { 'application/json': { schema: schemaOf(route.answer, 'output') } } }
    : { description: 'Done.' };
  const problem = {
    description: 'What went wrong, and the next step.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  return {
    summary: route.about,
    ...parametersOf(route),
    ...bodyOf(route),
    ...(route.path.startsWith('/api/health') ? { security: [] } : {}),
    responses: { [String(route.status ?? 200)]: success, default: problem },
  };
}

function parametersOf(route: Route): Record<string, unknown> {
  const path = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => ({ name, in: 'path', required: true, schema: { type: 'string' } }));
  const schema = route.query ? (schemaOf(route.query, 'input') as { properties?: Record<string, unknown>; required?: string[] }) : {};
  const query = Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    in: 'query',
    required: schema.required?.includes(name) ?? false,
    schema: property,
  }));
  return path.length + query.length > 0 ? { parameters: [...path, ...query] } : {};
}

function bodyOf(route: Route): Record<string, unknown> {
  if (route.bytes)
    return { requestBody: { required: true, content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } } } };
  return route.body ? { requestBody: { content: { 'application/json': { schema: schemaOf(route.body, 'input') } } } } : {};
}

/** A schema as JSON Schema 2020-12; what cannot be said there is left open. */
export function schemaOf(schema: z.ZodType, io: 'input' | 'output'): Record<string, unknown> {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', reused: 'inline' });
  return rest;
}
