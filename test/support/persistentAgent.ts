import { setTimeout as wait } from 'node:timers/promises';
import { AwakeTimer } from '../../src/server/base/awakeTimer';
import { SILENCE_MS } from '../../src/server/protocol/version';
import { RpcSocket, type Assigned } from './towerClient';

export interface Work {
  taskId: string;
  attempt: number;
  token: string;
  /** What is to be reported, in order; report `n` has `seq` n + 1. */
  reports: Record<string, unknown>[];
  acked: number;
}

export interface PersistentAgentOptions {
  name: string;
  capacity: number;
  /** Forgets what it was at when its connection is lost, as a program that is started anew. */
  forgetful: boolean;
  address: () => { url: string; token: string };
  /** The reports of an attempt. */
  plan(task: Assigned): Record<string, unknown>[];
  /** Called before report `n` goes out, also before it goes out again; the report waits for it. */
  before(agent: PersistentAgent, work: Work, n: number): Promise<void>;
  acked(work: Work, n: number): void;
}

/** An agent that dials again whenever its connection is lost and sends again what was not acknowledged. */
export class PersistentAgent {
  /** `task/attempt` that it has begun: its first report was acknowledged. */
  readonly begun: string[] = [];
  readonly work = new Map<string, Work>();
  private rpc: RpcSocket | undefined;
  private closed = false;
  readonly done: Promise<void>;

  constructor(readonly options: PersistentAgentOptions) {
    this.done = this.run();
  }

  get name(): string {
    return this.options.name;
  }

  get url(): string {
    return this.options.address().url;
  }

  async close(): Promise<void> {
    this.closed = true;
    this.rpc?.close();
    await this.done;
  }

  private async run(): Promise<void> {
    while (!this.closed) {
      // What is refused or cut off is tried again: that is what this agent is for.
      await this.session().catch(() => undefined);
      if (this.options.forgetful) this.work.clear();
      await wait(20);
    }
  }

  private async session(): Promise<void> {
    const { name, capacity, address } = this.options;
    const { url, token } = address();
    const rpc = await RpcSocket.open(url, '/agent', token);
    this.rpc = rpc;
    // A tower that stands still keeps its sockets open; its pings stop.
    const silence = new AwakeTimer(SILENCE_MS, () => rpc.socket.terminate());
    rpc.socket.on('ping', () => silence.restart()).on('message', () => silence.restart());
    const lost = new Promise<void>((resolve) => rpc.socket.on('close', () => resolve()));
    void lost.then(() => silence.dispose());
    rpc.onCall = (method, params) => {
      if (method === 'task/assign') this.take(rpc, params as Assigned);
      return method === 'task/assign' ? { accepted: true } : {};
    };
    const resume = [...this.work.values()].map(({ taskId, attempt }) => ({ taskId, attempt }));
    const answer = (await rpc.ask('agent/hello', { protocol: 1, name, capacity, resume })) as {
      resumed: { taskId: string; attempt: number; ackSeq: number }[];
      ended: { taskId: string; attempt: number }[];
    };
    for (const { taskId, attempt } of answer.ended) this.work.delete(`${taskId}/${attempt}`);
    for (const { taskId, attempt, ackSeq } of answer.resumed) {
      const work = this.work.get(`${taskId}/${attempt}`);
      if (!work) continue;
      this.acknowledge(work, ackSeq);
      void this.report(rpc, work);
    }
    await lost;
  }

  private take(rpc: RpcSocket, task: Assigned): void {
    const key = `${task.taskId}/${task.attempt}`;
    if (this.work.has(key)) return;
    const { taskId, attempt, token } = task;
    const work: Work = { taskId, attempt, token, reports: this.options.plan(task), acked: 0 };
    this.work.set(key, work);
    // After the answer to the assignment.
    setImmediate(() => void this.report(rpc, work));
  }

  private async report(rpc: RpcSocket, work: Work): Promise<void> {
    const { taskId, attempt, reports } = work;
    try {
      while (work.acked < reports.length) {
        await this.options.before(this, work, work.acked);
        if (rpc.closed !== undefined || this.rpc !== rpc) return;
        const answer = await rpc.ask('task/event', { taskId, attempt, seq: work.acked + 1, event: reports[work.acked] });
        this.acknowledge(work, (answer as { ackSeq: number }).ackSeq);
      }
      this.work.delete(`${taskId}/${attempt}`);
    } catch {
      // The connection is lost, and the next session goes on; or the attempt is over, which its hello will say.
    }
  }

  private acknowledge(work: Work, upTo: number): void {
    if (work.acked === 0 && upTo > 0) this.begun.push(`${work.taskId}/${work.attempt}`);
    for (let n = work.acked; n < Math.min(upTo, work.reports.length); n++) this.options.acked(work, n);
    work.acked = Math.max(work.acked, upTo);
  }
}
