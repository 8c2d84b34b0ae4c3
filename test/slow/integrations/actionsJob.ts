import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { parse } from 'yaml';

interface Step {
  name?: string;
  id?: string;
  if?: string;
  uses?: string;
  with?: Record<string, string>;
  env?: Record<string, string>;
  run?: string;
}
interface Workflow {
  on: { workflow_dispatch: { inputs: Record<string, unknown> } };
  permissions: Record<string, string>;
  jobs: Record<string, { env?: Record<string, string>; steps: Step[] }>;
}

/** What a run of a workflow is given. */
export interface Given {
  inputs: Record<string, string>;
  vars: Record<string, string>;
  secrets: Record<string, string>;
}

/** Plays the `run` steps of the only job of a workflow with bash, as GitHub's runner does; `uses` steps are left out. */
export class ActionsJob {
  readonly workflow: Workflow;
  readonly steps: Step[];
  /** What each step printed, and its exit code, by name. */
  readonly ran = new Map<string, { code: number; out: string }>();
  status: 'success' | 'failure' | 'cancelled' = 'success';
  private readonly env: NodeJS.ProcessEnv;
  private readonly outputs: Record<string, Record<string, string>> = {};

  /** @param folder an empty one of the test. */
  constructor(
    file: string,
    private readonly folder: string,
    private readonly given: Given,
  ) {
    this.workflow = parse(readFileSync(join('examples', 'github-actions', file), 'utf8')) as Workflow;
    const [job] = Object.values(this.workflow.jobs);
    assert.ok(job);
    this.steps = job.steps;
    const bin = join(folder, 'bin');
    for (const made of [bin, this.workspace, this.temp]) mkdirSync(made, { recursive: true });
    writeFileSync(join(bin, 'tasktower'), `#!/bin/sh\nexec "${process.execPath}" "${resolve('dist', 'cli', 'tasktower.js')}" "$@"\n`);
    chmodSync(join(bin, 'tasktower'), 0o755);
    for (const name of ['env', 'output', 'summary']) writeFileSync(join(folder, name), '');
    const { TASKTOWER_URL: _, TASKTOWER_TOKEN: __, ...own } = process.env;
    this.env = {
      ...own,
      PATH: [bin, join(process.execPath, '..'), process.env.PATH].join(delimiter),
      TASKTOWER_HOME: join(folder, 'home'),
      GITHUB_WORKSPACE: this.workspace,
      RUNNER_TEMP: this.temp,
      GITHUB_ENV: join(folder, 'env'),
      GITHUB_OUTPUT: join(folder, 'output'),
      GITHUB_STEP_SUMMARY: join(folder, 'summary'),
      ...this.filled(job.env),
    };
  }

  get workspace(): string {
    return join(this.folder, 'workspace');
  }

  get temp(): string {
    return join(this.folder, 'temp');
  }

  /** What the page of the run shows. */
  get summary(): string {
    return readFileSync(join(this.folder, 'summary'), 'utf8');
  }

  /** Where an artifact is taken from. */
  get artifact(): string {
    const step = this.steps.find(({ uses }) => uses?.startsWith('actions/upload-artifact@'));
    return resolve(this.workspace, this.fill(step?.with?.path ?? ''));
  }

  /** Runs all steps but those named; `until` ends before the step of that name, as a cancelled run does. */
  async run(skip: readonly string[], cancelBefore?: string): Promise<void> {
    for (const step of this.steps) {
      const { name = '', run } = step;
      if (name === cancelBefore) this.status = 'cancelled';
      if (run === undefined || skip.includes(name) || !this.holds(step.if)) continue;
      await this.runStep(step, run);
    }
  }

  private async runStep(step: Step, run: string): Promise<void> {
    const script = join(this.folder, 'step.sh');
    writeFileSync(script, run);
    const settings = Object.fromEntries(
      readFileSync(join(this.folder, 'env'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split(/=(.*)/s).slice(0, 2)),
    ) as Record<string, string>;
    const env = { ...this.env, ...settings, ...this.filled(step.env) };
    writeFileSync(join(this.folder, 'output'), '');
    // The default shell of a step: what it leaves in the background goes on, so its exit and not its pipes end it.
    const child = spawn('bash', ['-e', script], { cwd: this.workspace, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
    const [code] = (await once(child, 'exit')) as [number | null];
    this.ran.set(step.name ?? '', { code: code ?? -1, out });
    if (step.id !== undefined)
      this.outputs[step.id] = Object.fromEntries(
        readFileSync(join(this.folder, 'output'), 'utf8')
          .split('\n')
          .filter(Boolean)
          .map((line) => line.split(/=(.*)/s).slice(0, 2)),
      ) as Record<string, string>;
    if (code !== 0 && this.status === 'success') this.status = 'failure';
  }

  private holds(condition: string | undefined): boolean {
    if (condition === undefined) return this.status === 'success';
    const text = condition.replace(/^\$\{\{|\}\}$/g, '').trim();
    return text.split('&&').every((part) => {
      const term = part.trim();
      if (term === 'always()') return true;
      if (term === 'cancelled()') return this.status === 'cancelled';
      const [, value = ''] = /^(\S+) != ''$/.exec(term) ?? assert.fail(`The condition ${term} is not known here.`);
      return this.value(value) !== '';
    });
  }

  private filled(env: Record<string, string> | undefined): Record<string, string> {
    return Object.fromEntries(Object.entries(env ?? {}).map(([name, value]) => [name, this.fill(value)]));
  }

  private fill(text: string): string {
    return text.replace(/\$\{\{ ([\w.]+) \}\}/g, (_, name: string) => this.value(name));
  }

  private value(name: string): string {
    const [context = '', ...path] = name.split('.');
    if (context === 'steps') return this.outputs[path[0] ?? '']?.[path[2] ?? ''] ?? '';
    if (name === 'runner.temp') return this.temp;
    assert.ok(context in this.given, name);
    return this.given[context as keyof Given][path[0] ?? ''] ?? '';
  }
}
