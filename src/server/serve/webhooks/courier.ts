import { LONGEST_TIMER } from '../../base/clock';
import { errorText } from '../../base/errors';
import type { Log } from '../../base/log';
import { CALLBACK, problemOf, type Receiver, type WebhooksConfig } from './config';
import { pauseAfter, type Delivery } from './delivery';
import type { DeliveryCounts } from './deliveryCounts';
import { Lane } from './lane';
import type { Outbox } from './outbox';
import { post, type Answered } from './post';
import { signatureHeaders } from './signature';

/** Messages under way to one receiver at once. */
const AT_ONCE = 4;
/** Deliveries that wait for one receiver; beyond these it is given up on the oldest. */
const MOST_WAITING = 10_000;
const GONE = 410;

export interface CourierParts {
  config: WebhooksConfig;
  outbox: Outbox;
  counts: DeliveryCounts;
  log: Log;
  /** Whether this tower may still act. @throws when it may not. */
  look: () => void;
}

/**
 * Brings what waits to its receivers, and tries again what did not arrive: each at least once, in no certain order. Each hook has a lane of its
 * own, and so has each host of `callbackUrl`s: one that is slow holds up no other.
 */
export class Courier {
  private readonly lanes = new Map<string, Lane>();
  /** Hooks that answered that they are gone. */
  private readonly stopped = new Set<string>();
  private readonly ending = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly parts: CourierParts) {}

  /** Whether a receiver still wants messages. */
  wants(to: string): boolean {
    return !this.stopped.has(to) && this.receiver(to) !== undefined;
  }

  /** Takes deliveries that are in the outbox, unless it has them already. */
  take(deliveries: readonly Delivery[]): void {
    if (this.ending.signal.aborted) return;
    const unwanted = new Map<string, number>();
    const touched = new Set<Lane>();
    for (const delivery of deliveries) {
      const { to } = delivery;
      if (this.wants(to)) {
        const lane = this.laneOf(delivery);
        lane.add(delivery);
        touched.add(lane);
      } else {
        unwanted.set(to, (unwanted.get(to) ?? 0) + 1);
        this.forget(delivery);
      }
    }
    for (const [to, count] of unwanted) this.parts.log.warn(`${count} webhooks are forgotten: ${to} is told nothing any more.`);
    for (const lane of touched) this.makeRoom(lane);
    this.pump();
  }

  /** Ends what is under way; all that waits stays in the outbox. */
  dispose(): void {
    clearTimeout(this.timer);
    this.ending.abort();
    this.lanes.clear();
    this.tellWaiting();
  }

  private laneOf({ to, url }: Delivery): Lane {
    const name = url === undefined ? to : `${to} ${new URL(url).host}`;
    const lane = this.lanes.get(name) ?? new Lane(AT_ONCE);
    this.lanes.set(name, lane);
    return lane;
  }

  private receiver(to: string): (Receiver & { url?: string }) | undefined {
    const { hooks, callbacks } = this.parts.config;
    return to === CALLBACK ? callbacks : hooks.find(({ name }) => name === to);
  }

  /** Sends what is due, and sets the clock for what is not. */
  private pump(): void {
    clearTimeout(this.timer);
    if (this.ending.signal.aborted) return;
    const now = Date.now();
    let next = Infinity;
    for (const lane of this.lanes.values()) {
      for (let delivery = lane.next(now); delivery; delivery = lane.next(now)) this.start(lane, delivery);
      next = Math.min(next, lane.nextAt);
    }
    this.tellWaiting();
    if (next < Infinity) this.timer = setTimeout(() => this.pump(), Math.min(next - now, LONGEST_TIMER)).unref();
  }

  private start(lane: Lane, delivery: Delivery): void {
    void this.deliver(delivery)
      .catch((error: unknown) => this.parts.log.error(`A webhook could not be settled: ${errorText(error)}`))
      .finally(() => {
        lane.done(delivery);
        this.pump();
      });
  }

  private async deliver(delivery: Delivery): Promise<void> {
    if (!this.mayAct()) return this.dispose();
    const outcome = await this.send(delivery);
    if (this.ending.signal.aborted) return;
    const { log, counts } = this.parts;
    if (typeof outcome === 'object' && outcome.status >= 200 && outcome.status < 300) {
      counts.count(delivery.to, 'delivered');
      return this.forget(delivery);
    }
    if (typeof outcome === 'object' && outcome.status === GONE) {
      // The address of one task says nothing of the others.
      if (delivery.to === CALLBACK) return this.giveUp(delivery, 'it answered 410 Gone');
      log.warn(`The webhook ${delivery.to} answered 410 Gone: it is told nothing more until the tower starts again.`);
      this.stopped.add(delivery.to);
      for (const other of this.laneOf(delivery).all) this.forget(other);
      return;
    }
    await this.tryLater(delivery, typeof outcome === 'object' ? `status ${outcome.status}` : outcome, retryAfterOf(outcome));
  }

  /** Whoever owns the folder no more leaves the outbox to the next. */
  private mayAct(): boolean {
    try {
      this.parts.look();
      return true;
    } catch {
      return false;
    }
  }

  /** One try. @returns the answer, or why there is none. */
  private async send({ id, to, url: own, body }: Delivery): Promise<Answered | string> {
    const { config } = this.parts;
    const receiver = this.receiver(to);
    const url = own ?? receiver?.url;
    if (!receiver || url === undefined) return 'nobody has this name any more';
    const problem = problemOf(config, url);
    if (problem !== undefined) return problem;
    try {
      const { signal } = this.ending;
      const headers = signatureHeaders(id, body, receiver.keys, Date.now());
      return await post({ url, body, headers }, { guard: config.guard, timeout: config.retry.timeoutSeconds * 1000, signal });
    } catch (error) {
      return errorText(error);
    }
  }

  private async tryLater(delivery: Delivery, why: string, asked: number): Promise<void> {
    const { config, outbox, counts, log } = this.parts;
    // It was stopped while this one was under way.
    if (!this.wants(delivery.to)) return this.forget(delivery);
    const tries = delivery.tries + 1;
    if (tries >= config.retry.tries) return this.giveUp(delivery, `the last of ${tries} tries ended with: ${why}`);
    counts.count(delivery.to, 'retried');
    const pause = pauseAfter(tries, config.retry, asked, Math.random());
    if (tries === 1) log.warn(`${nameOf(delivery)} did not arrive: ${why}. It is tried again in ${Math.ceil(pause / 1000)} s.`);
    const later = { ...delivery, tries, dueAt: Date.now() + pause };
    this.laneOf(delivery).again(later);
    await outbox.put(later);
  }

  private giveUp(delivery: Delivery, why: string): void {
    const { counts, log } = this.parts;
    const count = counts.count(delivery.to, 'given_up');
    log.error(`${nameOf(delivery)} is given up: ${why}. So far ${count} were given up.`);
    this.forget(delivery);
  }

  private forget(delivery: Delivery): void {
    const { outbox, log } = this.parts;
    this.laneOf(delivery).delete(delivery);
    outbox
      .remove(delivery)
      .catch((error: unknown) => log.warn(`A delivered webhook stays in the outbox, and is sent again: ${errorText(error)}`));
  }

  private makeRoom(lane: Lane): void {
    for (const oldest of lane.beyond(MOST_WAITING)) this.giveUp(oldest, `${MOST_WAITING} others wait for the same receiver`);
  }

  private tellWaiting(): void {
    const waiting = new Map<string, number>();
    for (const [name, { size }] of this.lanes) {
      const [to = ''] = name.split(' ', 1);
      waiting.set(to, (waiting.get(to) ?? 0) + size);
    }
    this.parts.counts.setWaiting(waiting);
  }
}

function retryAfterOf(outcome: Answered | string): number {
  return typeof outcome === 'object' ? (outcome.retryAfter ?? 0) : 0;
}

/** For logs: neither address nor text, which may hold secrets. */
function nameOf({ to, kind, task, id }: Delivery): string {
  return `The webhook ${to === CALLBACK ? 'to the address of its own' : to} about ${task} (${kind}, ${id})`;
}
