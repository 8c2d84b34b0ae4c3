import { join } from 'node:path';
import { DisposableStore, MutableDisposable } from '../../base/disposables';
import { errorText } from '../../base/errors';
import type { TowerRecord } from '../../domain/event';
import type { Task } from '../../domain/task';
import type { Watched } from '../../gateway/reach';
import { cloudEvent } from './cloudEvent';
import { CALLBACK, problemOf, type WebhooksConfig } from './config';
import { Courier } from './courier';
import type { Delivery } from './delivery';
import type { DeliveryCounts } from './deliveryCounts';
import { noticesOf, type Notice } from './notice';
import { Outbox, type Mark } from './outbox';

/** Refused hosts that are remembered. */
const MOST_REFUSED = 100;

export interface WebhooksParts {
  config: WebhooksConfig;
  counts: DeliveryCounts;
  /** The storage folder, which towers of one queue share. */
  storage: string;
  /** What the tower is called in messages: a URI. */
  source: string;
}

/**
 * Tells others over HTTP what happens to tasks. Whatever a record tells of is in the outbox before the mark passes it; what lies between the
 * mark and the board at the start is made up for, under the same ids. Of several towers the keeper alone does all this.
 */
export class Webhooks {
  private readonly store = new DisposableStore();
  private readonly courier = this.store.add(new MutableDisposable<Courier>());
  private readonly outbox: Outbox;
  /** Hosts whose `callbackUrl`s were refused lately, each said once; the one that was said first goes first. */
  private readonly refused = new Set<string>();
  private mark: Mark | undefined;
  /** Where this tower came in: the mark of one that sends for the first time. */
  private readonly begun: Mark;
  /** What was made up for at the start, which may come as a record too. */
  private madeUp = new Set<string>();
  /** The end of the line of work. */
  private tail: Promise<void> = Promise.resolve();
  private disposed = false;

  constructor(
    private readonly watched: Watched,
    private readonly parts: WebhooksParts,
  ) {
    const { tower, peers, log } = watched;
    this.begun = { seq: tower.board.seq, at: tower.board.at };
    this.outbox = new Outbox(join(parts.storage, 'webhooks'), log);
    this.store.add(tower.onDidCommit((records) => this.hear(records)));
    if (peers) this.store.add(peers.onDidChangeKeeper((isKeeper) => this.later(() => (isKeeper ? this.open() : this.close()))));
    if (peers?.isKeeper ?? true) this.later(() => this.open());
  }

  dispose(): void {
    this.disposed = true;
    this.store.dispose();
  }

  /** Takes up what waits, and makes up for what was not told. */
  private async open(): Promise<void> {
    const { watched, outbox } = this;
    const { log, look } = watched;
    const { config, counts } = this.parts;
    const courier = new Courier({ config, outbox, counts, log, look });
    this.madeUp = new Set();
    // First the mark: all that it passed is in the outbox by then, also when the keeper before this one still writes.
    this.mark = await outbox.mark();
    const waiting = await outbox.list();
    this.courier.value = courier;
    courier.take(waiting);
    if (!this.mark) await this.moveMark(this.begun);
    await this.makeUp(this.mark ?? this.begun);
  }

  private async close(): Promise<void> {
    this.courier.value = undefined;
  }

  private async makeUp({ seq, at }: Mark): Promise<void> {
    const { tower } = this.watched;
    // Each of these changed its status since, or at the very time.
    const changed = [...tower.board.tasks.values()].filter(({ since }) => since >= at);
    const notices: Notice[] = [];
    for (const { id } of changed) notices.push(...(await this.missed(id, seq)));
    notices.sort((a, b) => a.seq - b.seq);
    for (const { id } of notices) this.madeUp.add(id);
    const last = notices.at(-1);
    if (!last) return;
    const deliveries = notices.flatMap((notice) => this.deliveriesOf(notice));
    await this.send(deliveries, { seq: last.seq, at: last.at });
  }

  /** What the events of a task after a record tell. */
  private async missed(taskId: string, seq: number): Promise<Notice[]> {
    try {
      const { events } = await this.watched.tower.query({ type: 'TaskDetails', taskId });
      const records = new Map<number, Pick<TowerRecord, 'seq' | 'at' | 'events'>>();
      for (const { seq: number, at, event } of events) {
        if (number <= seq) continue;
        const record = records.get(number);
        if (record) record.events.push(event);
        else records.set(number, { seq: number, at, events: [event] });
      }
      return [...records.values()].flatMap(noticesOf);
    } catch (error) {
      // It may have been deleted meanwhile.
      this.watched.log.warn(`What happened to task ${taskId} is not told: ${errorText(error)}`);
      return [];
    }
  }

  /** What is to be told is made at once: by the time that it is kept its task may be deleted. */
  private hear(records: readonly TowerRecord[]): void {
    const last = records.at(-1);
    const told = records.flatMap(noticesOf).map((notice) => ({ id: notice.id, deliveries: this.deliveriesOf(notice) }));
    if (last) this.later(() => this.tell(told, { seq: last.seq, at: last.at }));
  }

  private async tell(told: readonly { id: string; deliveries: Delivery[] }[], upTo: Mark): Promise<void> {
    // The folder could not be read at first: what is told here is made up for with the rest.
    if (!this.courier.value && (this.watched.peers?.isKeeper ?? true)) return this.open();
    const fresh = told.filter(({ id }) => !this.madeUp.has(id));
    if (fresh.length === 0) return;
    await this.send(
      fresh.flatMap(({ deliveries }) => deliveries),
      upTo,
    );
  }

  /** Puts what is to be told into the outbox, moves the mark to `upTo`, and lets the courier go. What the disk does not take is sent all the same. */
  private async send(told: readonly Delivery[], upTo: Mark): Promise<void> {
    const courier = this.courier.value;
    if (!courier) return;
    const deliveries = told.filter(({ to }) => courier.wants(to));
    try {
      for (const delivery of deliveries) await this.outbox.put(delivery);
      await this.moveMark(upTo);
    } catch (error) {
      this.watched.log.error(`Webhooks are sent, but not kept: ${errorText(error)}`);
    }
    courier.take(deliveries);
  }

  private async moveMark(mark: Mark): Promise<void> {
    if (this.mark && this.mark.seq >= mark.seq) return;
    this.mark = mark;
    await this.outbox.setMark(mark);
  }

  private deliveriesOf(notice: Notice): Delivery[] {
    const { tower } = this.watched;
    const { config, source } = this.parts;
    const task = tower.board.tasks.get(notice.taskId);
    if (!task) {
      this.watched.log.warn(`What happened to task ${notice.taskId} is not told: it was deleted at the same moment.`);
      return [];
    }
    const hooks = config.hooks.filter(({ events }) => events.has(notice.kind)).map(({ name }) => ({ to: name }));
    const own = notice.kind === 'finished' ? this.callbackOf(task) : undefined;
    const receivers: Pick<Delivery, 'to' | 'url'>[] = own === undefined ? hooks : [...hooks, { to: CALLBACK, url: own }];
    if (receivers.length === 0) return [];
    const body = cloudEvent(tower, task, notice, source);
    const { id, kind } = notice;
    return receivers.map((receiver) => ({ ...receiver, id, kind, task: `#${task.number}`, body, tries: 0, dueAt: Date.now() }));
  }

  /** Where a task wants its end to be told, if that is allowed. */
  private callbackOf({ callbackUrl: url, number }: Task): string | undefined {
    const { config } = this.parts;
    if (url === undefined || !config.callbacks) return undefined;
    const { host } = new URL(url);
    const known = config.callbacks.hosts.has(host);
    const problem = known ? problemOf(config, url) : `"callbacks" does not name the host ${host}.`;
    if (problem === undefined) return url;
    if (!this.refused.has(host)) this.watched.log.warn(`The callbackUrl of #${number} is not called: ${problem}`);
    this.refused.add(host);
    const [oldest] = this.refused;
    if (this.refused.size > MOST_REFUSED && oldest !== undefined) this.refused.delete(oldest);
    return undefined;
  }

  private later(work: () => Promise<void>): void {
    this.tail = this.tail
      .then(() => (this.disposed ? undefined : work()))
      .catch((error: unknown) =>
        this.watched.log.error(`Webhooks fall behind, and are made up for with the next change or start: ${errorText(error)}`),
      );
  }
}
