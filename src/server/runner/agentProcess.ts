import { spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { errorCode, errorText } from '../base/errors';
import { endProcesses, processStartTime, type ProcessId } from '../base/processes';
import { LineSplitter } from '../base/lineSplitter';
import { windowsStart } from '../base/windowsStart';
import { endNamelessGroup } from './namelessGroup';

/** Output that a process which left the group may still send: at most this long without a byte, ms, and this much, bytes. */
const LINGER = 500;
const LINGER_BYTES = 1024 * 1024;
/** Nothing more is read of a process that has not read this much of what it was written, bytes. A prompt is shorter. */
const MAX_UNREAD = 4 * 1024 * 1024;
/** What a message takes beside its bytes until it is read. */
const OVERHEAD = 2 * 1024;

export interface ProcessSpec {
  /** Said in errors. */
  name: string;
  command: readonly string[];
  cwd: string;
  env: NodeJS.ProcessEnv;
  stdin?: string;
  /** Takes standard output as bytes instead of lines; standard input then stays open for `write`. */
  stdout?: { push(chunk: Buffer): void; end(): void };
  /** The longest line of standard output, bytes; without it 64 KiB. A longer one is cut. */
  maxLine?: number;
  /** From SIGTERM to SIGKILL, ms. */
  graceMs: number;
  onLine(stream: 'stdout' | 'stderr', line: string): void;
  onStarted(process: ProcessId): void;
  onEnded(process: ProcessId): void;
}

/** How a process came to its end. */
export interface Exit {
  code: number | null;
  signal: string | null;
  /** For people: why it did not even start. */
  notStarted?: string;
  /** Set when it did not stop in time: how many child processes were killed with it. */
  killedChildren?: number;
}

/** A program in a process group of its own. Nothing of the group outlives `done`. */
export class AgentProcess {
  /** Resolves when the group has ended and all output was read. */
  readonly done: Promise<Exit>;
  private readonly child: ChildProcess | undefined;
  private readonly id: Promise<ProcessId | undefined>;
  private ending: ReturnType<typeof endProcesses> | undefined;
  private paused = false;
  private unread = 0;

  constructor(private readonly spec: ProcessSpec) {
    const started = this.spawn();
    if (typeof started === 'string') {
      this.id = Promise.resolve(undefined);
      this.done = Promise.resolve({ code: null, signal: null, notStarted: started });
      return;
    }
    this.child = started;
    this.id = this.identify(started);
    this.done = this.follow(started);
  }

  /** SIGTERM, and SIGKILL after the grace, for the group and every descendant. */
  async stop(): Promise<void> {
    if (this.child) await this.endGroup(this.child);
  }

  /** Writes to standard input, which `spec.stdout` keeps open. @throws when the process does not read it any more. */
  write(bytes: Uint8Array): Promise<void> {
    return new Promise((resolve, reject) => {
      const { stdin } = this.child ?? {};
      if (!stdin) return reject(new Error(`${this.spec.name} does not run.`));
      const size = bytes.length + OVERHEAD;
      this.unread += size;
      this.flow();
      stdin.write(bytes, (error) => {
        this.unread -= size;
        this.flow();
        if (error) reject(error);
        else resolve();
      });
    });
  }

  /** Standard input is over: what a program that talks on it takes for the end, and for the time to save what it has. */
  endInput(): void {
    this.child?.stdin?.end();
  }

  /** Reads no output until `resume`; the process blocks when its pipe is full. */
  pause(): void {
    this.paused = true;
    this.flow();
  }

  resume(): void {
    this.paused = false;
    this.flow();
  }

  private flow(): void {
    const { child, paused } = this;
    child?.stdout?.[paused || this.unread > MAX_UNREAD ? 'pause' : 'resume']();
    child?.stderr?.[paused ? 'pause' : 'resume']();
  }

  private spawn(): ChildProcess | string {
    const { name, command, cwd, env, stdin, stdout } = this.spec;
    const [program, ...args] = command;
    if (program === undefined) return `${name} could not be started: it has no command. Set "command" in tasktower.agents.`;
    if (!isFolder(cwd)) return `${name} could not be started: folder "${cwd}" was not found. Check "cwd" in tasktower.agents.`;
    try {
      const isWindows = process.platform === 'win32';
      const start = isWindows ? windowsStart([program, ...args], cwd, env) : { program, args };
      return spawn(start.program, start.args, {
        cwd,
        env,
        detached: !isWindows,
        windowsHide: true,
        windowsVerbatimArguments: start.windowsVerbatimArguments ?? false,
        stdio: [stdin === undefined && stdout === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
      });
    } catch (error) {
      return this.whyNot(error);
    }
  }

  private whyNot(error: unknown): string {
    const { name, command } = this.spec;
    const said = `${name} could not be started`;
    switch (errorCode(error)) {
      case 'ENOENT':
        return `${said}: command "${command[0]}" was not found. Check tasktower.agents in settings.`;
      case 'EACCES':
        return `${said}: "${command[0]}" may not be executed. Make it executable, or check tasktower.agents in settings.`;
      case 'E2BIG':
        return `${said}: the prompt is too long for an argument. Set "promptOn": "stdin" in tasktower.agents.`;
      default:
        return `${said}: ${errorText(error)}. Check tasktower.agents in settings.`;
    }
  }

  private async identify({ pid }: ChildProcess): Promise<ProcessId | undefined> {
    const startTime = pid === undefined ? undefined : await processStartTime(pid);
    if (pid === undefined || startTime === undefined) return undefined;
    this.spec.onStarted({ pid, startTime });
    return { pid, startTime };
  }

  private async follow(child: ChildProcess): Promise<Exit> {
    const read = Promise.all([this.read(child.stdout, 'stdout'), this.read(child.stderr, 'stderr')]);
    child.stdin?.on('error', () => undefined);
    if (!this.spec.stdout) child.stdin?.end(this.spec.stdin);
    const exit = await new Promise<Exit>((resolve) => {
      child.on('error', (error) => child.pid === undefined && resolve({ code: null, signal: null, notStarted: this.whyNot(error) }));
      child.on('exit', (code, signal) => resolve({ code, signal }));
    });
    if (exit.notStarted !== undefined) return exit;
    const stopped = this.ending !== undefined;
    const { killed, rootKilled } = await this.endGroup(child);
    // Whoever asked it to stop wants the end more than a pause.
    if (stopped) this.resume();
    this.linger(child);
    await read;
    const id = await this.id;
    if (id) this.spec.onEnded(id);
    return rootKilled ? { ...exit, killedChildren: killed - 1 } : exit;
  }

  /** Never rejects: where processes cannot be listed, as where they were listed too late, there is still the number of the group. */
  private endGroup({ pid }: ChildProcess): ReturnType<typeof endProcesses> {
    const { graceMs } = this.spec;
    const byNumber = async (): ReturnType<typeof endProcesses> => {
      if (pid !== undefined) await endNamelessGroup(pid, graceMs);
      return { killed: 0, rootKilled: false };
    };
    this.ending ??= this.id.then((id) => (id ? endProcesses(id, graceMs) : byNumber())).catch(byNumber);
    return this.ending;
  }

  private read(stream: Readable | null, name: 'stdout' | 'stderr'): Promise<void> {
    const own = name === 'stdout' ? this.spec.stdout : undefined;
    const lines = own ?? new LineSplitter((line) => this.spec.onLine(name, line), name === 'stdout' ? this.spec.maxLine : undefined);
    return new Promise((resolve) => {
      stream?.on('data', (chunk: Buffer) => lines.push(chunk));
      stream?.on('error', () => undefined);
      stream?.on('close', () => {
        lines.end();
        resolve();
      });
    });
  }

  /** The group has ended, but a process that left it may hold a pipe open for ever. */
  private linger(child: ChildProcess): void {
    for (const stream of [child.stdout, child.stderr]) {
      if (!stream || stream.closed) continue;
      let left = LINGER_BYTES;
      const timer = setTimeout(() => (this.paused ? timer.refresh() : stream.destroy()), LINGER);
      stream.on('data', (chunk: Buffer) => {
        left -= chunk.length;
        if (left < 0) stream.destroy();
        timer.refresh();
      });
      stream.on('close', () => clearTimeout(timer));
    }
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
