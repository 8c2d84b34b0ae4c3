import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { errorCode, HumanError } from '../../base/errors';
import { cleanLine, shorten } from '../../domain/text';

/** How long a command may take, ms, unless said otherwise. */
const TERM = 60_000;
/** How long a lock of someone else is waited for, and how often it is looked at, ms. */
const LOCK_TERM = 5_000;
const LOCK_AGAIN = 100;
/** From SIGTERM to SIGKILL, ms. */
const KILL_AFTER = 5_000;
const MAX_OUTPUT = 64 * 1024 * 1024;
const MAX_MESSAGE = 500;

/** Nothing of the repository is run but what git needs to read and write files: no hook, no monitor, nothing in the background. */
const SAFE = ['core.hooksPath=/dev/null', 'core.fsmonitor=false', 'gc.auto=0', 'maintenance.auto=false', 'core.quotePath=false'];
/** Variables that would send git to another repository (`git rev-parse --local-env-vars`), or run or ask something. */
const MISLEADING =
  /^GIT_(ALTERNATE_OBJECT_DIRECTORIES|COMMON_DIR|CONFIG|CONFIG_COUNT|CONFIG_(KEY|VALUE)_\d+|CONFIG_PARAMETERS|DIR|GRAFT_FILE|IMPLICIT_WORK_TREE|INDEX_FILE|INTERNAL_SUPER_PREFIX|NAMESPACE|NO_REPLACE_OBJECTS|OBJECT_DIRECTORY|PREFIX|REPLACE_REF_BASE|SHALLOW_FILE|WORK_TREE|EXTERNAL_DIFF|ASKPASS|TRACE\w*|\w+_PATHSPECS)$/i;
const QUIET = { LC_ALL: 'C', GIT_TERMINAL_PROMPT: '0', GCM_INTERACTIVE: 'never', SSH_ASKPASS_REQUIRE: 'never', GIT_OPTIONAL_LOCKS: '0' };
const IS_LOCKED = /Unable to create '[^\n]*\.lock'|could not lock config file/;

/** What git said when it failed. `status` is its exit code, undefined when it did not end by itself. */
export class GitError extends HumanError {
  constructor(
    message: string,
    readonly status: number | undefined,
  ) {
    super(message);
  }
}

export interface GitOptions {
  /** Standard input. */
  input?: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  /** Output beyond it ends the command, bytes. */
  maxBytes?: number;
}

/** git for one place: a folder, or a working tree whose git folder is known. */
export class Git {
  constructor(
    private readonly place: readonly string[],
    private readonly env: NodeJS.ProcessEnv,
    private readonly signal?: AbortSignal,
  ) {}

  /** git for a working tree whose `.git` file is not to be trusted. */
  static ofTree(tree: string, gitDir: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Git {
    return new Git(['-C', tree, `--git-dir=${gitDir}`, `--work-tree=${tree}`], env, signal);
  }

  static ofFolder(folder: string, env: NodeJS.ProcessEnv, signal?: AbortSignal): Git {
    return new Git(['-C', folder], env, signal);
  }

  /** The output as text. @throws {GitError} with git's own words. @throws the reason of an abort. */
  async text(args: readonly string[], options: GitOptions = {}): Promise<string> {
    return (await this.run(args, options)).output.toString('utf8');
  }

  /** The one line of output, or undefined when git says no. @throws {GitError} when git could not be run. */
  async line(args: readonly string[], options: GitOptions = {}): Promise<string | undefined> {
    try {
      return (await this.text(args, options)).replace(/\r?\n$/, '') || undefined;
    } catch (error) {
      if (error instanceof GitError && error.status !== undefined) return undefined;
      throw error;
    }
  }

  /** The output of a command with `-z`, item by item. */
  async items(args: readonly string[], options: GitOptions = {}): Promise<string[]> {
    return (await this.text(args, options)).split('\0').filter(Boolean);
  }

  /** Runs git; waits for locks of others. `cut`: the output reached `maxBytes`. */
  async run(args: readonly string[], options: GitOptions = {}): Promise<{ output: Buffer; cut: boolean }> {
    const deadline = performance.now() + LOCK_TERM;
    for (;;) {
      try {
        return await this.runOnce(args, options);
      } catch (error) {
        if (!(error instanceof GitError && IS_LOCKED.test(error.message)) || performance.now() > deadline) throw error;
        await wait(LOCK_AGAIN, undefined, this.signal ? { signal: this.signal } : {});
      }
    }
  }

  private async runOnce(args: readonly string[], options: GitOptions): Promise<{ output: Buffer; cut: boolean }> {
    this.signal?.throwIfAborted();
    const { input, env, timeoutMs = TERM, maxBytes = MAX_OUTPUT } = options;
    const { done, child } = start([...SAFE.flatMap((set) => ['-c', set]), ...this.place, ...args], {
      // Not in a folder of strangers, where Windows would look for git first.
      cwd: dirname(process.execPath),
      env: { ...gitEnv(this.env), ...env },
      timeout: timeoutMs,
      maxBuffer: maxBytes,
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input ?? '');
    const stop = (): void => {
      child.kill('SIGTERM');
      setTimeout(() => child.kill('SIGKILL'), KILL_AFTER).unref();
    };
    this.signal?.addEventListener('abort', stop, { once: true });
    const { error, stdout, stderr } = await done;
    this.signal?.removeEventListener('abort', stop);
    // What it was doing is over only when it has ended.
    if (error && child.pid !== undefined && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    this.signal?.throwIfAborted();
    if (!error) return { output: stdout, cut: false };
    if (errorCode(error) === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return { output: stdout, cut: true };
    throw explain(error, stderr.toString('utf8'), args[0] ?? '', timeoutMs);
  }
}

type Started = { error: Error | null; stdout: Buffer; stderr: Buffer };

function start(args: string[], options: { cwd: string; env: NodeJS.ProcessEnv; timeout: number; maxBuffer: number }) {
  let settle: (ended: Started) => void = () => undefined;
  const done = new Promise<Started>((resolve) => (settle = resolve));
  const full = { ...options, encoding: 'buffer', windowsHide: true } as const;
  const child = execFile('git', args, full, (error, stdout, stderr) => settle({ error, stdout, stderr }));
  return { done, child };
}

function gitEnv(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...Object.fromEntries(Object.entries(env).filter(([name]) => !MISLEADING.test(name))), ...QUIET };
}

function explain(error: Error, stderr: string, command: string, timeoutMs: number): GitError {
  if (errorCode(error) === 'ENOENT') {
    return new GitError('git was not found. Install git, or take "worktree" out of the agent in tasktower.agents.', undefined);
  }
  const status = 'code' in error && typeof error.code === 'number' ? error.code : undefined;
  if (status === undefined && 'killed' in error && error.killed) {
    return new GitError(`git ${command} did not end in ${timeoutMs / 1000}s and was stopped.`, undefined);
  }
  return new GitError(`git ${command} failed: ${wordsOf(stderr) || error.message.split('\n', 1)[0]}`, status);
}

/** The words that say why, without credentials of an address. */
function wordsOf(stderr: string): string {
  const lines = stderr.split('\n').map((line) => cleanLine(line));
  const why = lines.filter((line) => /^(fatal|error):/.test(line));
  const said = (why.length > 0 ? why : lines.filter(Boolean).slice(-1)).join(' ');
  return shorten(said.replace(/:\/\/[^/@\s]+@/g, '://'), MAX_MESSAGE);
}
