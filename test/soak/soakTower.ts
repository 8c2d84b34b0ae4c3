import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { stderrLog } from '../../src/server/base/log';
import { startTower } from '../../src/server/start';
import { Listeners } from './listeners';
import { Timers } from './timers';

/** What a tower holds after a forced garbage collection. */
export interface Held {
  /** Bytes. */
  heap: number;
  external: number;
  rss: number;
  /** Open files and sockets. */
  handles: number;
  timers: number;
  listeners: number;
  /** Tasks on the board and in all. */
  onBoard: number;
  tasks: number;
  /** Bytes of files, by the folder of the storage they are in. */
  disk: Record<string, number>;
}

/** A tower in a process of its own that says what it holds: `fork(script, [storage, dist, bytesOfEvidenceKept], { execArgv: ['--expose-gc'] })`. */
async function main(storage: string, dist: string, bytes: number): Promise<void> {
  const [listeners, timers] = [new Listeners(), new Timers()];
  const tower = await startTower({
    ...{ storage, folders: [storage], agents: [], cap: 200, port: 0, fsync: false, dist, log: stderrLog('tower') },
    keep: { days: 0, bytes },
  });
  // How much is not done yet, so that no more is asked for than can be done.
  setInterval(() => {
    const { pending, parked, running } = tower.tower.board.byStatus;
    process.send?.({ open: pending.size + parked.size + running.size });
  }, 200).unref();
  process.on('warning', ({ message }) => process.stderr.write(`${message}\n`));
  process.on('message', () => {
    // Twice: what the first run finalizes goes with the second.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external, rss } = process.memoryUsage();
    const { board } = tower.tower;
    process.send?.({
      ...{ heap: heapUsed, external, rss, handles: readdirSync('/proc/self/fd').length },
      ...{ timers: timers.count, listeners: listeners.count() },
      ...{ onBoard: board.tasks.size, tasks: board.nextNumber - 1, disk: diskOf(storage) },
    } satisfies Held);
  });
  process.on('disconnect', () => process.exit(0));
  process.send?.(tower.address);
}

function diskOf(storage: string): Record<string, number> {
  const disk: Record<string, number> = {};
  for (const entry of readdirSync(storage, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const [room = ''] = path.slice(storage.length + 1).split('/');
    // A file may go between the two looks.
    disk[room] = (disk[room] ?? 0) + (statSync(path, { throwIfNoEntry: false })?.size ?? 0);
  }
  return disk;
}

void main(process.argv[2] ?? '', process.argv[3] ?? '', Number(process.argv[4]));
