import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { deferred } from '../../base/deferred';
import type { Disposable } from '../../base/disposables';
import { HumanError } from '../../base/errors';
import { Refusal } from '../../domain/refusal';
import type { ScanAnswer, ScanJob } from './logProtocol';
import type { ScanHits } from './scan';
import { phrase } from '../../domain/phrase';

/** A segment that takes longer is ended, ms: an expression can take for ever. */
const LIMIT_MS = 10_000;
/** How long threads stay without a job, ms. */
const IDLE_MS = 60_000;

interface Asked {
  job: ScanJob;
  done: ReturnType<typeof deferred<ScanHits>>;
}

/** Warm worker threads that search segments, one each at a time, in the order asked for. */
export class ScanPool implements Disposable {
  private readonly free: Worker[] = [];
  private readonly waiting: Asked[] = [];
  private readonly threads = new Set<Worker>();
  private idle: NodeJS.Timeout | undefined;
  private lastId = 0;

  /** @param workerPath the bundled `logWorker.js`. */
  constructor(
    private readonly workerPath: string,
    private readonly size = Math.max(2, Math.min(4, availableParallelism() - 1)),
    private readonly limitMs = LIMIT_MS,
  ) {}

  /** How many segments are searched at once. */
  get width(): number {
    return this.size;
  }

  /** @throws {Refusal} when the expression is wrong or takes too long. */
  run(job: Omit<ScanJob, 'id'>): Promise<ScanHits> {
    const done = deferred<ScanHits>();
    this.waiting.push({ job: { ...job, id: ++this.lastId }, done });
    this.next();
    return done.promise;
  }

  private next(): void {
    while (this.waiting.length > 0 && (this.free.length > 0 || this.threads.size < this.size)) {
      const asked = this.waiting.shift();
      const worker = this.free.pop() ?? this.start();
      if (asked) void this.ask(worker, asked);
    }
    clearTimeout(this.idle);
    if (this.free.length === this.threads.size) this.idle = setTimeout(() => this.dispose(), IDLE_MS).unref();
  }

  private start(): Worker {
    const worker = new Worker(this.workerPath, { name: 'tasktower logs', execArgv: [], env: {} });
    worker.unref();
    worker.on('error', () => undefined);
    this.threads.add(worker);
    return worker;
  }

  private async ask(worker: Worker, { job, done }: Asked): Promise<void> {
    const answered = deferred<ScanAnswer | undefined>();
    const timer = setTimeout(() => answered.resolve(undefined), this.limitMs);
    const gone = (): void => answered.reject(new HumanError(phrase('The search stopped while it looked. Try again.')));
    worker.on('exit', gone);
    worker.once('message', answered.resolve);
    worker.postMessage(job);
    try {
      const answer = await answered.promise;
      if (!answer)
        throw new Refusal(
          'invalid',
          phrase('This expression takes more than {0} s on a part of the log. Make it simpler.', this.limitMs / 1000),
        );
      if ('error' in answer) throw new Refusal('invalid', answer.error);
      done.resolve(answer.hits);
      this.free.push(worker);
    } catch (error) {
      done.reject(error);
      if (error instanceof Refusal && !error.message.includes('takes more')) this.free.push(worker);
      else this.end(worker);
    } finally {
      clearTimeout(timer);
      worker.off('exit', gone);
      worker.off('message', answered.resolve);
      this.next();
    }
  }

  private end(worker: Worker): void {
    this.threads.delete(worker);
    void worker.terminate();
  }

  dispose(): void {
    clearTimeout(this.idle);
    for (const worker of this.free.splice(0)) this.end(worker);
  }
}
