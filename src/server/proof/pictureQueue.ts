import { HumanError } from '../base/errors';

/** Does one thing at a time, in the order asked, with at most so many waiting. */
export class PictureQueue {
  private readonly waiting: (() => Promise<void>)[] = [];
  private busy = false;

  constructor(private readonly maxWaiting: number) {}

  /** Does `work` when it is its turn; `signal` takes it out before. @throws {HumanError} when too many wait, or the signal's reason. */
  add<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const refuse = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason)));
      if (signal.aborted) return refuse();
      if (this.waiting.length >= this.maxWaiting)
        return reject(new HumanError(`${this.maxWaiting} pictures wait to be compared already. Try again in a moment.`));
      const start = (): Promise<void> => {
        signal.removeEventListener('abort', leave);
        return work().then(resolve, reject);
      };
      const leave = (): void => {
        this.waiting.splice(this.waiting.indexOf(start), 1);
        refuse();
      };
      signal.addEventListener('abort', leave, { once: true });
      this.waiting.push(start);
      this.next();
    });
  }

  private next(): void {
    const start = this.busy ? undefined : this.waiting.shift();
    if (!start) return;
    this.busy = true;
    void start().then(() => {
      this.busy = false;
      this.next();
    });
  }
}
