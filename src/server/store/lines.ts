import type { Files } from './files';

const NEWLINE = 0x0a;
const CHUNK = 1 << 20;

/** A complete line of a file, without its newline. */
export interface Line {
  text: string;
  /** Where it starts in the file, bytes. */
  at: number;
}

/** The complete lines of a file between two byte offsets, in order; a last line without newline is left out. */
export function* readLines(files: Files, path: string, from: number, to: number): Generator<Line> {
  const fd = files.openSync(path, 'r');
  try {
    let rest = Buffer.alloc(0);
    let at = from;
    for (let position = from; position < to;) {
      const chunk = Buffer.allocUnsafe(Math.min(CHUNK, to - position));
      const got = files.readSync(fd, chunk, position);
      if (got === 0) return;
      position += got;
      const bytes = Buffer.concat([rest, chunk.subarray(0, got)]);
      let start = 0;
      for (let end = bytes.indexOf(NEWLINE); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
        yield { text: bytes.toString('utf8', start, end), at: at + start };
        start = end + 1;
      }
      rest = bytes.subarray(start);
      at += start;
    }
  } finally {
    files.closeSync(fd);
  }
}

/** The size of the complete lines of a file, bytes: all up to its last newline. */
export function wholeLines(files: Files, path: string): { bytes: number; size: number } {
  const fd = files.openSync(path, 'r');
  try {
    let bytes = 0;
    let size = 0;
    const chunk = Buffer.allocUnsafe(CHUNK);
    for (let got = files.readSync(fd, chunk, 0); got > 0; got = files.readSync(fd, chunk, size)) {
      const last = chunk.subarray(0, got).lastIndexOf(NEWLINE);
      if (last >= 0) bytes = size + last + 1;
      size += got;
    }
    return { bytes, size };
  } finally {
    files.closeSync(fd);
  }
}

/** The complete lines of a file that ends at `size`, last first, each with the offset where it starts; reads in chunks. */
export async function* readLinesBackwards(files: Files, fd: number, size: number, chunkBytes = 64 * 1024): AsyncGenerator<Line> {
  // What stands before the first newline of what was read so far; the piece after the last newline is no complete line.
  let head: Buffer = Buffer.alloc(0);
  let ended = false;
  for (let position = size; position > 0;) {
    const length = Math.min(chunkBytes, position);
    const chunk = Buffer.allocUnsafe(length);
    let got = 0;
    while (got < length) {
      const more = await files.read(fd, chunk.subarray(got), position - length + got);
      if (more === 0) return;
      got += more;
    }
    position -= length;
    const bytes: Buffer = Buffer.concat([chunk, head]);
    let end = bytes.length;
    for (let newline = bytes.lastIndexOf(NEWLINE); newline >= 0; newline = newline === 0 ? -1 : bytes.lastIndexOf(NEWLINE, newline - 1)) {
      if (ended) yield { text: bytes.toString('utf8', newline + 1, end), at: position + newline + 1 };
      ended = true;
      end = newline;
    }
    head = bytes.subarray(0, ended ? end : bytes.length);
  }
  if (ended) yield { text: head.toString('utf8'), at: 0 };
}

/** The bytes of a whole file. */
export function readWhole(files: Files, path: string): Buffer {
  const fd = files.openSync(path, 'r');
  try {
    const chunks: Buffer[] = [];
    for (let size = 0; ;) {
      const chunk = Buffer.allocUnsafe(CHUNK);
      const got = files.readSync(fd, chunk, size);
      if (got === 0) return Buffer.concat(chunks);
      chunks.push(chunk.subarray(0, got));
      size += got;
    }
  } finally {
    files.closeSync(fd);
  }
}
