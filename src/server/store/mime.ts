import { open } from 'node:fs/promises';

const MAGIC: readonly [mime: string, at: number, bytes: string][] = [
  ['image/png', 0, '89504e470d0a1a0a'],
  ['image/jpeg', 0, 'ffd8ff'],
  ['image/webp', 8, '57454250'],
];

/** The type of a picture by its first bytes (PNG, JPEG, WebP); undefined for anything else. */
export async function pictureType(path: string): Promise<string | undefined> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(16);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    const hex = head.subarray(0, bytesRead).toString('hex');
    return MAGIC.find(([, at, bytes]) => hex.startsWith(bytes, at * 2))?.[0];
  } finally {
    await file.close();
  }
}
