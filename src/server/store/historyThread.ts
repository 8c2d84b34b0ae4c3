import { Worker } from 'node:worker_threads';
import { HumanError } from '../base/errors';
import type { FromHistory, HistoryWorkerData, ToHistory } from './historyProtocol';
import type { HistoryAnswer, HistoryQuery } from './historyQueries';
import { phrase } from '../domain/phrase';

interface Asked {
  settle: (answer: Extract<FromHistory, { type: 'answer' }>) => void;
  fail: (error: Error) => void;
}

const CLOSE_MS = 10_000;

/** One worker thread, from its start to its end, and the queries it was asked. */
export class HistoryThread {
  private readonly worker: Worker;
  private readonly asked = new Map<number, Asked>();
  private lastId = 0;
  private closed: (() => void) | undefined;

  /** @param workerPath the bundled worker. */
  constructor(
    workerPath: string,
    workerData: HistoryWorkerData,
    on: { opened(message: Extract<FromHistory, { type: 'opened' }>): void; warning(message: string): void; crashed(error: Error): void },
  ) {
    this.worker = new Worker(workerPath, { workerData });
    // A window that closes does not wait for its history.
    this.worker.unref();
    let crash: Error | undefined;
    this.worker.on('error', (error) => (crash = error instanceof Error ? error : new Error(String(error))));
    this.worker.on('exit', () => {
      this.fail(new HumanError(phrase('The history stopped while it looked. Try again.')));
      if (!this.closed) on.crashed(crash ?? new Error('The worker ended.'));
      this.closed?.();
    });
    this.worker.on('message', (message: FromHistory) => {
      if (message.type === 'opened') on.opened(message);
      else if (message.type === 'warning') on.warning(message.message);
      else if (message.type === 'answer') this.asked.get(message.id)?.settle(message);
      else void this.worker.terminate();
    });
  }

  post(message: ToHistory): void {
    this.worker.postMessage(message);
  }

  /** Asks once record `seq` is folded; the answer must come within `ms`. @throws {HumanError} */
  ask<Q extends HistoryQuery>(query: Q, seq: number, ms: number): Promise<HistoryAnswer<Q>> {
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        this.asked.delete(id);
      };
      const fail = (error: Error): void => {
        end();
        reject(error);
      };
      const timer = setTimeout(
        () => fail(new HumanError(phrase('The history is still busy with what happened lately. Try again in a moment.'))),
        ms,
      );
      const settle: Asked['settle'] = ({ value, error }) => {
        if (error !== undefined)
          return fail(new HumanError(phrase('The history could not be read: {0}. Reload the window and try again.', error)));
        end();
        resolve(value as HistoryAnswer<Q>);
      };
      this.asked.set(id, { settle, fail });
      this.post({ type: 'query', id, query, seq });
    });
  }

  /** Lets the worker save and end. */
  async close(): Promise<void> {
    const ended = new Promise<void>((resolve) => (this.closed = resolve));
    this.worker.ref();
    this.post({ type: 'close' });
    const late = setTimeout(() => void this.worker.terminate(), CLOSE_MS);
    await ended;
    clearTimeout(late);
  }

  private fail(error: Error): void {
    for (const { fail } of [...this.asked.values()]) fail(error);
  }
}
