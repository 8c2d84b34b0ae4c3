import { LATE } from './awakeTimer';
import type { Disposable } from './disposables';

/** Calls `beat` every `ms`; `stoodStill` = this process was stopped or blocked since the last time, so silence of others proves nothing. */
export class Heartbeat implements Disposable {
  private readonly timer: NodeJS.Timeout;
  private last = performance.now();

  constructor(ms: number, beat: (stoodStill: boolean) => void) {
    this.timer = setInterval(() => {
      const now = performance.now();
      const late = now - this.last > ms + LATE;
      this.last = now;
      beat(late);
    }, ms);
    this.timer.unref();
  }

  dispose(): void {
    clearInterval(this.timer);
  }
}
