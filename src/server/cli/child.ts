import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import type { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { errorCode, errorText } from '../base/errors';
import { LineSplitter } from '../base/lineSplitter';
import { endProcesses, processStartTime } from '../base/processes';
import { windowsStart } from '../base/windowsStart';

/** From SIGTERM to SIGKILL, ms. */
const GRACE = 5_000;
/** How long a process left behind may keep the output open without a byte, and with some, ms, and how many, bytes. */
const LINGER = 500;
const LINGER_MOST = 2_000;
const LINGER_BYTES = 1024 * 1024;
const COLOR_LEVEL: Readonly<Record<number, string>> = { 1: '0', 4: '1', 8: '2', 24: '3' };

/** How the command ended; `notStarted` = why it did not even begin. */
export interface Exit {
  /** As a shell says it: 128 + n after signal n. */
  code: number;
  signal?: string;
  notStarted?: string;
}

/** A command whose output goes on to our own, and line by line to `onLine`. It has a process group of its own. */
export class Child {
  readonly done: Promise<Exit>;
  private readonly child: ChildProcess | undefined;
  private readonly startTime: Promise<string | undefined>;
  private stopping: Promise<unknown> | undefined;

  constructor(
    command: readonly string[],
    env: NodeJS.ProcessEnv,
    private readonly onLine: (stream: 'stdout' | 'stderr', line: string) => void,
  ) {
    const [program = '', ...args] = command;
    const isWindows = process.platform === 'win32';
    try {
      const start = isWindows ? windowsStart([program, ...args], process.cwd(), env) : { program, args };
      this.child = spawn(start.program, start.args, {
        env: { ...env, ...terminalEnv() },
        detached: !isWindows,
        windowsVerbatimArguments: start.windowsVerbatimArguments ?? false,
        stdio: ['inherit', 'pipe', 'pipe'],
      });
    } catch (error) {
      this.startTime = Promise.resolve(undefined);
      this.done = Promise.resolve(notStarted(program, error));
      return;
    }
    const { pid } = this.child;
    this.startTime = pid === undefined ? Promise.resolve(undefined) : processStartTime(pid);
    this.done = this.follow(this.child, program);
  }

  /** Sends a signal to the whole group. On Windows the console has told the command itself. */
  signal(name: NodeJS.Signals): void {
    const pid = this.child?.pid;
    if (pid === undefined || process.platform === 'win32') return;
    try {
      process.kill(-pid, name);
    } catch {
      // It has ended by itself.
    }
  }

  /** SIGTERM, and SIGKILL after 5 s, for the group and every descendant. */
  async stop(): Promise<void> {
    const { child } = this;
    const startTime = await this.startTime;
    if (child?.pid === undefined || startTime === undefined) return;
    this.stopping ??= endProcesses({ pid: child.pid, startTime }, GRACE);
    await this.stopping;
  }

  private async follow(child: ChildProcess, program: string): Promise<Exit> {
    const read = Promise.all([this.tee(child.stdout, process.stdout, 'stdout'), this.tee(child.stderr, process.stderr, 'stderr')]);
    const exit = await new Promise<Exit>((resolve) => {
      child.once('error', (error) => resolve(notStarted(program, error)));
      child.once('exit', (code, signal) => resolve(exitOf(code, signal)));
    });
    await this.stopping;
    for (const stream of [child.stdout, child.stderr]) if (stream) linger(stream);
    await read;
    return exit;
  }

  private tee(stream: Readable | null, own: NodeJS.WriteStream, name: 'stdout' | 'stderr'): Promise<void> {
    const lines = new LineSplitter((line) => this.onLine(name, stripVTControlCharacters(line)));
    // Whoever reads our output has gone, as in `… | head`: the command is to notice.
    own.once('error', () => stream?.destroy());
    return new Promise((resolve) => {
      stream?.on('data', (chunk: Buffer) => {
        lines.push(chunk);
        if (own.write(chunk)) return;
        stream.pause();
        own.once('drain', () => stream.resume());
      });
      stream?.once('error', () => undefined);
      stream?.once('close', () => {
        lines.end();
        resolve();
      });
    });
  }
}

/** Ends a stream that a process left behind holds open; what the command itself wrote is read by then. */
function linger(stream: Readable): void {
  if (stream.closed) return;
  let left = LINGER_BYTES;
  const latest = performance.now() + LINGER_MOST;
  const timer = setTimeout(() => stream.destroy(), LINGER);
  stream.on('data', (chunk: Buffer) => {
    left -= chunk.length;
    if (left < 0 || performance.now() > latest) stream.destroy();
    else timer.refresh();
  });
  stream.once('close', () => clearTimeout(timer));
}

function exitOf(code: number | null, signal: NodeJS.Signals | null): Exit {
  return signal ? { code: 128 + constants.signals[signal], signal } : { code: code ?? 1 };
}

function notStarted(program: string, error: unknown): Exit {
  const isMissing = errorCode(error) === 'ENOENT';
  const why = isMissing ? 'there is no such command' : errorText(error);
  return { code: isMissing ? 127 : 126, notStarted: `${program} could not be started: ${why}. Check its name and the PATH.` };
}

/** Tells a command that writes to a pipe about the terminal behind it: whether it shows colours, and how wide it is. */
function terminalEnv(): Record<string, string> {
  const { stdout } = process;
  if (!stdout.isTTY) return {};
  const size: Record<string, string> = stdout.columns > 0 ? { COLUMNS: String(stdout.columns), LINES: String(stdout.rows) } : {};
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR || FORCE_COLOR !== undefined) return size;
  const level = COLOR_LEVEL[stdout.getColorDepth()] ?? '0';
  return level === '0' ? size : { ...size, FORCE_COLOR: level, CLICOLOR_FORCE: '1' };
}
