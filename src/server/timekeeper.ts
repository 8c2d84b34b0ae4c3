import { Alarm } from './alarm';
import { LATE } from './base/awakeTimer';
import type { Clock } from './base/clock';
import { DisposableStore, type Disposable } from './base/disposables';
import { errorText } from './base/errors';
import type { Log } from './base/log';
import { owed } from './domain/owed';
import type { Tower } from './domain/ports';
import { Refusal } from './domain/refusal';
import type { Actor } from './domain/task';
import type { LeaseBook } from './leases';

/** How often it looks once it has begun, ms. */
const ROUND = 1_000;
const BY: Actor = { kind: 'tower', name: 'tower' };

export interface TimekeeperParts {
  tower: Pick<Tower, 'board' | 'execute' | 'onDidCommit'>;
  leases: LeaseBook;
  clock: Clock;
  log: Log;
  /** Something that waited for a time may go on now. */
  onTick: () => void;
}

/** Brings about what waits for a time: limits, parked tasks, restarts, and attempts whose holder fell silent. */
export class Timekeeper implements Disposable {
  private readonly store = new DisposableStore();
  private readonly alarm: Alarm;
  private busy = false;
  /** When it was last sure to be awake, monotonic ms. */
  private awakeAt: number;

  constructor(private readonly parts: TimekeeperParts) {
    this.awakeAt = parts.clock.monotonic();
    this.alarm = this.store.add(new Alarm(parts.clock, (late) => this.ring(late)));
    this.store.add(parts.tower.onDidCommit(() => this.look()));
  }

  /** Sets the alarm for what is due next. */
  look(): void {
    const { tower, leases, clock } = this.parts;
    const { nextDue } = owed(tower.board);
    if (nextDue !== undefined) this.alarm.within(nextDue - clock.now());
    const { lost, nextInMs } = leases.check(tower.board);
    if (lost.length > 0) this.alarm.within(0);
    else if (nextInMs !== undefined) this.alarm.within(nextInMs);
    if (tower.board.queue.state === 'draining') this.alarm.within(0);
  }

  private ring(late: boolean): void {
    if (late) this.grace();
    if (this.busy) return;
    this.busy = true;
    this.awakeAt = this.parts.clock.monotonic();
    // What takes long is no sleep: this beats meanwhile.
    const heart = setInterval(() => this.stayAwake(), LATE / 4);
    this.bringAbout()
      .catch((error: unknown) => this.parts.log.error(`What was due could not be done: ${errorText(error)}`))
      .finally(() => {
        this.busy = false;
        clearInterval(heart);
        this.stayAwake();
        this.alarm.within(ROUND);
      });
  }

  /** While something is carried out no timer is set that could be late: a machine may fall asleep in the middle of it. */
  private stayAwake(): void {
    const now = this.parts.clock.monotonic();
    if (now - this.awakeAt > LATE) this.grace();
    this.awakeAt = now;
  }

  private grace(): void {
    this.parts.log.warn('The machine slept or was blocked: every agent gets a whole lease more.');
    this.parts.leases.grace();
  }

  private async bringAbout(): Promise<void> {
    const { tower, leases, onTick } = this.parts;
    await tower.execute({ type: 'Tick' }, BY);
    this.stayAwake();
    leases.forget(tower.board);
    for (const { taskId, attempt } of leases.check(tower.board).lost) {
      await tower.execute({ type: 'LoseAttempt', taskId, attempt }, BY).catch((error: unknown) => {
        // It ended while we looked.
        if (!(error instanceof Refusal)) throw error;
      });
    }
    onTick();
  }

  dispose(): void {
    this.store.dispose();
  }
}
