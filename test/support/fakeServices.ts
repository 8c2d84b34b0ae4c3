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
