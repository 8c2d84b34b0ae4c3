import { execFileSync } from 'node:child_process';

interface Row {
  pid: number;
  parent: number;
  zombie: boolean;
  command: string;
}

function rows(): Row[] {
  const table = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8', maxBuffer: 1 << 24 });
  return table.split('\n').flatMap((line) => {
    const [, pid, parent, state, command = ''] = /^\s*(\d+)\s+(\d+)\s+(\S+)\s*(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), zombie: state?.startsWith('Z') ?? false, command }];
  });
}

/** The living processes under `root`, at any depth. */
export function descendants(root: number): number[] {
  const all = rows().filter(({ zombie }) => !zombie);
  const found = new Set([root]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const { pid, parent } of all) if (found.has(parent)) found.add(pid);
  }
  found.delete(root);
  return [...found];
}

/** True while the process runs; a zombie does not. */
export function running(pid: number): boolean {
  return rows().some((row) => row.pid === pid && !row.zombie);
}

/** Those of these processes that run. */
export function runningOf(pids: readonly number[]): number[] {
  const alive = new Set(rows().flatMap(({ pid, zombie }) => (zombie ? [] : [pid])));
  return pids.filter((pid) => alive.has(pid));
}

/** The living processes whose command line holds `text`. */
export function withCommand(text: string): number[] {
  return rows().flatMap(({ pid, zombie, command }) => (!zombie && command.includes(text) ? [pid] : []));
}
