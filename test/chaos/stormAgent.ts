import { setTimeout as wait } from 'node:timers/promises';
import { AwakeTimer } from '../../src/server/base/awakeTimer';
import { RpcError, SILENCE_MS } from '../../src/server/protocol/version';
import { RpcSocket, type Assigned } from '../support/towerClient';

/** How many reports go out before the first is acknowledged. */
const WINDOW = 3;

export interface StormWork {
  task: Assigned;
  /** `task/attempt`. */
  key: string;
  reports: Record<string, unknown>[];
  acked: number;
  /** Nobody needs to hear of it any more. */
  over: boolean;
}

export interface StormAgentOptions {
  name: string;
  capacity: number;
  /** Forgets what it was at when its connection is lost. */
  forgetful: boolean;
  address: () => { url: string; token: string };
  plan(task: Assigned): Record<string, unknown>[];
  /** Work was offered; it is accepted when this resolves. */
  offered(task: Assigned): Promise<void>;
  before(work: StormWork, n: number): Promise<void>;
  acked(work: StormWork, n: number): void;
  /** What it was at and does not know of any more. */
  forgot(works: StormWork[]): void;
}

/** An agent that sends several reports ahead, dials again whenever it is cut off, and goes back to what the tower asks for. */
export class StormAgent {
  readonly work = new Map<string, StormWork>();
  private rpc: RpcSocket | undefined;
  private closed = false;
  private readonly done: Promise<void>;

  constructor(readonly options: StormAgentOptions) {
    this.done = this.run();
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
      if (this.options.forgetful && this.work.size > 0) {
        this.options.forgot([...this.work.values()]);
        for (const work of this.work.values()) work.over = true;
        this.work.clear();
      }
      await wait(20);
    }
  }

  private async session(): Promise<void> {
    const { name, capacity, address } = this.options;
    const { url, token } = address();
    const rpc = await RpcSocket.open(url, '/agent', token);
    this.rpc = rpc;
    if (this.closed) return rpc.close();
    const silence = new AwakeTimer(SILENCE_MS, () => rpc.socket.terminate());
    rpc.socket.on('ping', () => silence.restart()).on('message', () => silence.restart());
    const lost = new Promise<void>((resolve) => rpc.socket.on('close', () => resolve()));
    void lost.then(() => silence.dispose());
    rpc.onCall = async (method, params) => {
      if (method === 'task/cancel') this.cancel(params as Assigned);
      if (method !== 'task/assign') return {};
      await this.options.offered(params as Assigned);
      this.take(rpc, params as Assigned);
      return { accepted: true };
    };
    const resume = [...this.work.values()].map(({ task: { taskId, attempt } }) => ({ taskId, attempt }));
    const hello = rpc.ask('agent/hello', { protocol: 1, name, capacity, resume });
    const answer = (await Promise.race([hello, wait(5_000)])) as
      | { resumed: { taskId: string; attempt: number; ackSeq: number }[]; ended: { taskId: string; attempt: number }[] }
      | undefined;
    if (!answer) return rpc.close();
    for (const { taskId, attempt } of answer.ended) this.finish(this.work.get(`${taskId}/${attempt}`));
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
    const work: StormWork = { task, key, reports: this.options.plan(task), acked: 0, over: false };
    this.work.set(key, work);
    // After the answer to the assignment.
    setImmediate(() => void this.report(rpc, work));
  }

  private cancel({ taskId, attempt }: Assigned): void {
    const work = this.work.get(`${taskId}/${attempt}`);
    // What may be on its way stays; then it says that it stopped.
    if (work) work.reports = [...work.reports.slice(0, work.acked + WINDOW), { type: 'cancelled' }];
  }

  private finish(work: StormWork | undefined): void {
    if (!work) return;
    work.over = true;
    this.work.delete(work.key);
  }

  private async report(rpc: RpcSocket, work: StormWork): Promise<void> {
    let next = work.acked;
    const live = (): boolean => rpc.closed === undefined && this.rpc === rpc && !work.over;
    const onWay = new Set<Promise<void>>();
    while (live() && work.acked < work.reports.length) {
      next = Math.max(next, work.acked);
      if (onWay.size >= WINDOW || (next >= work.reports.length && onWay.size > 0)) {
        await Promise.race(onWay);
        continue;
      }
      if (next >= work.reports.length) next = work.acked;
      const n = next++;
      await this.options.before(work, n).catch(() => (next = n));
      if (!live() || next === n) {
        await wait(20);
        continue;
      }
      const sent = this.send(rpc, work, n)
        .then((expected) => {
          if (expected !== undefined) next = Math.min(next, expected);
        })
        .finally(() => onWay.delete(sent));
      onWay.add(sent);
    }
    if (work.acked >= work.reports.length) this.finish(work);
  }

  /** @returns which report the tower wants instead, if it does. */
  private async send(rpc: RpcSocket, work: StormWork, n: number): Promise<number | undefined> {
    const { taskId, attempt } = work.task;
    try {
      const answer = await rpc.ask('task/event', { taskId, attempt, seq: n + 1, event: work.reports[n] });
      this.acknowledge(work, (answer as { ackSeq: number }).ackSeq);
      return undefined;
    } catch (error) {
      if (rpc.closed !== undefined) return undefined;
      const { code, data } = error as { code?: number; data?: { expected?: number } };
      if (code === RpcError.conflict || code === RpcError.not_found) this.finish(work);
      // A full disk, or a gap: again, from what the tower has.
      else await wait(30);
      return (data?.expected ?? work.acked + 1) - 1;
    }
  }

  private acknowledge(work: StormWork, upTo: number): void {
    for (let n = work.acked; n < Math.min(upTo, work.reports.length); n++) this.options.acked(work, n);
    work.acked = Math.max(work.acked, Math.min(upTo, work.reports.length));
  }
}
