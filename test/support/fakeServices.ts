import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Answer = (body: unknown, request: IncomingMessage, response: ServerResponse) => unknown;

/** A real HTTP server with an answer for each `METHOD /path`; what an answer returns is sent as JSON, unless it has answered itself. */
export class FakeService {
  readonly asked: { path: string; body: unknown; authorization: string | undefined }[] = [];

  private constructor(private readonly server: Server) {}

  static async start(answers: Readonly<Record<string, Answer>>): Promise<FakeService> {
    const server = createServer();
    const service = new FakeService(server);
    server.on('request', (request, response) => void service.take(answers, request, response).catch(() => response.destroy()));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return service;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }

  private async take(answers: Readonly<Record<string, Answer>>, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString('utf8');
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    this.asked.push({ path: request.url ?? '', body, authorization: request.headers.authorization });
    const answer = answers[`${request.method} ${pathname}`];
    if (!answer) return fail(response, 404, { detail: 'Not Found' });
    const value = await answer(body, request, response);
    if (response.headersSent || response.writableEnded || value === undefined) return;
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(value));
  }
}

/** An error as FastAPI sends it. */
export function fail(response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): undefined {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

/** Events of a stream, `data: …`. */
export function events(response: ServerResponse, ...data: string[]): undefined {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of data) response.write(`data: ${one}\n\n`);
  response.end();
}

/** The whole answer of Ollama, which the plan's services hand on as it is where one expects its text. */
export function ollamaAnswer(content: string): object {
  return {
    model: 'kimi-k2.5:cloud',
    created_at: '2026-02-12T10:00:00Z',
    message: { role: 'assistant', content },
    done: true,
    eval_count: 9,
  };
}

/** What FastAPI says of the plan's image call, as far as it matters. */
export const imageApi = {
  openapi: '3.1.0',
  paths: {
    '/api/image/generate': {
      post: {
        requestBody: {
          content: { 'application/json': { schema: { $ref: '#/components/schemas/ImageGenerationRequest' } } },
          required: true,
        },
      },
    },
  },
  components: {
    schemas: {
      ImageGenerationRequest: {
        type: 'object',
        properties: {
          prompt: { anyOf: [{ type: 'string', maxLength: 2000 }, { type: 'null' }] },
          image_type: { type: 'string', enum: ['gradient', 'pattern', 'shapes', 'text'], default: 'gradient' },
          chart_type: { anyOf: [{ type: 'string' }, { type: 'null' }] },
          params: { type: 'object', additionalProperties: true },
          data: { anyOf: [{ type: 'object' }, { type: 'null' }] },
        },
      },
    },
  },
};

/** Begins an answer and goes on with `text` until nobody reads it. @returns how many bytes were written, at any time. */
export function flood(response: ServerResponse, type: string, text: string): () => number {
  const bytes = Buffer.byteLength(text);
  let written = 0;
  response.writeHead(200, { 'content-type': type });
  const go = (): void => {
    while (!response.destroyed) {
      written += bytes;
      if (!response.write(text)) return;
    }
  };
  response.on('drain', go);
  go();
  return () => written;
}
