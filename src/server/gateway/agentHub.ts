import type { WebSocket } from 'ws';
import type { Disposable } from '../base/disposables';
import { errorText } from '../base/errors';
import { Heartbeat } from '../base/heartbeat';
import type { AgentLinks, AgentReports, Assignment, Keys, Leases, LiveOverlay, Tower } from '../domain/ports';
import type { TowerEvent } from '../domain/event';
import { Refusal } from '../domain/refusal';
import type { LogLevel } from '../domain/report';
import type { Actor } from '../domain/task';
import { Close, HEARTBEAT_MS, LEASE_MS, SILENCE_MS } from '../protocol/version';
import { AgentSession } from './agentSession';
import { callerOf, type Who } from './guard';
import { mayActAs } from './scopes';
import type { RunnerDesk } from './runnerSession';
import { phrase } from '../domain/phrase';

const TOWER: Actor = { kind: 'tower', name: 'tower' };

export interface HubParts {
  tower: Tower;
  reports: AgentReports;
  live: LiveOverlay;
  leases: Leases;
  keys: Keys;
  /** The name of this tower, where several share the queue. */
  here?: string | undefined;
  url: () => string;
}

/** The agents on their sockets: one session an agent, presence by what is heard of it. */
export class AgentHub implements AgentLinks, Disposable {
  private readonly sessions = new Map<string, AgentSession>();
  private readonly heartbeat: Heartbeat;
  private readonly subscription: Disposable;

  constructor(private readonly parts: HubParts) {
    this.heartbeat = new Heartbeat(HEARTBEAT_MS, (stoodStill) => this.beat(stoodStill));
    this.subscription = parts.tower.onDidCommit((records) => {
      for (const { by, events } of records)
        for (const event of events) {
          if (event.type === 'MessageSent') void this.pass(by, event);
          if (event.type === 'AgentPresent') this.presence(event);
          // It said hello a moment ago, and must do so again.
          if (event.type === 'AgentForgotten') this.sessions.get(event.agentId)?.rpc.dispose();
        }
    });
  }

  /** Takes in a socket that the guard has let through; the runner's may speak for the runner too. */
  accept(socket: WebSocket, who: Who, runner: RunnerDesk): void {
    const { tower, reports, keys, url } = this.parts;
    const session: AgentSession = new AgentSession(socket, callerOf(who), {
      ...{ tower, reports, url },
      tokenOf: (taskId, attempt) => keys.ofAttempt(taskId, attempt),
      admit: (agentId) => this.admit(agentId, who),
      arrive: (agentId) => this.arrive(agentId),
      enter: () => this.enter(session),
      ready: () => this.ready(session),
      heard: () => this.heard(session),
      left: () => this.leave(session),
      more: who.kind === 'runner' ? runner.handlers(() => session) : {},
    });
  }

  isConnected(agentId: string): boolean {
    return this.sessions.get(agentId)?.ready === true;
  }

  async assign(agentId: string, assignment: Assignment): Promise<{ accepted: boolean; reason?: string } | undefined> {
    const session = this.sessions.get(agentId);
    if (!session?.ready) return undefined;
    try {
      return await session.assign(assignment);
    } catch (error) {
      if (this.sessions.get(agentId) !== session) return undefined;
      throw error;
    }
  }

  cancel(agentId: string, attempt: { taskId: string; attempt: number; reason?: string }): Promise<void> {
    return this.session(agentId).cancel(attempt);
  }

  /** Hands a message on; what became of it stands in the log of the task. */
  private async pass(by: Actor, { taskId, attempt, text }: Extract<TowerEvent, { type: 'MessageSent' }>): Promise<void> {
    const { board } = this.parts.tower;
    const agentId = board.tasks.get(taskId)?.attempts[attempt - 1]?.agentId ?? '';
    const { here } = this.parts;
    // The tower that the agent is connected to passes it on.
    if (here !== undefined && board.agents.get(agentId)?.tower !== here) return;
    const say = (text: string, level: LogLevel): Promise<unknown> =>
      this.parts.reports.report({ taskId, attempt, agentId, by: TOWER, report: { type: 'log', lines: [{ text, level }] } });
    try {
      await say(`${by.name}: ${text}`, 'info');
      await this.session(agentId).message({ taskId, attempt, text });
    } catch (error) {
      // The attempt may have ended meanwhile; then there is nobody to tell.
      await say(`The message was not taken: ${errorText(error)}`, 'warn').catch(() => undefined);
    }
  }

  private session(agentId: string): AgentSession {
    const session = this.sessions.get(agentId);
    if (!session?.ready) throw new Refusal('unavailable', phrase('{0} is not connected.', agentId));
    return session;
  }

  /** @throws {Refusal} when the name is someone else's. */
  private admit(agentId: string, who: Who): void {
    mayActAs(who, agentId);
    const agent = this.parts.tower.board.agents.get(agentId);
    if (agent?.managed && agent.run === 'task' && who.kind !== 'runner') {
      throw new Refusal('forbidden', `${agent.name} is started by Tasktower. Choose another name.`);
    }
    const session = this.sessions.get(agentId);
    if (session && session.caller !== callerOf(who))
      throw new Refusal('forbidden', `Another program is connected as ${agentId}. Choose another name.`);
  }

  /** Writes down that the agent is connected here, before it is given work: until then another tower may think that it is there. */
  private async arrive(agentId: string): Promise<void> {
    if (this.parts.here === undefined) return;
    await this.parts.tower.execute({ type: 'ReportPresence', agentId, present: true }, TOWER);
  }

  /** What the board says of an agent may differ from what this tower sees, where several share the queue. */
  private presence({ agentId, present, tower }: Extract<TowerEvent, { type: 'AgentPresent' }>): void {
    const { here } = this.parts;
    const session = this.sessions.get(agentId);
    if (here === undefined || !session?.ready || tower === here) return;
    if (tower !== undefined) session.rpc.close(Close.superseded, `Another session said hello as this agent, at the tower ${tower}.`);
    // This tower was thought lost, and is not.
    else if (!present) void this.arrive(agentId).catch(() => session.rpc.dispose());
  }

  /** In place of an earlier session, which gets no more work; nor does this one before its hello is answered. */
  private enter(session: AgentSession): void {
    const { agentId = '' } = session;
    const before = this.sessions.get(agentId);
    this.sessions.set(agentId, session);
    this.parts.leases.renewAgent(agentId);
    if (!before || before === session) return;
    this.parts.live.setAgent(agentId, 'offline');
    before.rpc.close(Close.superseded, 'Another session said hello as this agent.');
  }

  private ready(session: AgentSession): void {
    const { agentId = '' } = session;
    if (this.sessions.get(agentId) === session) this.parts.live.setAgent(agentId, 'online');
  }

  private heard(session: AgentSession): void {
    const { agentId } = session;
    if (agentId === undefined || this.sessions.get(agentId) !== session) return;
    this.parts.leases.renewAgent(agentId);
    // One that was told to stop is stopping until it is gone.
    if (session.ready && this.parts.live.agents.get(agentId)?.presence !== 'stopping') this.parts.live.setAgent(agentId, 'online');
  }

  private leave(session: AgentSession): void {
    const { agentId } = session;
    if (agentId === undefined || this.sessions.get(agentId) !== session) return;
    this.sessions.delete(agentId);
    this.parts.live.setAgent(agentId, 'offline');
  }

  /** Ends every session. */
  disconnect(): void {
    for (const session of this.sessions.values()) session.rpc.dispose();
  }

  private beat(stoodStill: boolean): void {
    for (const [agentId, session] of this.sessions) {
      if (stoodStill) session.lastHeard = performance.now();
      const silence = performance.now() - session.lastHeard;
      if (silence > SILENCE_MS) this.parts.live.setAgent(agentId, 'offline');
      if (silence > LEASE_MS) session.rpc.dispose();
      else session.socket.ping();
    }
  }

  dispose(): void {
    this.heartbeat.dispose();
    this.subscription.dispose();
    this.sessions.clear();
  }
}
