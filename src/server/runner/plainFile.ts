import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';

/**
 * Opens what is a plain file now, to be closed by the caller: whoever writes it may have put a link, a pipe or a device in its place.
 * @throws when it is something else, or larger than `maxBytes`.
 */
export async function openPlainFile(path: string, maxBytes: number): Promise<{ file: FileHandle; size: number }> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0));
  try {
    const facts = await file.stat();
    if (!facts.isFile() || facts.size > maxBytes) throw new Error(`${path} is no file of at most ${maxBytes} bytes.`);
    return { file, size: facts.size };
  } catch (error) {
    await file.close();
    throw error;
  }
}
