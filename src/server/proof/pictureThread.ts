import { rm } from 'node:fs/promises';
import { Worker } from 'node:worker_threads';
import type { Disposable } from '../base/disposables';
import { errorCode, errorText, HumanError } from '../base/errors';
import { duration } from '../domain/format';
import { inEnglish } from '../domain/language';
import type { PictureAnswer, PictureJob, PictureResults } from './compareProtocol';

export interface PictureThreadOptions {
  /** The bundled worker; its codecs lie beside it. */
  workerPath: string;
  /** How long a job may take, ms. */
  timeoutMs: number;
  /** How long the thread stays without a job, ms. */
  idleMs: number;
}

/** Pixels lie outside this heap; it bounds everything else. */
const LIMITS = { maxOldGenerationSizeMb: 256, maxYoungGenerationSizeMb: 64, stackSizeMb: 4 };

/** A worker thread with one job at a time: started by the first, gone after a while without, ended with a job that hangs or kills it. */
export class PictureThread implements Disposable {
  private worker: Worker | undefined;
  private idle: NodeJS.Timeout | undefined;

  constructor(private readonly options: PictureThreadOptions) {}

  get running(): boolean {
    return this.worker !== undefined;
  }

  /** @throws {HumanError} what the job says, or that it took the thread with it; the reason of `signal` when it was cancelled. */
  async run<J extends PictureJob>(job: J, signal: AbortSignal): Promise<PictureResults[J['type']]> {
    signal.throwIfAborted();
    clearTimeout(this.idle);
    const worker = (this.worker ??= this.start());
    worker.ref();
    let answer: PictureAnswer;
    try {
      answer = await this.answerOf(worker, job, signal);
    } catch (error) {
      // Only once the thread is over is it certain that it writes nothing more.
      await this.end(worker);
      await rm(job.temporary, { force: true });
      throw error;
    }
    worker.unref();
    this.idle = setTimeout(() => void this.end(worker), this.options.idleMs).unref();
    if ('error' in answer) throw new HumanError(answer.error);
    return answer.value as PictureResults[J['type']];
  }

  dispose(): void {
    clearTimeout(this.idle);
    if (this.worker) void this.end(this.worker);
  }

  private start(): Worker {
    const worker = new Worker(this.options.workerPath, { name: 'tasktower pictures', resourceLimits: LIMITS, execArgv: [], env: {} });
    worker.on('error', () => undefined);
    worker.on('exit', () => this.forget(worker));
    return worker;
  }

  private forget(worker: Worker): void {
    if (this.worker === worker) this.worker = undefined;
  }

  private async end(worker: Worker): Promise<void> {
    this.forget(worker);
    await worker.terminate();
  }

  private answerOf(worker: Worker, job: PictureJob, signal: AbortSignal): Promise<PictureAnswer> {
    const { timeoutMs } = this.options;
    return new Promise<PictureAnswer>((resolve, reject) => {
      const cancel = (): void => settle(() => reject(signal.reason as Error));
      const crash = (error: unknown): void => settle(() => reject(crashed(error)));
      const exit = (): void => crash(new Error('the thread ended'));
      const take = (answer: PictureAnswer): void => settle(() => resolve(answer));
      const late = setTimeout(
        () =>
          settle(() =>
            reject(
              new HumanError(
                `This picture took longer than ${inEnglish(() => duration(timeoutMs))} and was given up. Hand in a smaller one.`,
              ),
            ),
          ),
        timeoutMs,
      );
      const settle = (how: () => void): void => {
        clearTimeout(late);
        signal.removeEventListener('abort', cancel);
        worker.off('message', take).off('error', crash).off('exit', exit);
        how();
      };
      signal.addEventListener('abort', cancel, { once: true });
      worker.on('message', take).on('error', crash).on('exit', exit);
      worker.postMessage(job);
    });
  }
}

function crashed(error: unknown): HumanError {
  const why = errorCode(error) === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory ran out' : errorText(error);
  return new HumanError(`This picture stopped the comparison (${why}) and is not tried again. Hand in another one.`, { cause: error });
}
