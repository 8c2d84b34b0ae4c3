import { setTimeout as wait } from 'node:timers/promises';
import { AwakeTimer } from '../base/awakeTimer';
import { deferred } from '../base/deferred';
import { errorText } from '../base/errors';
import { endProcesses, ownProcess } from '../base/processes';
import type { Log } from '../base/log';
import type { JsonRpcSocket } from '../base/jsonRpcSocket';
import { read } from '../domain/refusal';
import { RunnerApply, type RunnerAgent } from '../protocol/agent';
import { PROTOCOL } from '../protocol/version';
import { AgentClient } from './agentClient';
import { ControlReports } from './controlReports';
import { isServed } from './health';
import type { Managed, ManagedContext } from './managed';
import { Served } from './served';
import { Service } from './service';
import { HELLO_TIMEOUT, readAddress, TowerLink } from './towerLink';

/** How long the last reports may take to arrive, ms. */
const DRAIN = 1_000;
/** How long the end of an agent may take beyond the grace of its processes, ms: a working tree is wrapped up, reports arrive. */
const LATEST = 10_000;

export interface RunnerOptions {
  addressFile: string;
  /** The runner's own token; without it, that of the address file. */
  token?: string;
  /** With no tower for this long it ends all it started, ms. */
  awayMs: number;
  /** From SIGTERM to SIGKILL, ms. */
  graceMs: number;
  /** ms beyond the grace until an agent that does not end is left, and its processes killed; shorter in tests. */
  latestMs?: number;
  log: Log;
}

/** Hosts the managed agents of one tower: keeps them as the tower wants them, and ends them when it is gone. */
export class Runner {
  /** Resolves when the runner has ended all it started. */
  readonly done: Promise<void>;
  private readonly finish: () => void;
  private readonly managed = new Map<string, Managed>();
  private readonly stopping = new Map<string, Promise<void>>();
  private readonly reports: ControlReports;
  private readonly context: ManagedContext;
  private readonly link: TowerLink;
  private wanted = new Map<string, RunnerAgent>();
  private away: AwakeTimer | undefined;
  private ended = false;

  constructor(private readonly options: RunnerOptions) {
    const { addressFile, token, graceMs, log } = options;
    const done = deferred();
    this.done = done.promise;
    this.finish = done.resolve;
    this.reports = new ControlReports(log);
    const address = () => readAddress(addressFile);
    const dial = () => (token === undefined ? address() : { ...address(), token });
    this.context = { address, dial, reports: this.reports, graceMs, log };
    this.waitForTower();
    this.link = new TowerLink({
      address: dial,
      handlers: { 'runner/apply': (params) => this.apply(params) },
      hello: (rpc) => this.hello(rpc),
      onDown: () => {
        this.reports.disconnect();
        this.waitForTower();
      },
      onRefused: (code) => void this.end(`the tower turned it away (${code})`),
      log,
    });
  }

  /** Ends every process group; `done` resolves afterwards. */
  async end(reason: string): Promise<void> {
    if (this.ended) return;
    this.ended = true;
    this.options.log.info(`The runner ends: ${reason}.`);
    this.away?.dispose();
    this.wanted.clear();
    try {
      this.reconcile();
      await Promise.all(this.stopping.values());
      await this.reports.drain(DRAIN);
    } finally {
      this.link.dispose();
      this.finish();
    }
  }

  private async hello(rpc: JsonRpcSocket): Promise<void> {
    const answer = await rpc.request('runner/hello', { protocol: PROTOCOL, process: await ownProcess() }, HELLO_TIMEOUT);
    this.away?.dispose();
    this.away = undefined;
    this.apply(answer);
    this.reports.connect(rpc);
  }

  private waitForTower(): void {
    const { awayMs } = this.options;
    if (!this.ended) this.away ??= new AwakeTimer(awayMs, () => void this.end(`no tower for ${awayMs / 1000} s`));
  }

  private apply(params: unknown): object {
    const { agents } = read(RunnerApply, params, 'Wanted agents');
    if (this.ended) return {};
    this.wanted = new Map(agents.map((agent) => [agent.id, agent]));
    this.reconcile();
    return {};
  }

  private reconcile(): void {
    for (const [id, managed] of this.managed) {
      const wanted = this.wanted.get(id);
      if (!this.stopping.has(id) && !(wanted && managed.fits(wanted))) this.stopping.set(id, this.stop(id, managed));
    }
    for (const agent of this.wanted.values()) {
      const managed = this.managed.get(agent.id);
      try {
        if (!managed) this.managed.set(agent.id, this.create(agent));
        else if (!this.stopping.has(agent.id)) managed.update(agent);
      } catch (error) {
        this.failed(agent, error);
      }
    }
  }

  /** The other agents are to start all the same. */
  private failed({ id: agentId, name }: RunnerAgent, error: unknown): void {
    const message = `${name} could not be started: ${errorText(error)}. Check tasktower.agents in settings.`;
    void this.reports.push({ type: 'failed', agentId, message, restart: false });
  }

  private create(agent: RunnerAgent): Managed {
    if (isServed(agent)) return new Served(agent, this.context);
    return agent.run === 'task' ? new AgentClient(agent, this.context) : new Service(agent, this.context);
  }

  private async stop(id: string, managed: Managed): Promise<void> {
    const { graceMs, latestMs = LATEST } = this.options;
    const ending = managed.stop().then(
      () => true,
      (error: unknown) => this.options.log.error(`${id} could not be stopped: ${errorText(error)}`),
    );
    const hasEnded = await Promise.race([ending, wait(graceMs + latestMs, false, { ref: false })]);
    if (!hasEnded) await Promise.allSettled(this.reports.groupsOf(id).map((group) => endProcesses(group, 0)));
    this.managed.delete(id);
    this.stopping.delete(id);
    void this.reports.push({ type: 'stopped', agentId: id });
    this.reconcile();
  }
}
