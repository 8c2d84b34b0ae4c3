import { setTimeout as wait } from 'node:timers/promises';

/** How often the end of the group is looked for, ms. */
const LOOK_EVERY = 50;
/** How long the system may take to remove what was killed, ms. */
const KILL_TERM = 3_000;

/**
 * Ends a process group that is known by the number of its leader alone: SIGTERM, then SIGKILL after `graceMs`. Windows has no such groups.
 * A leader that ends at once may be gone before its start time is read, and leave processes behind.
 */
export async function endNamelessGroup(pid: number, graceMs: number): Promise<void> {
  if (process.platform === 'win32') return;
  const steps = [
    ['SIGTERM', graceMs],
    ['SIGKILL', KILL_TERM],
  ] as const;
  for (const [name, ms] of steps) {
    const deadline = performance.now() + ms;
    for (let there = signal(pid, name); there; there = signal(pid, 0)) {
      if (performance.now() >= deadline) break;
      await wait(LOOK_EVERY);
    }
  }
}

/** @returns false when there is no such group, or it is not ours. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-pid, name);
  } catch {
    return false;
  }
}
