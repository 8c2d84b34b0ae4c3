import { RpcSocket, type Assigned, type SocketAgent } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Stand } from './stand';

/** The answer to `agent/hello`. */
export interface Hello {
  agentId: string;
  leaseMs: number;
  resumed: { taskId: string; attempt: number; ackSeq: number; cancel: boolean }[];
  ended: { taskId: string; attempt: number }[];
}
/** A JSON-RPC error. */
export interface Failure {
  code: number;
  message: string;
  data?: { expected?: number };
}

/** The error that a call ends with. */
export async function failure(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    return error as Failure;
  }
  throw new Error('It was not refused.');
}

/** Says hello with the protocol of this tower. */
export function hello(socket: RpcSocket, params: Record<string, unknown>): Promise<Hello> {
  return socket.ask('agent/hello', { protocol: 1, ...params }) as Promise<Hello>;
}

/** A bare `/agent` socket. */
export function open(stand: Stand, token = stand.keys.client): Promise<RpcSocket> {
  return RpcSocket.open(stand.url, '/agent', token);
}

/** How an agent is seen; undefined = offline. */
export function presence(stand: Stand, id: string): string | undefined {
  return stand.tower.live.agents.get(id)?.presence;
}

/** An agent with one attempt that it accepted and works on. */
export async function working(stand: Stand, name = 'worker'): Promise<{ agent: SocketAgent; task: Assigned }> {
  let given: Assigned | undefined;
  const agent = await stand.agent(name, {}, (_, task) => (given = task));
  const { id } = await stand.create('Work', { agent: name, prompt: 'Do it.' });
  const task = await until('the assignment', () => given);
  await until('the acceptance', () => stand.task(id).phase === 'working');
  return { agent, task };
}
