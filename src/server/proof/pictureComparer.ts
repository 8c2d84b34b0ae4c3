import { randomBytes } from 'node:crypto';
import { basename, dirname, join } from 'node:path';
import type { Disposable } from '../base/disposables';
import { HumanError } from '../base/errors';
import { haveSameBytes, pictureFileBytes, pictureStart } from './compareFiles';
import { equalPictures, type CompareOptions, type PictureComparison } from './comparePictures';
import type { PictureResults } from './compareProtocol';
import { MAX_PIXELS, pictureHead } from './pictureHead';
import { PictureQueue } from './pictureQueue';
import { PictureThread } from './pictureThread';

export interface CompareRequest {
  /** Paths of picture files; PNG, JPEG or WebP each. */
  baseline: string;
  actual: string;
  /** Where the diff picture goes, a PNG; written only when a pixel changed, into a folder that exists. */
  diffTo: string;
  options?: CompareOptions;
  /** Hashes of the two files, when they are known: equal ones are then not read. */
  sha256?: { baseline: string; actual: string };
  signal?: AbortSignal;
}

export interface PictureComparerSettings {
  /** The bundled `compareWorker.js`; the codecs lie beside it. */
  workerPath: string;
  /** Most pixels of a picture; default 50 million. */
  maxPixels?: number;
  /** Most jobs that wait; default 1000. */
  maxWaiting?: number;
  /** Longest time of a job, ms; default 30 s. */
  timeoutMs?: number;
  /** How long the thread stays without a job, ms; default 30 s. */
  idleMs?: number;
}

const THUMBNAIL_WIDTH = 352;

/** Compares picture files in a thread of its own, one pair at a time, so that the caller's event loop stays free. */
export class PictureComparer implements Disposable {
  private readonly thread: PictureThread;
  private readonly queue: PictureQueue;
  private readonly maxPixels: number;
  private readonly closed = new AbortController();

  constructor({ workerPath, maxPixels = MAX_PIXELS, maxWaiting = 1000, timeoutMs = 30_000, idleMs = 30_000 }: PictureComparerSettings) {
    this.thread = new PictureThread({ workerPath, timeoutMs, idleMs });
    this.queue = new PictureQueue(maxWaiting);
    this.maxPixels = maxPixels;
  }

  /** True while the thread lives. */
  get running(): boolean {
    return this.thread.running;
  }

  /** Compares two files; equal ones are not decoded. @throws {HumanError} when one of them cannot be read, or the reason of `signal`. */
  compare({ baseline, actual, diffTo, options = {}, sha256, signal }: CompareRequest): Promise<PictureComparison> {
    const { maxPixels } = this;
    return this.next(signal, async (signal) => {
      const same = sha256 ? sha256.baseline === sha256.actual : await haveSameBytes(baseline, actual);
      const equal = same ? await this.equal(actual, options) : undefined;
      const job = { type: 'compare', baseline, actual, diffTo, temporary: temporaryOf(diffTo), maxPixels, options } as const;
      return equal ?? this.thread.run(job, signal);
    });
  }

  /** Writes a PNG of a picture at most `maxWidth` pixels wide (at most 352). @throws {HumanError} or the reason of `signal`. */
  thumbnail(path: string, to: string, maxWidth = THUMBNAIL_WIDTH, signal?: AbortSignal): Promise<PictureResults['thumbnail']> {
    const width = Math.max(1, Math.min(THUMBNAIL_WIDTH, Math.floor(maxWidth)));
    const job = { type: 'thumbnail', path, to, temporary: temporaryOf(to), maxPixels: this.maxPixels, maxWidth: width } as const;
    return this.next(signal, (signal) => this.thread.run(job, signal));
  }

  /** Ends the thread; what is asked or waits is refused. */
  dispose(): void {
    this.closed.abort(new HumanError('Pictures are no longer compared: Tasktower was closed.'));
    this.thread.dispose();
  }

  private next<T>(signal: AbortSignal | undefined, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const either = signal ? AbortSignal.any([this.closed.signal, signal]) : this.closed.signal;
    return this.queue.add(() => work(either), either);
  }

  /** The answer for two equal files; undefined when their start does not say enough, or that they cannot be read: the thread knows. */
  private async equal(path: string, { ignore }: CompareOptions): Promise<PictureComparison | undefined> {
    const [start, fileBytes] = await Promise.all([pictureStart(path), pictureFileBytes(path)]);
    try {
      return { ...equalPictures(pictureHead(start, { name: path, maxPixels: this.maxPixels, fileBytes }), ignore), equal: 'bytes' };
    } catch {
      return undefined;
    }
  }
}

function temporaryOf(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
}
