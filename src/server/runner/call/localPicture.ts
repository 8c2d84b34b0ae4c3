import { lstat, open } from 'node:fs/promises';
import { basename, extname, isAbsolute } from 'node:path';
import { ServiceFailure } from './serviceFailure';

const MAX_BYTES = 20 * 1024 * 1024;
const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]', '::1']);
const TYPES: readonly [mime: string, starts: RegExp][] = [
  ['image/png', /^89504e470d0a1a0a/],
  ['image/jpeg', /^ffd8ff/],
  ['image/webp', /^52494646.{8}57454250/],
];

/** The type of a picture by its first bytes; undefined for anything else. */
export function pictureTypeOf(head: Uint8Array): string | undefined {
  const hex = Buffer.from(head.subarray(0, 16)).toString('hex');
  return TYPES.find(([, starts]) => starts.test(hex))?.[0];
}

/**
 * A picture that a service left on the disk, which is ours only when the service runs here. It must be a plain file with the bytes of a picture.
 * @throws {ServiceFailure} when it may not be read, with why.
 */
export async function localPicture(url: string, path: string): Promise<{ path: string; mime: string; name: string }> {
  const refuse = (why: string): never => {
    throw new ServiceFailure('agent_error', `The picture ${path} was not taken: ${why}.`);
  };
  if (!LOOPBACK.has(new URL(url).hostname)) refuse('it lies on the disk of another machine');
  if (!isAbsolute(path) || path.includes('\0')) refuse('it is no absolute path');
  const facts = await lstat(path).catch(() => refuse('there is no such file'));
  if (!facts.isFile()) refuse('it is no plain file');
  if (facts.size > MAX_BYTES) refuse(`it is larger than ${MAX_BYTES / 2 ** 20} MiB`);
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(16);
    await file.read(head, 0, head.length, 0);
    const mime = pictureTypeOf(head) ?? refuse('it is no PNG, JPEG or WebP picture');
    return { path, mime, name: basename(path, extname(path)) };
  } finally {
    await file.close();
  }
}
