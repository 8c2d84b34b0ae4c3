import { WebSocket } from 'ws';
import { AwakeTimer } from '../base/awakeTimer';
import { JsonRpcSocket, type RpcHandler } from '../base/jsonRpcSocket';
import { agentIdOf } from '../domain/agent';
import type { AgentReports, Assignment, Tower } from '../domain/ports';
import { read, Refusal } from '../domain/refusal';
import { taskName, type Actor } from '../domain/task';
import { AssignResult, HelloParams, InputParams, StatusParams, TaskEventParams, type HelloResult } from '../protocol/agent';
import { ASSIGN_TIMEOUT_MS, Close, HEARTBEAT_MS, LEASE_MS, PROTOCOL } from '../protocol/version';
import { Questions } from './questions';
import { describeRefusal } from './rpcErrors';
import { standingOf } from './standing';

/** How long a socket may stay silent before its hello, ms. */
const HELLO_PATIENCE = 10_000;

/** What a session needs of the hub that holds it. */
export interface AgentDesk {
  tower: Tower;
  reports: AgentReports;
  /** @throws {Refusal} when the name is someone else's. */
  admit(agentId: string): void;
  /** Notes which tower it has come to. */
  arrive(agentId: string): Promise<void>;
  /** Takes the session in under its id, in place of an earlier one. */
  enter(): void;
  /** Its hello is answered: it may be given work. */
  ready(): void;
  /** A sign of life. */
  heard(): void;
  left(): void;
  url(): string;
  tokenOf(taskId: string, attempt: number): string;
  /** What else may be asked on this socket. */
  more: Readonly<Record<string, RpcHandler>>;
}

/** One agent on its socket. */
export class AgentSession {
  readonly rpc: JsonRpcSocket;
  /** Known after its hello. */
  agentId: string | undefined;
  /** Its hello is answered. */
  ready = false;
  lastHeard = performance.now();
  private readonly patience: AwakeTimer;
  private readonly questions: Questions;

  constructor(
    readonly socket: WebSocket,
    /** Tells sessions of different tokens apart. */
    readonly caller: string,
    private readonly desk: AgentDesk,
  ) {
    this.questions = new Questions(desk.tower);
    this.rpc = new JsonRpcSocket(socket, {
      badFrame: Close.badFrame,
      describe: describeRefusal,
      handlers: {
        'agent/hello': (params) => this.hello(params),
        'agent/status': (params) => this.status(params),
        'task/event': (params) => this.event(params),
        'task/input': (params) => this.input(params),
        ...desk.more,
      },
    });
    this.patience = new AwakeTimer(HELLO_PATIENCE, () => this.rpc.close(Close.noHello, 'No agent/hello came in time.'));
    const heard = (): void => {
      this.lastHeard = performance.now();
      desk.heard();
    };
    socket.on('message', heard);
    socket.on('pong', heard);
    this.rpc.onDidClose(() => {
      this.greeted();
      this.questions.dispose();
      desk.left();
    });
  }

  /** It has said who it is. */
  greeted(): void {
    this.patience.dispose();
  }

  /** Offers work. @throws when the agent goes away or does not answer in time. */
  async assign(assignment: Assignment): Promise<{ accepted: boolean; reason?: string }> {
    const { taskId, attempt } = assignment;
    const params = { ...assignment, url: this.desk.url(), token: this.desk.tokenOf(taskId, attempt) };
    const answer = read(AssignResult, await this.rpc.request('task/assign', params, ASSIGN_TIMEOUT_MS), 'The answer to task/assign');
    return { accepted: answer.accepted, ...(answer.reason === undefined ? {} : { reason: answer.reason }) };
  }

  async message(params: { taskId: string; attempt: number; text: string }): Promise<void> {
    await this.rpc.request('task/message', params, ASSIGN_TIMEOUT_MS);
  }

  async cancel(params: { taskId: string; attempt: number; reason?: string }): Promise<void> {
    await this.rpc.request('task/cancel', params, ASSIGN_TIMEOUT_MS);
  }

  private async hello(params: unknown): Promise<HelloResult> {
    const { tower, reports } = this.desk;
    const { protocol, name, skills, capacity, resume } = read(HelloParams, params, 'agent/hello');
    if (protocol !== PROTOCOL) {
      const refusal = `This tower speaks protocol ${PROTOCOL}, not ${protocol}. Update the ${protocol < PROTOCOL ? 'agent' : 'extension'}.`;
      setImmediate(() => this.rpc.close(Close.version, refusal));
      throw new Refusal('invalid', refusal);
    }
    const agentId = agentIdOf(name);
    if (this.agentId !== undefined && this.agentId !== agentId)
      throw new Refusal('conflict', `This socket has said hello as ${this.agentId}. Open another one.`);
    this.desk.admit(agentId);
    const by: Actor = { kind: 'agent', name: agentId };
    await tower.execute({ type: 'RegisterAgent', profile: { name, skills, capacity } }, by);
    await this.desk.arrive(agentId);
    this.desk.admit(agentId);
    if (!tower.board.agents.has(agentId)) throw new Refusal('unavailable', 'Too many agents come at once. Say hello again.');
    if (this.socket.readyState !== WebSocket.OPEN) throw new Refusal('unavailable', 'The socket has closed.');
    this.greeted();
    this.agentId = agentId;
    this.desk.enter();
    const { resumed, ended, forgotten } = standingOf(tower.board, agentId, resume);
    for (const attempt of forgotten) {
      // Refused when it has ended meanwhile, which is as well.
      await tower.execute({ type: 'LoseAttempt', ...attempt }, by).catch((error: unknown) => {
        if (!(error instanceof Refusal)) throw error;
      });
    }
    const acked = await Promise.all(resumed.map(async (ref) => ({ ...ref, ackSeq: await reports.ackSeq(ref.taskId, ref.attempt) })));
    // After the answer, so that no work comes before it.
    setImmediate(() => {
      this.ready = true;
      this.desk.ready();
    });
    return { protocol: PROTOCOL, agentId, heartbeatMs: HEARTBEAT_MS, leaseMs: LEASE_MS, resumed: acked, ended };
  }

  private known(): Actor {
    if (this.agentId === undefined) throw new Refusal('conflict', 'Say agent/hello first.');
    return { kind: 'agent', name: this.agentId };
  }

  private async status(params: unknown): Promise<object> {
    const by = this.known();
    const { status, message = 'The agent says that something is wrong.' } = read(StatusParams, params, 'agent/status');
    const agentId = by.name;
    if (status === 'ready') await this.desk.tower.execute({ type: 'ReportAgentRecovery', agentId }, by);
    else await this.desk.tower.execute({ type: 'ReportAgentFailure', agentId, message, restart: false }, by);
    return {};
  }

  private async event(params: unknown): Promise<object> {
    const by = this.known();
    const { taskId, attempt, seq, event } = read(TaskEventParams, params, 'task/event');
    if (seq === undefined && event.type !== 'progress') throw new Refusal('invalid', 'task/event: seq: is required for all but progress');
    const task = this.desk.tower.board.tasks.get(taskId);
    const holder = task?.attempts[attempt - 1]?.agentId;
    if (task && holder !== undefined && holder !== by.name)
      throw new Refusal('forbidden', `${taskName(task)} is worked on by another agent.`);
    const incoming = { taskId, attempt, agentId: by.name, report: event, by };
    return this.desk.reports.report(seq === undefined ? incoming : { ...incoming, seq });
  }

  /** Resolves when a person answers. */
  private input(params: unknown): Promise<object> {
    const by = this.known();
    const { taskId, attempt, question } = read(InputParams, params, 'task/input');
    return this.questions.ask(taskId, attempt, question, by);
  }
}
