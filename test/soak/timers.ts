import { createHook } from 'node:async_hooks';

/** Counts the timers of this process that are set from now on, also those that do not keep it alive. */
export class Timers {
  private readonly set = new Set<number>();

  constructor() {
    createHook({
      init: (id, type) => void (type === 'Timeout' && this.set.add(id)),
      destroy: (id) => void this.set.delete(id),
    }).enable();
  }

  get count(): number {
    return this.set.size;
  }
}
