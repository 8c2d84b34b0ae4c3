import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';

/** A secret as `openssl rand` makes one. */
export const SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;

/** A message as it came. */
export interface Got {
  path: string;
  headers: IncomingHttpHeaders;
  body: string;
  event: CloudEvent;
}

/** What a message holds. */
export interface CloudEvent {
  specversion: string;
  id: string;
  source: string;
  type: string;
  subject: string;
  time: string;
  datacontenttype: string;
  data: Record<string, unknown>;
}

/** A real HTTP server that keeps what it is sent, and answers as it is told. */
export class WebhookReceiver {
  readonly got: Got[] = [];
  /** How many connections came, whether or not they said something. */
  connections = 0;
  /** Answers one message; 204 without it. */
  answer: ((response: ServerResponse, nth: number) => void) | undefined;
  private constructor(private readonly server: Server) {}

  /** @param tls PEM; http without it. */
  static async start(tls?: { cert: string; key: string }): Promise<WebhookReceiver> {
    const server = tls ? createSecureServer(tls) : createServer();
    const receiver = new WebhookReceiver(server);
    server.on('connection', () => receiver.connections++);
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        const event = JSON.parse(body) as CloudEvent;
        receiver.got.push({ path: request.url ?? '', headers: request.headers, body, event });
        if (receiver.answer) receiver.answer(response, receiver.got.length);
        else response.writeHead(204).end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return receiver;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  get host(): string {
    return `127.0.0.1:${this.port}`;
  }

  url(path = '/tower'): string {
    return `http://${this.host}${path}`;
  }

  /** The messages of a type, such as `finished`. */
  of(kind: string): Got[] {
    return this.got.filter(({ event }) => event.type === `dev.tasktower.task.${kind}`);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}

/** Checks a message with a library that is not ours. @throws when the signature is wrong or old. */
export function verify({ body, headers }: Pick<Got, 'body' | 'headers'>, secret = SECRET): unknown {
  return new Webhook(secret).verify(body, headers as Record<string, string>);
}
