import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** What a folder takes on the disk, bytes. Links are not followed, a file with several names counts once, what cannot be read not at all. */
export async function diskUsed(root: string, signal?: AbortSignal): Promise<number> {
  const seen = new Set<string>();
  const waiting = [root];
  let bytes = 0;
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    signal?.throwIfAborted();
    const stat = await lstat(path).catch(() => undefined);
    if (!stat) continue;
    if (stat.nlink > 1 && !stat.isDirectory()) {
      const id = `${stat.dev}:${stat.ino}`;
      if (seen.has(id)) continue;
      seen.add(id);
    }
    // Windows does not tell blocks.
    bytes += stat.blocks ? stat.blocks * 512 : stat.size;
    if (!stat.isDirectory()) continue;
    for (const name of await readdir(path).catch(() => [])) waiting.push(join(path, name));
  }
  return bytes;
}
