import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of its own in memory (Linux tmpfs), which can be filled to the last byte. */
export class SmallDisk {
  private constructor(private readonly folder: string) {}

  /** Mounts it at `folder`. @returns undefined where that is not allowed. */
  static mount(folder: string, megabytes: number): SmallDisk | undefined {
    if (process.platform !== 'linux') return undefined;
    mkdirSync(folder, { recursive: true });
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=700`, 'tmpfs', folder], { stdio: 'ignore' });
    return status === 0 ? new SmallDisk(folder) : undefined;
  }

  /** From here on nothing can be written. */
  fill(): void {
    const fd = openSync(this.filler, 'a');
    try {
      // Small pieces at the end: the last page too.
      for (const size of [1 << 20, 4096]) {
        const piece = Buffer.alloc(size);
        for (let left = this.free; left >= size; left -= size) writeSync(fd, piece);
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error;
    } finally {
      closeSync(fd);
    }
  }

  clear(): void {
    rmSync(this.filler, { force: true });
  }

  unmount(): void {
    spawnSync('umount', ['-l', this.folder], { stdio: 'ignore' });
  }

  private get filler(): string {
    return join(this.folder, 'filler');
  }

  private get free(): number {
    const { bavail, bsize } = statfsSync(this.folder);
    return bavail * bsize;
  }
}
