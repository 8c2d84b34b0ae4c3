import { resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { deferred } from '../../base/deferred';
import { errorText } from '../../base/errors';
import { isFinalReport, type FinalReport } from '../../domain/report';
import { cleanLine, shorten } from '../../domain/text';
import type { WorktreeConfig } from '../../domain/worktree';
import type { AgentProcess } from '../agentProcess';
import { childEnv } from '../childEnv';
import type { Driver, Work, WorkContext } from '../driver';
import { ConflictWatch } from './conflictWatch';
import { prepareWorktree, type Worktree } from './prepare';
import { runSetup } from './setup';
import { leaveTree } from './treesInUse';
import { wrapUp } from './wrapUp';

/** How long the end of a cancelled attempt may take after its agent has ended, ms. */
const MAX_END = 5_000;
/** Messages of a person that wait for the agent to start. */
const MAX_WAITING = 100;

/** The driver, with a git working tree of its own for each task of an agent that wants it so. */
export function withWorktree(driver: Driver): Driver {
  return (context) => (context.agent.worktree ? new WorktreeWork(driver, context, context.agent.worktree) : driver(context));
}

/** One attempt in a tree of its own: prepares it, has the real driver work in it, hands in what changed, and cleans up. */
class WorktreeWork implements Work {
  private readonly env: NodeJS.ProcessEnv;
  private readonly stopping = new AbortController();
  private readonly ended = deferred();
  private work: Work | undefined;
  private setup: AgentProcess | undefined;
  private endedAs: FinalReport | undefined;
  private isPaused = false;
  private isOver = false;
  private readonly waiting: string[] = [];

  constructor(
    private readonly driver: Driver,
    private readonly context: WorkContext,
    private readonly config: WorktreeConfig,
  ) {
    this.env = childEnv(process.env, context.agent.env);
    void this.run();
  }

  end(as: FinalReport): void {
    if (this.endedAs) return;
    this.endedAs = as;
    this.stopping.abort();
    this.ended.resolve();
    this.work?.end(as);
  }

  /** Before the agent starts, whether it listens is not known: what is said then is kept for it. */
  get message(): ((text: string) => void) | undefined {
    const { work } = this;
    if (!work) return (text) => void (this.waiting.length < MAX_WAITING && this.waiting.push(text));
    return work.message ? (text) => work.message?.(text) : undefined;
  }

  pause(): void {
    this.isPaused = true;
    this.setup?.pause();
    this.work?.pause();
  }

  resume(): void {
    this.isPaused = false;
    this.setup?.resume();
    this.work?.resume();
  }

  private async run(): Promise<void> {
    const final = await this.attempt().catch((error: unknown) => this.notStarted(error));
    this.isOver = true;
    this.context.report(this.endedAs ?? final);
  }

  private async attempt(): Promise<FinalReport> {
    const preparing = this.prepare();
    // Cleaning up after an abort may have to wait for others.
    const tree = await Promise.race([preparing, this.overdue()]);
    if (!tree) {
      void preparing.then(({ use }) => leaveTree(use)).catch(() => undefined);
      return { type: 'cancelled' };
    }
    const { config, env, context } = this;
    const log = (level: 'info' | 'warn', text: string): void => this.log(level, text);
    const watch = new ConflictWatch(tree, config.copy, env, (text) => log('warn', text));
    const final = this.endedAs ?? (await this.drive(tree));
    watch.dispose();
    await Promise.race([wrapUp({ tree, watch, config, env, handIn: context.handIn, log }), this.overdue()]);
    return final;
  }

  private prepare(): Promise<Worktree> {
    const { agent, assignment } = this.context;
    return prepareWorktree({
      folder: resolve(agent.cwd, assignment.folder ?? ''),
      task: { id: assignment.taskId, number: assignment.number, title: assignment.title },
      config: this.config,
      env: this.env,
      signal: this.stopping.signal,
      log: (level, text) => this.log(level, text),
      setUp: (command, cwd) =>
        runSetup(this.context, { command, cwd, env: this.env, signal: this.stopping.signal, onProcess: this.takeSetup }),
    });
  }

  private readonly takeSetup = (process: AgentProcess | undefined): void => {
    this.setup = process;
    if (this.isPaused) process?.pause();
  };

  /** Has the real driver work in the tree. @returns its final report, held back. */
  private drive({ cwd }: Worktree): Promise<FinalReport> {
    const { context } = this;
    const final = deferred<FinalReport>();
    try {
      const work = this.driver({
        ...context,
        assignment: { ...context.assignment, folder: cwd },
        report: (report) => (isFinalReport(report) ? final.resolve(report) : context.report(report)),
      });
      this.work = work;
      if (this.isPaused) work.pause();
      if (this.endedAs) work.end(this.endedAs);
      for (const text of this.waiting.splice(0)) {
        if (work.message) work.message(text);
        else this.log('warn', `${context.agent.name} does not take messages, so this one was not given: ${shorten(cleanLine(text), 200)}`);
      }
    } catch (error) {
      final.resolve(this.notStarted(error));
    }
    return final.promise;
  }

  /** Resolves when the attempt was ended and that has taken its time. */
  private async overdue(): Promise<undefined> {
    await this.ended.promise;
    await wait(Math.min(MAX_END, this.context.graceMs), undefined, { ref: false });
  }

  private notStarted(error: unknown): FinalReport {
    return { type: 'error', kind: 'spawn_failed', message: `${this.context.agent.name} could not be started: ${errorText(error)}` };
  }

  private log(level: 'info' | 'warn', text: string): void {
    if (!this.isOver) this.context.report({ type: 'log', lines: [{ text, level, at: Date.now() }] });
  }
}
