import { statfs } from 'node:fs/promises';
import type { Disposable } from './base/disposables';
import { errorCode } from './base/errors';
import type { Log } from './base/log';
import type { LiveOverlay } from './domain/ports';

/** Less room than this, bytes, and nothing new starts: what runs needs it for its logs and its proof. */
const LOW = 32 << 20;
/** There is room again from here on, bytes. */
const ENOUGH = 64 << 20;
const FULL = 'The disk is full: new tasks wait, running ones go on.';

export interface DiskRoomParts {
  /** The storage folder. */
  dir: string;
  live: LiveOverlay;
  log: Log;
  /** There is room again. */
  onRoom: () => void;
  gauge?: DiskGauge | undefined;
}

/** How the room is measured; tests bring their own. */
export interface DiskGauge {
  /** The free bytes where a folder lies. */
  free: (dir: string) => Promise<number>;
  /** Between two looks, ms. */
  everyMs: number;
}

const systemGauge: DiskGauge = {
  free: async (dir) => {
    const { bavail, bsize } = await statfs(dir);
    return bavail * bsize;
  },
  everyMs: 5_000,
};

/** Watches the room on the disk: while it is short, nothing new starts, and every view says so. */
export class DiskRoom implements Disposable {
  private readonly timer: NodeJS.Timeout;
  private readonly gauge: DiskGauge;

  constructor(private readonly parts: DiskRoomParts) {
    this.gauge = parts.gauge ?? systemGauge;
    this.timer = setInterval(() => void this.look(), this.gauge.everyMs).unref();
    void this.look();
  }

  private async look(): Promise<void> {
    const { dir, live, log, onRoom } = this.parts;
    const free = await this.gauge.free(dir).catch((error: unknown) => {
      // Some file systems do not tell; then a failed write does.
      log.debug(`The room on the disk is not known (${errorCode(error)}).`);
      return Infinity;
    });
    if (live.trouble === undefined && free < LOW) {
      log.error(`${FULL} ${megabytes(free)} are free where ${dir} is.`);
      live.setTrouble(`${FULL} ${megabytes(free)} are free. Free some space, or delete old evidence.`);
    } else if (live.trouble !== undefined && free >= ENOUGH) {
      log.info(`There is room on the disk again: ${megabytes(free)}.`);
      live.setTrouble(undefined);
      onRoom();
    }
  }

  dispose(): void {
    clearInterval(this.timer);
  }
}

function megabytes(bytes: number): string {
  return `${Math.floor(bytes / (1 << 20))} MB`;
}
