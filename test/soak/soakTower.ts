import { readdirSync } from 'node:fs';
import { stderrLog } from '../../src/server/base/log';
import { startTower } from '../../src/server/start';

/** What a tower holds after a forced garbage collection. */
export interface Held {
  /** Bytes. */
  heap: number;
  external: number;
  rss: number;
  /** Open files and sockets. */
  handles: number;
  timers: number;
  /** Tasks on the board and in all. */
  onBoard: number;
  tasks: number;
}

/** A tower in a process of its own that says what it holds: `fork(script, [storage, dist], { execArgv: ['--expose-gc'] })`. */
async function main(storage: string, dist: string): Promise<void> {
  const tower = await startTower({
    ...{ storage, folders: [storage], agents: [], cap: 200, port: 0, fsync: false, dist, log: stderrLog('tower') },
    keep: { days: 0, bytes: 50 << 20 },
  });
  process.on('message', () => {
    // Twice: what the first run finalizes goes with the second.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    const { board } = tower.tower;
    process.send?.({
      ...{ heap: heapUsed, external, rss, handles: readdirSync('/proc/self/fd').length },
      timers: process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length,
      ...{ onBoard: board.tasks.size, tasks: board.nextNumber - 1 },
    } satisfies Held);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(tower.address);
}

void main(process.argv[2] ?? '', process.argv[3] ?? '');
