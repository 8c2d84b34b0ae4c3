import { Worker } from 'node:worker_threads';
import { HumanError } from '../base/errors';
import type { ReadReport, ReportReader } from '../domain/ports';
import type { ReportAnswer, ReportJob } from './reportWorker';

/** Longest time that a report may take, ms, and most memory of the thread that reads it, MB. */
const TIMEOUT = 60_000;
const MEMORY = 1_500;
const TOO_MUCH = new HumanError('This report takes too much time or memory to read. Hand in a smaller one.');

/** Reads each report in a thread of its own, one after another, so that none of them can block or exhaust the tower. */
export class ThreadReportReader implements ReportReader {
  private tail: Promise<unknown> = Promise.resolve();

  /** @param workerPath the bundled `reportWorker.js`. */
  constructor(private readonly workerPath: string) {}

  read(path: string, hint: ReportJob['hint']): Promise<ReadReport | undefined> {
    const turn = this.tail.then(() => this.run({ path, hint }));
    this.tail = turn.catch(() => undefined);
    return turn;
  }

  private run(job: ReportJob): Promise<ReadReport | undefined> {
    return new Promise((resolve, reject) => {
      const worker = new Worker(this.workerPath, { workerData: job, resourceLimits: { maxOldGenerationSizeMb: MEMORY } });
      const timer = setTimeout(() => void worker.terminate(), TIMEOUT).unref();
      worker.once('message', (answer: ReportAnswer) => {
        if ('value' in answer) resolve(answer.value);
        else reject(answer.broken ? new Error(answer.error) : new HumanError(answer.error));
        void worker.terminate();
      });
      worker.once('error', () => reject(TOO_MUCH));
      worker.once('exit', () => {
        clearTimeout(timer);
        reject(TOO_MUCH);
      });
    });
  }
}
