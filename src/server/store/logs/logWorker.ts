import { closeSync, openSync, readSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';
import { errorCode, errorText } from '../../base/errors';
import type { ScanAnswer, ScanJob } from './logProtocol';
import { Scan } from './scan';

/** Searches segments of logs, away from the thread that serves. What was compiled for one segment serves for the next. */
let last: { key: string; scan: Scan } | undefined;
let room = Buffer.alloc(0);

parentPort?.on('message', (job: ScanJob) => parentPort?.postMessage(answer(job)));

function answer({ id, path, size, match, scope, keep }: ScanJob): ScanAnswer {
  try {
    const key = JSON.stringify([match, scope]);
    if (last?.key !== key) last = { key, scan: new Scan(match, scope) };
    return { id, hits: last.scan.run(read(path, size), keep) };
  } catch (error) {
    // Dropped meanwhile, as the oldest of a long log are.
    if (errorCode(error) === 'ENOENT') return { id, hits: { total: 0, kept: [] } };
    return { id, error: errorText(error) };
  }
}

function read(path: string, size: number): Buffer {
  if (room.length < size) room = Buffer.allocUnsafe(size);
  const fd = openSync(path, 'r');
  try {
    let got = 0;
    for (let more = 1; more > 0 && got < size; got += more) more = readSync(fd, room, got, size - got, got);
    return room.subarray(0, got);
  } finally {
    closeSync(fd);
  }
}
