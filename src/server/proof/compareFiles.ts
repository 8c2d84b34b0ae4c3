import { createReadStream } from 'node:fs';
import { open, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { errorCode, errorText, HumanError } from '../base/errors';
import { bytes as inBytes } from '../domain/format';
import { unreadable } from './pictureErrors';

/** Largest file that is read: a picture of the most pixels, not packed at all, and then some. */
const MAX_FILE_BYTES = 256 * 1024 * 1024;
const CHUNK = 256 * 1024;

/** Size of a picture file in bytes. @throws {HumanError} when it is not there, no file, or too large to be read. */
export async function pictureFileBytes(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    throw fileError(error, path);
  });
  if (!found.isFile()) throw unreadable(`${path} is not a file`);
  if (found.size > MAX_FILE_BYTES)
    throw new HumanError(
      `This picture is too large: ${inBytes(found.size)}, and at most ${inBytes(MAX_FILE_BYTES)} are read. Hand in a smaller one.`,
    );
  return found.size;
}

/** All bytes of a picture file. @throws {HumanError} */
export async function readPictureFile(path: string): Promise<Buffer> {
  const size = await pictureFileBytes(path);
  try {
    const file = await open(path, 'r');
    try {
      const bytes = Buffer.allocUnsafeSlow(size);
      let done = 0;
      for (let read = 1; read > 0 && done < size; done += read) read = (await file.read(bytes, done, size - done, done)).bytesRead;
      return bytes.subarray(0, done);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The bytes of a picture file, which is opened when they are taken and closed when no more are. @throws {HumanError} */
export async function* pictureBytes(path: string): AsyncIterable<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw fileError(error, path);
  }
}

/** The first bytes of a file, at most 256 kB. @throws {HumanError} */
export async function pictureStart(path: string): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      return await readChunk(file, 0);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, path);
  }
}

/** Whether two files have the same bytes; reads them only when their sizes are equal, and up to the first difference. @throws {HumanError} */
export async function haveSameBytes(a: string, b: string): Promise<boolean> {
  const [size, other] = await Promise.all([pictureFileBytes(a), pictureFileBytes(b)]);
  if (size !== other) return false;
  try {
    const first = await open(a, 'r');
    try {
      const second = await open(b, 'r');
      try {
        return await haveSameContent(first, second, size);
      } finally {
        await second.close();
      }
    } finally {
      await first.close();
    }
  } catch (error) {
    throw fileError(error, a);
  }
}

async function haveSameContent(a: FileHandle, b: FileHandle, size: number): Promise<boolean> {
  for (let at = 0; at < size;) {
    const [left, right] = await Promise.all([readChunk(a, at), readChunk(b, at)]);
    // Nothing read before the end means that the file became shorter meanwhile.
    if (left.length === 0 || !left.equals(right)) return false;
    at += left.length;
  }
  return true;
}

async function readChunk(file: FileHandle, at: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(CHUNK);
  return chunk.subarray(0, (await file.read(chunk, 0, CHUNK, at)).bytesRead);
}

/** Writes a file so that it is whole or absent. @throws {HumanError} */
export async function writePictureFile(path: string, temporary: string, bytes: Uint8Array): Promise<void> {
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(bytes);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw diskError(error, path);
  }
}

function fileError(error: unknown, path: string): HumanError {
  if (errorCode(error) === 'ENOENT')
    return new HumanError(`There is no ${path}. It may have been deleted; hand the picture in again.`, { cause: error });
  return diskError(error, path);
}

function diskError(error: unknown, path: string): HumanError {
  if (error instanceof HumanError) return error;
  if (errorCode(error) === 'ENOSPC')
    return new HumanError(`The disk is full: ${path} was not written. Free some space and try again.`, { cause: error });
  return new HumanError(`Tasktower could not read or write ${path} (${errorText(error)}). Check the disk and try again.`, { cause: error });
}
