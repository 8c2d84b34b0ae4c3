import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';

/** The bundled program in a process of its own. */
export class CliRun {
  out = '';
  err = '';
  private readonly child: ChildProcess;
  private readonly closed: Promise<unknown[]>;

  constructor(args: readonly string[], { cwd, env = {}, input = '' }: { cwd: string; env?: NodeJS.ProcessEnv; input?: string | null }) {
    const { TASKTOWER_URL: _, TASKTOWER_TOKEN: __, TASKTOWER_TASK_ID: ___, TASKTOWER_ATTEMPT: ____, ...own } = process.env;
    this.child = spawn(process.execPath, [resolve('dist/cli/tasktower.js'), ...args], { cwd, env: { ...own, ...env }, stdio: 'pipe' });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.child.stdin?.on('error', () => undefined);
    if (input !== null) this.child.stdin?.end(input);
    this.closed = once(this.child, 'close');
  }

  /** Runs to the end. */
  static async end(
    args: readonly string[],
    options: ConstructorParameters<typeof CliRun>[1],
  ): Promise<{ code: number; out: string; err: string }> {
    const run = new CliRun(args, options);
    return { code: await run.code(), out: run.out, err: run.err };
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async code(): Promise<number> {
    const [code, signal] = await this.closed;
    return signal ? -1 : Number(code);
  }
}
