import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebSocket } from 'ws';

interface Rpc {
  id?: number | string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { code: number; message: string; data?: unknown };
}

/** The tokens of a storage folder. */
export function keysOf(storage: string): { client: string; person: string; runner: string } {
  const { client, person, runner } = JSON.parse(readFileSync(join(storage, 'keys.json'), 'utf8')) as Record<string, string>;
  return { client: client ?? '', person: person ?? '', runner: runner ?? '' };
}

/** Talks REST to a tower; answers status and body. */
export async function rest(
  url: string,
  token: string,
  method: string,
  path: string,
  body?: unknown,
  key?: string,
): Promise<{ status: number; body: Record<string, unknown> }> {
  const response = await fetch(`${url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? (JSON.parse(text) as Record<string, unknown>) : {} };
}

/** A JSON-RPC client of `/agent` or `/board`: asks, and answers what it is asked. */
export class RpcSocket {
  private readonly waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  private ids = 0;
  /** Notifications and requests of the tower. A returned value answers a request, a returned error refuses it. */
  onCall: (method: string, params: unknown) => unknown = () => ({});
  closed: number | undefined;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data: Buffer) => void this.take(JSON.parse(data.toString()) as Rpc));
    socket.on('close', (code) => {
      this.closed = code;
      for (const { reject } of this.waiting.values()) reject(new Error(`The socket was closed with ${code}.`));
      this.waiting.clear();
    });
    socket.on('error', () => undefined);
  }

  static async open(url: string, path: string, token: string, scheme = 'Bearer'): Promise<RpcSocket> {
    // The system takes connections for a process that stands still; nobody answers them.
    const options = { headers: { authorization: `${scheme} ${token}` }, handshakeTimeout: 5_000 };
    const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, options);
    await once(socket, 'open');
    return new RpcSocket(socket);
  }

  ask(method: string, params: unknown): Promise<unknown> {
    const id = ++this.ids;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  close(): void {
    this.socket.terminate();
  }

  private async take(message: Rpc): Promise<void> {
    if (message.method !== undefined) {
      const result = await this.onCall(message.method, message.params);
      if (message.id !== undefined && this.socket.readyState === WebSocket.OPEN) {
        const answer = result instanceof Error ? { error: { code: -32000, message: result.message } } : { result: result ?? {} };
        this.socket.send(JSON.stringify({ jsonrpc: '2.0', id: message.id, ...answer }));
      }
      return;
    }
    const waiter = this.waiting.get(Number(message.id));
    this.waiting.delete(Number(message.id));
    if (message.error) waiter?.reject(Object.assign(new Error(message.error.message), message.error));
    else waiter?.resolve(message.result);
  }
}

export interface Assigned {
  taskId: string;
  attempt: number;
  prompt: string;
  title: string;
  token: string;
  url: string;
  session?: string;
}

/** An agent that dials in; `work` is called for each task it is given. */
export class SocketAgent {
  readonly assigned: string[] = [];
  readonly cancelled: string[] = [];

  private constructor(
    readonly rpc: RpcSocket,
    private readonly seqs = new Map<string, number>(),
  ) {}

  static async join(
    url: string,
    token: string,
    hello: { name: string; skills?: string[]; capacity?: number; resume?: { taskId: string; attempt: number }[] },
    work: (agent: SocketAgent, task: Assigned) => unknown,
  ): Promise<SocketAgent> {
    const agent = new SocketAgent(await RpcSocket.open(url, '/agent', token));
    agent.rpc.onCall = (method, params) => {
      if (method === 'task/assign') {
        const task = params as Assigned;
        agent.assigned.push(`${task.taskId}/${task.attempt}`);
        setImmediate(() => void Promise.resolve(work(agent, task)).catch(() => undefined));
        return { accepted: true };
      }
      if (method === 'task/cancel') {
        const { taskId, attempt } = params as Assigned;
        agent.cancelled.push(taskId);
        void agent.send({ taskId, attempt }, { type: 'cancelled' }).catch(() => undefined);
      }
      return {};
    };
    await agent.rpc.ask('agent/hello', { protocol: 1, ...hello });
    return agent;
  }

  /** Sends the next report of an attempt. */
  async send({ taskId, attempt }: Pick<Assigned, 'taskId' | 'attempt'>, event: Record<string, unknown>): Promise<unknown> {
    const key = `${taskId}/${attempt}`;
    const seq = (this.seqs.get(key) ?? 0) + 1;
    this.seqs.set(key, seq);
    try {
      return await this.rpc.ask('task/event', { taskId, attempt, seq, event });
    } catch (error) {
      // What was refused has no number.
      if (this.seqs.get(key) === seq) this.seqs.set(key, seq - 1);
      throw error;
    }
  }

  close(): void {
    this.rpc.close();
  }
}
