import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';

const PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>';
/** What each kind of request is glad of. */
const GLAD: Record<string, [type: string, body: string]> = {
  image: ['image/svg+xml', PICTURE],
  script: ['text/javascript', '0'],
  style: ['text/css', 'a{}'],
};

/** A server on the loopback address that lets any page in: what an attempt that never gets anywhere is proved against. */
export class CarelessServer {
  changes = 0;

  private constructor(
    private readonly server: Server,
    private readonly sockets: WebSocketServer,
  ) {}

  static async open(): Promise<CarelessServer> {
    const server = createServer((request, response) => {
      response.setHeader('access-control-allow-origin', '*').setHeader('access-control-allow-methods', 'PATCH, DELETE');
      response.setHeader('access-control-allow-headers', 'authorization, content-type');
      response.on('error', () => undefined);
      if (request.method === 'GET') return answer(response, request.headers.accept ?? '', String(request.headers['sec-fetch-dest']));
      if (request.method !== 'OPTIONS') careless.changes++;
      request.resume();
      response.end('{}');
    });
    const sockets = new WebSocketServer({ server });
    const careless = new CarelessServer(server, sockets);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return careless;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    for (const socket of this.sockets.clients) socket.terminate();
    this.server.close();
    this.server.closeAllConnections();
  }
}

function answer(response: ServerResponse, accept: string, destination: string): void {
  if (accept.includes('text/event-stream')) {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end('data: secret\n\n');
    return;
  }
  const [type, body] = GLAD[destination] ?? ['application/json', '{"secret":true}'];
  response.writeHead(200, { 'content-type': type });
  response.end(body);
}
