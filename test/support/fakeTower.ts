import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { WebSocketServer, type WebSocket } from 'ws';
import { JsonRpcSocket, RpcFailure } from '../../src/server/base/jsonRpcSocket';
import { agentIdOf, WantedAgent } from '../../src/server/domain/agent';
import { isFinalReport, type AgentReport, type FinalReport, type SentLine } from '../../src/server/domain/report';
import { AgentRequests, RunnerRequests, type AssignParams, type RunnerAgent, type RunnerReport } from '../../src/server/protocol/agent';
import { MAX_FRAME, PROTOCOL, RpcError } from '../../src/server/protocol/version';
import { until } from './until';

/** What the tower has stored of an attempt. */
export interface Stored {
  acked: number;
  /** Sequenced reports that came although they were stored. */
  repeated: number;
  reports: AgentReport[];
  progress: AgentReport[];
}

/** A real WebSocket server that speaks the tower's side of `/agent` and stores what it is told. */
export class FakeTower {
  readonly stored = new Map<string, Stored>();
  readonly said: RunnerReport[] = [];
  readonly hellos: string[] = [];
  readonly frames: number[] = [];
  readonly tokens: (string | undefined)[] = [];
  readonly addressFile: string;
  wanted: RunnerAgent[] = [];
  /** Attempts that are someone else's by now. */
  readonly ended = new Set<string>();
  /** While set, reports are stored but not answered. */
  mute = false;
  /** Called before a report is stored; what it throws is answered. */
  onReport: (report: AgentReport) => void = () => undefined;
  /** Called at each hello of an agent; what it throws is answered. */
  onHello: (agentId: string) => void = () => undefined;
  private server: WebSocketServer | undefined;
  private readonly agents = new Map<string, JsonRpcSocket>();
  private runner: JsonRpcSocket | undefined;

  private constructor(private readonly folder: string) {
    this.addressFile = join(folder, 'address.json');
  }

  static async start(folder: string): Promise<FakeTower> {
    const tower = new FakeTower(folder);
    await tower.listen();
    return tower;
  }

  /** Listens on a new port, and says so in the address file. */
  async listen(): Promise<void> {
    this.server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/agent', maxPayload: MAX_FRAME });
    await once(this.server, 'listening');
    this.server.on('connection', (socket, request) => {
      this.tokens.push(request.headers.authorization);
      this.accept(socket);
    });
    const address = {
      id: 'test',
      folders: [this.folder],
      url: this.url,
      pid: process.pid,
      epoch: 1,
      protocol: PROTOCOL,
      token: 'file-token',
    };
    writeFileSync(this.addressFile, JSON.stringify(address));
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server?.address() as AddressInfo).port}`;
  }

  /** Cuts every connection, as a crash would. */
  cut(): void {
    for (const socket of this.server?.clients ?? []) socket.terminate();
  }

  /** Goes away; `listen` brings it back at another port. */
  async close(): Promise<void> {
    const { server } = this;
    this.cut();
    if (server) await new Promise((done) => server.close(done));
  }

  closeRunner(code: number): void {
    this.runner?.close(code);
  }

  async apply(wanted: RunnerAgent[]): Promise<void> {
    this.wanted = wanted;
    const runner = await until('the runner', () => this.runner);
    await runner.request('runner/apply', { agents: wanted }, 5_000);
  }

  /** Hands work to an agent as soon as it is connected. */
  async assign(name: string, work: Partial<AssignParams> & { taskId: string }): Promise<unknown> {
    const agent = await until(`agent ${name}`, () => this.agents.get(agentIdOf(name)));
    return agent.request('task/assign', assignment(this.url, work), 5_000);
  }

  async ask(
    name: string,
    method: 'task/cancel' | 'task/message',
    params: { taskId: string; attempt?: number; text?: string },
  ): Promise<unknown> {
    const agent = await until(`agent ${name}`, () => this.agents.get(agentIdOf(name)));
    return agent.request(method, { attempt: 1, ...params }, 5_000);
  }

  of(taskId: string, attempt = 1): Stored {
    const key = `${taskId}/${attempt}`;
    const stored = this.stored.get(key) ?? { acked: 0, repeated: 0, reports: [], progress: [] };
    this.stored.set(key, stored);
    return stored;
  }

  lines(taskId: string): SentLine[] {
    return this.of(taskId).reports.flatMap((report) => (report.type === 'log' ? report.lines : []));
  }

  texts(taskId: string): string[] {
    return this.lines(taskId).map(({ text }) => text);
  }

  /** The final report of an attempt. */
  final(taskId: string, ms?: number): Promise<FinalReport> {
    return until(`the end of ${taskId}`, () => this.of(taskId).reports.find(isFinalReport), ms);
  }

  /** A report of the runner about an agent. */
  hears<T extends RunnerReport['type']>(type: T, agentId: string, ms?: number): Promise<Extract<RunnerReport, { type: T }>> {
    const match = (report: RunnerReport): report is Extract<RunnerReport, { type: T }> =>
      report.type === type && report.agentId === agentId;
    return until(`"${type}" of ${agentId}`, () => this.said.find(match), ms);
  }

  private accept(socket: WebSocket): void {
    socket.on('message', (data: Buffer) => this.frames.push(data.length));
    const rpc: JsonRpcSocket = new JsonRpcSocket(socket, {
      badFrame: 4002,
      handlers: {
        'runner/hello': (params) => {
          RunnerRequests['runner/hello'].params.parse(params);
          this.hellos.push('runner');
          this.runner = rpc;
          return { agents: this.wanted };
        },
        'runner/report': (params) => {
          this.said.push(RunnerRequests['runner/report'].params.parse(params));
          return {};
        },
        'agent/hello': (params) => this.hello(rpc, params),
        'task/event': (params) => this.store(params),
      },
    });
    rpc.onDidClose(() => {
      if (this.runner === rpc) this.runner = undefined;
      for (const [id, agent] of this.agents) if (agent === rpc) this.agents.delete(id);
    });
  }

  private hello(rpc: JsonRpcSocket, params: unknown): unknown {
    const { name, resume } = AgentRequests['agent/hello'].params.parse(params);
    const agentId = agentIdOf(name);
    this.onHello(agentId);
    this.hellos.push(agentId);
    this.agents.set(agentId, rpc);
    const isEnded = ({ taskId, attempt }: { taskId: string; attempt: number }) => this.ended.has(`${taskId}/${attempt}`);
    const resumed = resume
      .filter((ref) => !isEnded(ref))
      .map((ref) => ({ ...ref, ackSeq: this.of(ref.taskId, ref.attempt).acked, cancel: false }));
    return { protocol: PROTOCOL, agentId, heartbeatMs: 5_000, leaseMs: 30_000, resumed, ended: resume.filter(isEnded) };
  }

  private store(params: unknown): unknown {
    const { taskId, attempt, seq, event } = AgentRequests['task/event'].params.parse(params);
    const stored = this.of(taskId, attempt);
    this.onReport(event);
    if (seq === undefined) stored.progress.push(event);
    else if (seq <= stored.acked) stored.repeated++;
    else if (seq > stored.acked + 1) throw new RpcFailure('gap', RpcError.gap, { expected: stored.acked + 1 });
    else {
      stored.acked = seq;
      stored.reports.push(event);
    }
    return this.mute ? new Promise(() => undefined) : { ackSeq: stored.acked, cancel: false };
  }
}

function assignment(url: string, work: Partial<AssignParams> & { taskId: string }): AssignParams {
  const defaults = {
    attempt: 1,
    number: 1,
    title: 'A task',
    prompt: '',
    priority: 'normal' as const,
    kind: 'task',
    requires: [],
    limits: {},
    fields: {},
  };
  return { ...defaults, url, token: `token-of-${work.taskId}`, ...work };
}

/** A managed agent that runs `script` in Node, once a task. */
export function nodeAgent(name: string, cwd: string, script: string, change: Partial<RunnerAgent> = {}): RunnerAgent {
  const command = [process.execPath, '-e', script, '{prompt}'];
  return WantedAgent.parse({ id: agentIdOf(name), name, run: 'task', command, cwd, capacity: 4, ...change });
}
