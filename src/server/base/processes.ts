import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** How often the end of processes is looked for, ms. */
const LOOK_EVERY = 50;
/** How long the system may take to remove what was killed, ms. */
const KILL_TERM = 3_000;

/** A process, or the group it leads. `startTime` tells it from a later process with the same pid. */
export interface ProcessId {
  pid: number;
  startTime: string;
}

interface ProcessEntry extends ProcessId {
  parent: number;
  group: number;
  /** It has ended and waits for its parent to notice. */
  zombie: boolean;
}

/** When a process started, in units of the system; undefined when there is none. */
export async function processStartTime(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') return readStat(pid)?.startTime;
  const [command, ...args] =
    process.platform === 'win32'
      ? ['powershell.exe', '-NoProfile', '-Command', `(Get-Process -Id ${pid}).StartTime.Ticks`]
      : ['ps', '-p', String(pid), '-o', 'lstart='];
  const { stdout } = await run(command ?? '', args, { env: { ...process.env, LC_ALL: 'C' } }).catch(() => ({ stdout: '' }));
  return stdout.trim() || undefined;
}

/** This process. */
export async function ownProcess(): Promise<ProcessId> {
  return { pid: process.pid, startTime: (await processStartTime(process.pid)) ?? '' };
}

/** True while that very process runs. */
export async function isAlive({ pid, startTime }: ProcessId): Promise<boolean> {
  if (process.platform === 'linux') {
    const entry = readStat(pid);
    return entry?.startTime === startTime && !entry.zombie;
  }
  return (await processStartTime(pid)) === startTime;
}

/**
 * Ends a process with its group and all its descendants, also those that left the group: SIGTERM, then SIGKILL after `graceMs`.
 * Does nothing to a later process with the same pid.
 * @returns how many had to be killed, and whether the first was one of them.
 */
export async function endProcesses(root: ProcessId, graceMs: number): Promise<{ killed: number; rootKilled: boolean }> {
  if (process.platform === 'win32') {
    const alive = await isAlive(root);
    if (alive) await run('taskkill', ['/pid', String(root.pid), '/t', '/f']).catch(() => undefined);
    return { killed: 0, rootKilled: false };
  }
  const known = new Map([[root.pid, root.startTime]]);
  const killed = new Map<number, string>();
  const signalled = new Set<number>();
  const deadline = performance.now() + graceMs;
  for (;;) {
    const family = await familyOf(root, known);
    if (family.length === 0 || performance.now() > deadline + KILL_TERM) break;
    const due = performance.now() >= deadline;
    for (const { pid, startTime } of family) {
      if (due) killed.set(pid, startTime);
      if (due || !signalled.has(pid)) signal(pid, due ? 'SIGKILL' : 'SIGTERM');
      signalled.add(pid);
    }
    await wait(due ? LOOK_EVERY : Math.min(LOOK_EVERY, deadline - performance.now()));
  }
  return { killed: killed.size, rootKilled: killed.has(root.pid) };
}

/** The living processes of `root`; `known` grows, so that one whose parent ended meanwhile is not forgotten. */
async function familyOf(root: ProcessId, known: Map<number, string>): Promise<ProcessEntry[]> {
  const entries = await listProcesses();
  const leader = entries.get(root.pid);
  // A stranger with our pid means that our group is gone: a pid is not given out again while its group lasts.
  const groupIsOurs = !leader || leader.startTime === root.startTime;
  const isKnown = (pid: number): boolean => known.has(pid) && entries.get(pid)?.startTime === known.get(pid);
  for (let grown = true; grown;) {
    grown = false;
    for (const { pid, parent, group, startTime } of entries.values()) {
      if (isKnown(pid) || !((groupIsOurs && group === root.pid) || isKnown(parent))) continue;
      known.set(pid, startTime);
      grown = true;
    }
  }
  return [...entries.values()].filter(({ pid, zombie }) => isKnown(pid) && !zombie);
}

function signal(pid: number, name: 'SIGTERM' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself, or belongs to someone else now.
  }
}

/** All processes by pid. */
async function listProcesses(): Promise<Map<number, ProcessEntry>> {
  const entries = process.platform === 'linux' ? readProc() : await askPs();
  return new Map(entries.map((entry) => [entry.pid, entry]));
}

function readProc(): ProcessEntry[] {
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (readStat(Number(name)) ?? []) : []));
}

/** One line of `/proc/<pid>/stat` (proc_pid_stat(5)). The name, in parentheses, may hold anything. */
function readStat(pid: number): ProcessEntry | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch {
    return undefined;
  }
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const zombie = fields[0] === 'Z' || fields[0] === 'X';
  return { pid, parent: Number(fields[1]), group: Number(fields[2]), startTime: fields[19] ?? '', zombie };
}

async function askPs(): Promise<ProcessEntry[]> {
  const options = { env: { ...process.env, LC_ALL: 'C' }, maxBuffer: 16 * 1024 * 1024 };
  const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,pgid=,stat=,lstart='], options);
  return stdout.split('\n').flatMap((line) => {
    const match = /^\s*(\d+)\s+(\d+)\s+(\d+)\s+(\S+)\s+(.+?)\s*$/.exec(line);
    if (!match) return [];
    const [, pid, parent, group, state = '', startTime = ''] = match;
    return [{ pid: Number(pid), parent: Number(parent), group: Number(group), startTime, zombie: state.startsWith('Z') }];
  });
}
