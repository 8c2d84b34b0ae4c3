import { randomUUID } from 'node:crypto';
import type { WebSocket } from 'ws';
import { JsonRpcSocket, type RpcHandler } from '../base/jsonRpcSocket';
import { agentIdOf } from '../domain/agent';
import type { AgentReports, Assignment, Tower } from '../domain/ports';
import { read, Refusal } from '../domain/refusal';
import { openAttempt, type Actor } from '../domain/task';
import { AssignResult, HelloParams, InputParams, StatusParams, TaskEventParams, type HelloResult } from '../protocol/agent';
import { ASSIGN_TIMEOUT_MS, Close, HEARTBEAT_MS, LEASE_MS, PROTOCOL } from '../protocol/version';
import { describeRefusal } from './rpcErrors';

/** How long a socket may stay silent before its hello, ms. */
const HELLO_PATIENCE = 10_000;

/** What a session needs of the hub that holds it. */
export interface AgentDesk {
  tower: Tower;
  reports: AgentReports;
  /** Takes the session in under its id, in place of an earlier one. @throws {Refusal} when another token holds the name. */
  enter(session: AgentSession): void;
  /** A sign of life. */
  heard(session: AgentSession): void;
  left(session: AgentSession): void;
  url(): string;
  tokenOf(taskId: string, attempt: number): string;
}

/** One agent on its socket. */
export class AgentSession {
  readonly rpc: JsonRpcSocket;
  /** Known after its hello. */
  agentId: string | undefined;
  lastHeard = performance.now();
  private readonly patience: NodeJS.Timeout;

  constructor(
    readonly socket: WebSocket,
    /** Tells sessions of different tokens apart. */
    readonly token: string,
    private readonly desk: AgentDesk,
    /** What else may be asked on this socket. */
    more: (session: AgentSession) => Readonly<Record<string, RpcHandler>> = () => ({}),
  ) {
    this.rpc = new JsonRpcSocket(socket, {
      badFrame: Close.badFrame,
      describe: describeRefusal,
      handlers: {
        'agent/hello': (params) => this.hello(params),
        'agent/status': (params) => this.status(params),
        'task/event': (params) => this.event(params),
        'task/input': (params) => this.input(params),
        ...more(this),
      },
    });
    this.patience = setTimeout(() => this.rpc.close(Close.noHello, 'No agent/hello came in time.'), HELLO_PATIENCE);
    const heard = (): void => {
      this.lastHeard = performance.now();
      if (this.agentId !== undefined) desk.heard(this);
    };
    socket.on('message', heard);
    socket.on('pong', heard);
    this.rpc.onDidClose(() => {
      this.greeted();
      desk.left(this);
    });
  }

  /** It has said who it is. */
  greeted(): void {
    clearTimeout(this.patience);
  }

  /** Offers work. @throws when the agent goes away or does not answer in time. */
  async assign(assignment: Assignment): Promise<{ accepted: boolean; reason?: string }> {
    const { taskId, attempt } = assignment;
    const params = { ...assignment, url: this.desk.url(), token: this.desk.tokenOf(taskId, attempt) };
    const answer = read(AssignResult, await this.rpc.request('task/assign', params, ASSIGN_TIMEOUT_MS), 'The answer to task/assign');
    return { accepted: answer.accepted, ...(answer.reason === undefined ? {} : { reason: answer.reason }) };
  }

  async cancel(params: { taskId: string; attempt: number; reason?: string }): Promise<void> {
    await this.rpc.request('task/cancel', params, ASSIGN_TIMEOUT_MS);
  }

  private async hello(params: unknown): Promise<HelloResult> {
    const { protocol, name, skills, capacity, resume } = read(HelloParams, params, 'agent/hello');
    if (protocol !== PROTOCOL) {
      setImmediate(() => this.rpc.close(Close.version, `This tower speaks protocol ${PROTOCOL}.`));
      throw new Refusal('invalid', `This tower speaks protocol ${PROTOCOL}, not ${protocol}. Update the ${protocol < PROTOCOL ? 'agent' : 'extension'}.`);
    }
    const agentId = agentIdOf(name);
    if (this.agentId !== undefined && this.agentId !== agentId) throw new Refusal('conflict', `This socket has said hello as ${this.agentId}. Open another one.`);
    const by: Actor = { kind: 'agent', name: agentId };
    await this.desk.tower.execute({ type: 'RegisterAgent', profile: { name, skills, capacity } }, by);
    this.agentId = agentId;
    this.greeted();
    const standing = await this.standing(agentId, resume);
    this.desk.enter(this);
    return { protocol: PROTOCOL, agentId, heartbeatMs: HEARTBEAT_MS, leaseMs: LEASE_MS, ...standing };
  }

  /** Which of the attempts it says it is at are its own still; those it has forgotten are lost at once. */
  private async standing(agentId: string, resume: HelloParams['resume']): Promise<Pick<HelloResult, 'resumed' | 'ended'>> {
    const { tower, reports } = this.desk;
    const resumed: HelloResult['resumed'] = [];
    const ended: HelloResult['ended'] = [];
    const claimed = new Set<string>();
    for (const { taskId, attempt } of resume) {
      const task = tower.board.tasks.get(taskId);
      const open = task && openAttempt(task);
      if (!task || open?.n !== attempt || open.agentId !== agentId) {
        ended.push({ taskId, attempt });
        continue;
      }
      claimed.add(taskId);
      resumed.push({ taskId, attempt, ackSeq: await reports.ackSeq(taskId, attempt), cancel: task.phase === 'cancelling' });
    }
    for (const taskId of [...(tower.board.held.get(agentId) ?? [])]) {
      const task = tower.board.tasks.get(taskId);
      const open = task && openAttempt(task);
      // One that never accepted is offered again; one reported over HTTP has a lease of its own.
      if (!open || claimed.has(taskId) || open.acceptedAt === undefined || open.leaseMs !== undefined) continue;
      await tower.execute({ type: 'LoseAttempt', taskId, attempt: open.n }, { kind: 'agent', name: agentId });
    }
    return { resumed, ended };
  }

  private known(): string {
    if (this.agentId === undefined) throw new Refusal('conflict', 'Say agent/hello first.');
    return this.agentId;
  }

  private async status(params: unknown): Promise<object> {
    const agentId = this.known();
    const { status, message } = read(StatusParams, params, 'agent/status');
    const by: Actor = { kind: 'agent', name: agentId };
    if (status === 'ready') await this.desk.tower.execute({ type: 'ReportAgentRecovery', agentId }, by);
    else await this.desk.tower.execute({ type: 'ReportAgentFailure', agentId, message: message ?? 'The agent says that something is wrong.', restart: false }, by);
    return {};
  }

  private async event(params: unknown): Promise<object> {
    const agentId = this.known();
    const { taskId, attempt, seq, event } = read(TaskEventParams, params, 'task/event');
    if (seq === undefined && event.type !== 'progress') throw new Refusal('invalid', 'task/event: seq: is required for all but progress');
    const incoming = { taskId, attempt, agentId, report: event, by: { kind: 'agent', name: agentId } as const };
    return this.desk.reports.report(seq === undefined ? incoming : { ...incoming, seq });
  }

  /** Resolves when a person answers. */
  private async input(params: unknown): Promise<object> {
    const agentId = this.known();
    const { taskId, attempt, question } = read(InputParams, params, 'task/input');
    const asked = { ...question, id: question.id || randomUUID() };
    const answer = answerTo(this.desk.tower, this.rpc, taskId, attempt, asked.id);
    try {
      await this.desk.tower.execute({ type: 'AskInput', taskId, attempt, question: asked }, { kind: 'agent', name: agentId });
    } catch (error) {
      answer.stop();
      throw error;
    }
    return answer.promise;
  }
}

function answerTo(tower: Tower, rpc: JsonRpcSocket, taskId: string, attempt: number, questionId: string): { promise: Promise<object>; stop(): void } {
  let stop = (): void => undefined;
  const promise = new Promise<object>((resolve, reject) => {
    const ended = new Refusal('conflict', 'The attempt ended before an answer came. Stop working on it.');
    const subscription = tower.onDidCommit((records) => {
      for (const event of records.flatMap((record) => record.events)) {
        if (!('attempt' in event) || event.taskId !== taskId || event.attempt !== attempt) continue;
        if (event.type === 'InputAnswered' && event.questionId === questionId) {
          stop();
          resolve({ answer: event.answer, ...(event.optionId === undefined ? {} : { optionId: event.optionId }) });
        } else if (event.type === 'AttemptEnded' || event.type === 'CancelAsked') {
          stop();
          reject(ended);
        }
      }
    });
    stop = () => subscription.dispose();
    rpc.onDidClose(() => stop());
  });
  return { promise, stop: () => stop() };
}
