import { setTimeout as wait } from 'node:timers/promises';
import { RpcFailure, type JsonRpcSocket } from '../base/jsonRpcSocket';
import { Refusal, read } from '../domain/refusal';
import {
  type AssignResult,
  AssignParams,
  CancelParams,
  HelloResult,
  MessageParams,
  type HelloParams,
  type RunnerAgent,
} from '../protocol/agent';
import { PROTOCOL, RpcError } from '../protocol/version';
import { Attempt } from './attempt';
import { isServed } from './health';
import type { Managed, ManagedContext } from './managed';
import { checkProtocol, HELLO_TIMEOUT, TowerLink } from './towerLink';
import { phrase } from '../domain/phrase';

/** How long the last reports of a stopped agent may take to arrive, ms. */
const DRAIN = 2_000;

/** One managed agent on its own `/agent` connection: takes assignments, keeps its attempts over lost connections. */
export class AgentClient implements Managed {
  private readonly attempts = new Map<string, Attempt>();
  private readonly link: TowerLink;
  private rpc: JsonRpcSocket | undefined;
  private stopping = false;
  /** The tower has not let it in. */
  private failed = false;

  constructor(
    private config: RunnerAgent,
    private readonly context: ManagedContext,
  ) {
    void context.reports.push({ type: 'starting', agentId: config.id });
    this.link = new TowerLink({
      address: () => context.dial(),
      handlers: {
        'task/assign': (params) => this.assign(read(AssignParams, params, 'Assignment')),
        'task/cancel': (params) => this.cancel(read(CancelParams, params, 'Cancel')),
        'task/message': (params) => this.message(read(MessageParams, params, 'Message')),
      },
      hello: (rpc) => this.hello(rpc),
      onDown: () => this.down(),
      onRefused: () => this.refused(),
      log: context.log,
    });
  }

  get agent(): RunnerAgent {
    return this.config;
  }

  /** True while no work of its own is under way. */
  get isIdle(): boolean {
    return this.attempts.size === 0;
  }

  fits(agent: RunnerAgent): boolean {
    return agent.run === 'task' && !isServed(agent) && agent.starts === this.config.starts;
  }

  /** Attempts under way go on as they began. */
  update(agent: RunnerAgent): void {
    const said = JSON.stringify(profileOf(this.config));
    this.config = agent;
    if (JSON.stringify(profileOf(agent)) !== said) this.link.redial();
  }

  async stop(): Promise<void> {
    this.stopping = true;
    const attempts = [...this.attempts.values()];
    for (const attempt of attempts) attempt.end({ type: 'error', kind: 'agent_error', message: `${this.config.name} was stopped.` });
    await Promise.all(attempts.map(({ worked }) => worked));
    if (this.rpc) await Promise.race([Promise.all(attempts.map(({ reported }) => reported)), wait(DRAIN, undefined, { ref: false })]);
    this.link.dispose();
    for (const attempt of attempts) attempt.abandon();
  }

  private async hello(rpc: JsonRpcSocket): Promise<void> {
    const resume = [...this.attempts.values()].map(({ ref }) => ref);
    const params: HelloParams = { protocol: PROTOCOL, ...profileOf(this.config), resume };
    const answer = HelloResult.parse(
      await rpc.request('agent/hello', params, HELLO_TIMEOUT).catch((error: unknown) => this.turnedAway(error)),
    );
    checkProtocol(answer.protocol);
    if (this.failed) void this.context.reports.push({ type: 'recovered', agentId: this.config.id });
    this.failed = false;
    this.rpc = rpc;
    for (const ref of resume) {
      const attempt = this.attempts.get(keyOf(ref));
      const resumed = answer.resumed.find((other) => keyOf(other) === keyOf(ref));
      if (!resumed) attempt?.abandon();
      else if (resumed.cancel) attempt?.cancel();
      if (resumed) attempt?.connect(rpc, resumed.ackSeq);
    }
    // What was assigned before this answer was read is not among the resumed.
    for (const [key, attempt] of this.attempts) if (!resume.some((ref) => keyOf(ref) === key)) attempt.connect(rpc, 0);
  }

  /** Said once; another try follows all the same, as the other program may leave. */
  private turnedAway(error: unknown): never {
    if (error instanceof RpcFailure && error.code === RpcError.forbidden && !this.failed) {
      this.failed = true;
      void this.context.reports.push({ type: 'failed', agentId: this.config.id, message: error.message, restart: false });
    }
    throw error;
  }

  private down(): void {
    this.rpc = undefined;
    for (const attempt of this.attempts.values()) attempt.disconnect();
  }

  private refused(): void {
    for (const attempt of this.attempts.values()) attempt.abandon();
    const { id, name } = this.config;
    const message = `${name} was turned away: another program has connected under this name. Stop it, or rename one of the two.`;
    void this.context.reports.push({ type: 'failed', agentId: id, message, restart: false });
  }

  private assign(assignment: AssignParams): AssignResult {
    const key = keyOf(assignment);
    if (this.attempts.has(key)) return { accepted: true };
    if (this.stopping) return { accepted: false, reason: `${this.config.name} is stopping.` };
    const running = [...this.attempts.values()].filter(({ isRunning }) => isRunning).length;
    if (running >= this.config.capacity)
      return { accepted: false, reason: `${this.config.name} is busy with ${running} of ${this.config.capacity}.` };
    const attempt = new Attempt(this.config, assignment, this.context.graceMs, this.context.reports);
    this.attempts.set(key, attempt);
    void Promise.all([attempt.worked, attempt.reported]).then(() => this.attempts.delete(key));
    if (this.rpc) attempt.connect(this.rpc, 0);
    return { accepted: true };
  }

  private cancel(params: CancelParams): object {
    this.find(params).cancel();
    return {};
  }

  private message(params: MessageParams): object {
    if (!this.find(params).message(params.text))
      throw new Refusal('conflict', phrase('{0} does not read messages while it works.', this.config.name));
    return {};
  }

  private find(ref: { taskId: string; attempt: number }): Attempt {
    const attempt = this.attempts.get(keyOf(ref));
    if (!attempt) throw new Refusal('not_found', `${this.config.name} is not working on attempt ${ref.attempt} of ${ref.taskId}.`);
    return attempt;
  }
}

type CancelParams = ReturnType<typeof CancelParams.parse>;
type MessageParams = ReturnType<typeof MessageParams.parse>;

function profileOf({ name, skills, capacity }: RunnerAgent): Pick<HelloParams, 'name' | 'skills' | 'capacity'> {
  return { name, skills, capacity };
}

function keyOf({ taskId, attempt }: { taskId: string; attempt: number }): string {
  return `${taskId}/${attempt}`;
}
