import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { client, methods, type ClientConnection } from '@agentclientprotocol/sdk';
import { deferred } from '../../base/deferred';
import type { FinalReport } from '../../domain/report';
import { cleanLine } from '../../domain/text';
import { AgentProcess } from '../agentProcess';
import { childEnv } from '../childEnv';
import type { Work, WorkContext } from '../driver';
import { attemptEnv, commandOf, notStopped, unread } from '../drivers/process';
import { promptOf, valuesOf } from '../prompt';
import { Failure, failureOf, failureOfExit, failureOfWords, outcomeOf, reportOf } from './failure';
import { kimiHome, readKimiSession, tokensSince, type KimiSession } from './kimiWire';
import { MessageStream } from './messageStream';
import { handInPatch } from './patch';
import { PermissionDesk } from './permissionDesk';
import { type Initialized, PermissionRequest, Prompted } from './schema';
import { initialize, openSession, read, type Session, type SessionOptions } from './session';
import { Updates } from './updates';

/** How long the end of the process may come after the end of its input or output, ms. */
const EXIT_DELAY = 1_000;
/** How long the files of a session are read, ms. */
const LOOK_BACK = 5_000;

/** Times, ms. */
export interface AcpTimes {
  /** For the first answer; a first start may download something. */
  initialize: number;
  /** For the session to open, with the MCP servers in it. */
  session: number;
  /** After a turn, for a late word on usage. */
  linger: number;
}

/** One attempt of an agent of the Agent Client Protocol: its process, its session, and what is said in it. */
export class AcpWork implements Work {
  private readonly child: AgentProcess;
  private readonly connection: ClientConnection;
  private readonly updates: Updates;
  private readonly desk: PermissionDesk;
  private readonly cwd: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly stopping = deferred();
  private endedAs: FinalReport | undefined;
  private initialized: Initialized | undefined;
  private session: Session | undefined;
  private before: KimiSession = {};
  /** Settles when the turn under way is over. */
  private turn: Promise<unknown> | undefined;
  private readonly messages: string[] = [];
  private isOver = false;
  private lastError = '';

  constructor(
    private readonly context: WorkContext,
    private readonly times: AcpTimes,
  ) {
    const { agent, assignment, graceMs, report, processes } = context;
    this.cwd = resolve(agent.cwd, assignment.folder ?? '');
    this.env = childEnv(process.env, agent.env, attemptEnv(assignment));
    this.updates = new Updates(report);
    this.desk = new PermissionDesk(context, this.updates);
    const messages = new MessageStream({
      write: (bytes) => this.child.write(bytes),
      // What comes before the session is open is the past of a loaded one.
      onUpdate: (sessionId, update) => sessionId === this.session?.id && this.updates.take(update),
      onNoise: (line) => this.updates.log('info', line),
    });
    this.child = new AgentProcess({
      name: agent.name,
      command: commandOf(agent.command, valuesOf(agent, assignment, this.cwd)),
      cwd: this.cwd,
      env: this.env,
      // The first half of the time is for the agent to end its turn, and itself.
      graceMs: graceMs / 2,
      stdout: messages,
      onLine: (_, line) => this.takeError(line),
      onStarted: (ref) => processes.started(agent.id, ref),
      onEnded: (ref) => processes.ended(agent.id, ref),
    });
    this.connection = client({ name: 'tasktower' })
      .onRequest(methods.client.session.requestPermission, PermissionRequest, ({ params }) => this.desk.answer(params))
      .connect(messages.stream);
    void this.run().catch((error: unknown) => this.fail(error));
  }

  end(as: FinalReport): void {
    if (this.endedAs) return;
    this.endedAs = as;
    this.child.resume();
    this.stopping.resolve();
  }

  message(text: string): void {
    if (this.isOver) return this.updates.log('warn', `Came too late for this attempt: ${cleanLine(text)}`);
    this.messages.push(text);
    this.updates.log('info', 'The message is sent when the present turn ends.');
  }

  pause(): void {
    if (!this.endedAs) this.child.pause();
  }

  resume(): void {
    this.child.resume();
  }

  private async run(): Promise<void> {
    const { agent, graceMs, report } = this.context;
    const talk = this.talk().catch((error: unknown) => this.explain(error));
    const final = await Promise.race([talk, this.stopping.promise]);
    if (!final) await this.cancelTurn();
    this.isOver = true;
    this.desk.close();
    // An agent that is ended by a signal may lose the end of its session.
    this.child.endInput();
    await Promise.race([this.child.done, wait(Math.min(EXIT_DELAY, graceMs / 4))]);
    await this.child.stop();
    const exit = await this.child.done;
    this.connection.close();
    this.updates.transcript.breakOff();
    if (exit.killedChildren !== undefined) this.updates.log('warn', notStopped(agent.name, graceMs, exit.killedChildren));
    const failure = await this.lookBack();
    report(this.endedAs ?? (final?.type === 'result' ? failure : undefined) ?? final ?? { type: 'cancelled' });
  }

  private async fail(error: unknown): Promise<void> {
    await this.child.stop();
    this.context.report(this.endedAs ?? unread(this.context.agent.name, error));
  }

  /** The whole conversation, to its outcome. */
  private async talk(): Promise<FinalReport> {
    const { context, updates } = this;
    const log = (text: string): void => updates.log('warn', text);
    const options: SessionOptions = {
      agentName: context.agent.name,
      cwd: this.cwd,
      assignment: context.assignment,
      patienceMs: this.times,
      model: context.agent.model,
      log,
    };
    this.initialized = await initialize(this.connection.agent, options);
    this.desk.hasOwnServer = this.initialized.agentCapabilities?.mcpCapabilities?.http ?? false;
    this.desk.titlesAreNames = this.isKimi;
    this.session = await openSession(this.connection.agent, this.initialized, options);
    context.report({ type: 'session', id: this.session.id });
    if (this.session.isResumed) this.before = await this.readKimi();
    let stopReason = await this.prompt(promptOf(context.agent, context.assignment));
    for (;;) {
      if (this.messages.length === 0) await this.linger();
      const said = this.messages.splice(0).join('\n\n');
      if (!said) break;
      updates.log('info', `Sent on: ${cleanLine(said)}`);
      stopReason = await this.prompt(said);
    }
    this.isOver = true;
    if (this.endedAs) return this.endedAs;
    await Promise.race([handInPatch(updates.changes, this.cwd, context.handIn, log), this.stopping.promise]);
    return outcomeOf(stopReason, context.agent.name, updates.transcript.last(), !updates.calls.isEmpty);
  }

  private async prompt(text: string): Promise<string> {
    const { agent } = this.connection;
    const turn = agent.request(methods.agent.session.prompt, { sessionId: this.session?.id ?? '', prompt: [{ type: 'text', text }] });
    this.turn = turn.catch(() => undefined);
    const { stopReason, usage } = read(Prompted, await turn, this.context.agent.name);
    this.turn = undefined;
    this.updates.transcript.breakOff();
    if (usage) {
      this.updates.usage.addTurn(usage);
      this.updates.reportUsage();
    }
    return stopReason;
  }

  /** Some agents tell what a turn has used only after its end. */
  private async linger(): Promise<void> {
    const late = deferred();
    this.updates.onUsage = () => late.resolve();
    await Promise.race([late.promise, this.stopping.promise, wait(this.times.linger)]);
    this.updates.onUsage = undefined;
  }

  /** Asks the agent to end its turn, and gives it a quarter of the time there is. */
  private async cancelTurn(): Promise<void> {
    const { turn, session } = this;
    if (!turn || !session) return;
    void this.connection.agent.notify(methods.agent.session.cancel, { sessionId: session.id }).catch(() => undefined);
    this.desk.close();
    await Promise.race([turn, this.child.done, wait(this.context.graceMs / 4)]);
  }

  /** What only the files of a session tell, once the agent has ended: its tokens, and that its last turn failed. */
  private async lookBack(): Promise<FinalReport | undefined> {
    const { context, updates, before } = this;
    const { tokens, failure } = await this.readKimi();
    const total = updates.usage.hasTokens ? undefined : updates.usage.total(tokensSince(before.tokens, tokens));
    if (tokens && total) context.report({ type: 'usage', usage: total });
    return failure === undefined ? undefined : reportOf(failureOfWords(failure, context.agent.name, Date.now()));
  }

  /** Kimi Code puts the name of the tool where others put words of the model. */
  private get isKimi(): boolean {
    return /kimi/i.test(this.initialized?.agentInfo?.name ?? '');
  }

  private async readKimi(): Promise<KimiSession> {
    if (!this.session || !this.isKimi) return {};
    return Promise.race([readKimiSession(kimiHome(this.env), this.session.id), wait(LOOK_BACK, {}, { ref: false })]);
  }

  private takeError(line: string): void {
    this.updates.log('warn', line);
    const plain = stripVTControlCharacters(line).trim();
    if (plain) this.lastError = plain;
  }

  private async explain(error: unknown): Promise<FinalReport> {
    const { agent } = this.context;
    const isLost = this.connection.signal.aborted && !(error instanceof Failure);
    const exit = isLost ? await Promise.race([this.child.done, wait(EXIT_DELAY)]) : undefined;
    if (exit) return reportOf(failureOfExit(exit, agent.name, this.session !== undefined, this.lastError));
    return reportOf(failureOf(error, agent, this.initialized?.authMethods ?? [], Date.now()));
  }
}
