import type { Disposable } from '../base/disposables';
import { Emitter } from '../base/emitter';
import type { JsonRpcSocket, RpcHandler } from '../base/jsonRpcSocket';
import type { LiveOverlay, RunnerAgents, RunnerLink, Tower } from '../domain/ports';
import type { ProcessRef } from '../domain/command';
import type { AgentOutput } from '../domain/query';
import { read, Refusal } from '../domain/refusal';
import type { Actor } from '../domain/task';
import { RunnerHello, RunnerReport } from '../protocol/agent';
import { Close, HEARTBEAT_MS, PROTOCOL } from '../protocol/version';

const BY: Actor = { kind: 'runner', name: 'runner' };
/** The name under which the runner's own process is noted. @param here the tower that it works for, where several share a queue. */
export function runnerIdAt(here: string | undefined): string {
  return here === undefined ? 'tasktower-runner' : `tasktower-runner@${here}`;
}

/** A socket on which the runner may speak for itself. */
export interface ControlSession {
  readonly rpc: JsonRpcSocket;
  greeted(): void;
}

/** The one runner of this tower: told which agents to run, tells how their processes are. */
export class RunnerDesk implements RunnerLink, Disposable {
  private current: JsonRpcSocket | undefined;
  private readonly changed = new Emitter<boolean>();
  private readonly output = new Emitter<AgentOutput>();
  readonly onDidChange = this.changed.event;
  readonly onDidPrint = this.output.event;
  private readonly subscription: Disposable;
  private told = new Set<string>();

  constructor(
    private readonly tower: Tower,
    private readonly live: LiveOverlay,
    private readonly agents: RunnerAgents,
    private readonly runnerId: string,
  ) {
    this.subscription = agents.onDidChange(() => this.apply());
  }

  get connected(): boolean {
    return this.current !== undefined;
  }

  /** What may be asked on an `/agent` socket that came with the runner's token. */
  handlers(session: () => ControlSession): Readonly<Record<string, RpcHandler>> {
    return {
      'runner/hello': (params) => this.hello(session(), params),
      'runner/report': (params) => this.report(session().rpc, params),
    };
  }

  private async hello(session: ControlSession, params: unknown): Promise<object> {
    const { rpc } = session;
    const { protocol, process } = read(RunnerHello, params, 'runner/hello');
    if (protocol !== PROTOCOL) {
      setImmediate(() => rpc.close(Close.version));
      throw new Refusal('invalid', `This tower speaks protocol ${PROTOCOL}, not ${protocol}.`);
    }
    session.greeted();
    await this.note(process, true, this.runnerId);
    this.watch(rpc);
    const before = this.current;
    this.current = rpc;
    before?.close(Close.superseded, 'Another runner said hello.');
    this.changed.fire(true);
    return this.wanted();
  }

  private watch(rpc: JsonRpcSocket): void {
    const beat = setInterval(() => rpc.socket.ping(), HEARTBEAT_MS);
    rpc.onDidClose(() => {
      clearInterval(beat);
      if (this.current !== rpc) return;
      this.current = undefined;
      // Of those between running and not, only the runner can say how it goes on.
      for (const [id, { presence }] of this.live.agents)
        if (presence === 'starting' || presence === 'stopping') this.live.setAgent(id, 'offline');
      this.changed.fire(false);
    });
  }

  private async report(rpc: JsonRpcSocket, params: unknown): Promise<object> {
    if (rpc !== this.current) throw new Refusal('forbidden', 'Say runner/hello first.');
    const report = read(RunnerReport, params, 'runner/report');
    const { agentId } = report;
    switch (report.type) {
      case 'starting':
        // Its own socket may have been faster than the runner's.
        if (this.live.agents.get(agentId)?.presence !== 'online') this.turn(agentId, 'starting');
        break;
      case 'stopped':
        this.turn(agentId, 'offline');
        break;
      case 'recovered':
        await this.tower.execute({ type: 'ReportAgentRecovery', agentId }, BY);
        break;
      case 'failed':
        this.turn(agentId, 'offline');
        await this.tower.execute({ type: 'ReportAgentFailure', agentId, message: report.message, restart: report.restart }, BY);
        break;
      case 'processStarted':
      case 'processEnded':
        await this.note(report.process, report.type === 'processStarted', agentId);
        break;
      case 'output':
        this.output.fire({ agentId, lines: report.lines });
    }
    return {};
  }

  /** Ends the runner's session; it looks for the next tower. */
  disconnect(): void {
    this.current?.dispose();
  }

  private turn(agentId: string, presence: 'starting' | 'stopping' | 'offline'): void {
    if (this.tower.board.agents.has(agentId)) this.live.setAgent(agentId, presence);
  }

  private async note(process: ProcessRef, running: boolean, agentId: string): Promise<void> {
    await this.tower.execute({ type: 'ReportProcess', process, agentId, running }, BY);
  }

  private wanted(): object {
    const agents = this.agents.list();
    const ids = new Set(agents.map((agent) => agent.id));
    for (const id of this.told) if (!ids.has(id) && this.live.agents.has(id)) this.turn(id, 'stopping');
    this.told = ids;
    return { agents };
  }

  private apply(): void {
    // The runner reads the whole wanted state, so an answer that is lost is made good by the next one.
    this.current?.request('runner/apply', this.wanted(), 10_000).catch(() => undefined);
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
    this.output.dispose();
  }
}
