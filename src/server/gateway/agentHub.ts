import type { WebSocket } from 'ws';
import type { Disposable } from '../base/disposables';
import type { AgentLinks, AgentReports, Assignment, Keys, Leases, LiveOverlay, Tower } from '../domain/ports';
import { Refusal } from '../domain/refusal';
import { Close, HEARTBEAT_MS, SILENCE_MS } from '../protocol/version';
import type { RpcHandler } from '../base/jsonRpcSocket';
import { AgentSession, type AgentDesk } from './agentSession';

export interface HubParts {
  tower: Tower;
  reports: AgentReports;
  live: LiveOverlay;
  leases: Leases;
  keys: Keys;
  url(): string;
}

/** The agents on their sockets: one session an agent, presence by what is heard of it. */
export class AgentHub implements AgentLinks, Disposable {
  private readonly sessions = new Map<string, AgentSession>();
  private readonly heartbeat: NodeJS.Timeout;

  constructor(private readonly parts: HubParts) {
    this.heartbeat = setInterval(() => this.beat(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /** Takes in a socket that the guard has let through. */
  accept(socket: WebSocket, token: string, more?: (session: AgentSession) => Readonly<Record<string, RpcHandler>>): void {
    const { tower, reports, live, leases, keys, url } = this.parts;
    const desk: AgentDesk = {
      tower,
      reports,
      url,
      tokenOf: (taskId, attempt) => keys.ofAttempt(taskId, attempt),
      enter: (entering) => this.enter(entering),
      heard: ({ agentId = '' }) => {
        leases.renewAgent(agentId);
        if (this.sessions.get(agentId) === session) live.setAgent(agentId, 'online');
      },
      left: (leaving) => this.leave(leaving),
    };
    const session = new AgentSession(socket, token, desk, more);
  }

  isConnected(agentId: string): boolean {
    return this.sessions.has(agentId);
  }

  assign(agentId: string, assignment: Assignment): Promise<{ accepted: boolean; reason?: string }> {
    return this.session(agentId).assign(assignment);
  }

  cancel(agentId: string, attempt: { taskId: string; attempt: number; reason?: string }): Promise<void> {
    return this.session(agentId).cancel(attempt);
  }

  private session(agentId: string): AgentSession {
    const session = this.sessions.get(agentId);
    if (!session) throw new Refusal('unavailable', `${agentId} is not connected.`);
    return session;
  }

  private enter(session: AgentSession): void {
    const { agentId = '' } = session;
    const before = this.sessions.get(agentId);
    if (before && before.token !== session.token) throw new Refusal('forbidden', `Another program is connected as ${agentId}. Choose another name.`);
    this.sessions.set(agentId, session);
    if (before && before !== session) before.rpc.close(Close.superseded, 'Another session said hello as this agent.');
    this.parts.leases.renewAgent(agentId);
    this.parts.live.setAgent(agentId, 'online');
  }

  private leave(session: AgentSession): void {
    const { agentId } = session;
    if (agentId === undefined || this.sessions.get(agentId) !== session) return;
    this.sessions.delete(agentId);
    this.parts.live.setAgent(agentId, 'offline');
  }

  private beat(): void {
    const now = performance.now();
    for (const [agentId, session] of this.sessions) {
      if (now - session.lastHeard > SILENCE_MS) this.parts.live.setAgent(agentId, 'offline');
      session.socket.ping();
    }
  }

  dispose(): void {
    clearInterval(this.heartbeat);
    this.sessions.clear();
  }
}
