import { EventEmitter } from 'node:events';
import { queryObjects } from 'node:v8';
import { Emitter } from '../../src/server/base/emitter';

type Add = (this: EventEmitter, ...args: [string | symbol, (...args: unknown[]) => void]) => EventEmitter;

/** Counts who listens, anywhere in this process: to emitters of Node and of our own. */
export class Listeners {
  private readonly known = new WeakSet<EventEmitter>();
  private refs: WeakRef<EventEmitter>[] = [];

  /** From now on every emitter that is listened to is known, for as long as it lives. */
  constructor() {
    for (const name of ['on', 'addListener', 'prependListener'] as const) {
      const add = Reflect.get(EventEmitter.prototype, name) as Add;
      const meet = (emitter: EventEmitter): void => this.meet(emitter);
      EventEmitter.prototype[name] = function (this: EventEmitter, ...args) {
        meet(this);
        return add.apply(this, args);
      } as Add;
    }
  }

  /** How many there are after a garbage collection. */
  count(): number {
    const living = this.refs.flatMap((ref) => ref.deref() ?? []);
    this.refs = living.map((emitter) => new WeakRef(emitter));
    const native = living.flatMap((emitter) => emitter.eventNames().map((name) => emitter.listenerCount(name)));
    const own = (queryObjects as (type: unknown, options: object) => string[])(Emitter, { format: 'summary' });
    return [...native, ...own.map((text) => Number(/listeners: Set\((\d+)\)/.exec(text)?.[1] ?? 0))].reduce((sum, n) => sum + n, 0);
  }

  private meet(emitter: EventEmitter): void {
    if (this.known.has(emitter)) return;
    this.known.add(emitter);
    this.refs.push(new WeakRef(emitter));
  }
}
