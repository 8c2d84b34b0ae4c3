import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A server in a process of its own, from a file beside this one; `first` is what it says when it is up. */
export class Forked<In extends object, Out> {
  private constructor(
    private readonly child: ChildProcess,
    readonly first: Out,
  ) {}

  static async start<In extends object, Out>(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Forked<In, Out>> {
    const child = fork(join(__dirname, `${name}.js`), args, { env: { ...process.env, ...env }, execArgv: ['--expose-gc'] });
    const said = await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(([code]) => Promise.reject(new Error(`${name} ended with ${code}.`))),
    ]);
    return new Forked<In, Out>(child, said[0] as Out);
  }

  /** What it says next. */
  async next<T>(): Promise<T> {
    return (await once(this.child, 'message'))[0] as T;
  }

  send(message: In): void {
    this.child.send(message);
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit');
    this.child.kill('SIGKILL');
    await gone;
  }
}
