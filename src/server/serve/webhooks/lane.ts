import { keyOf, type Delivery } from './delivery';

interface Due {
  key: string;
  at: number;
}

/** What waits for one receiver: the one that is due first comes out first. */
export class Lane {
  /** By key, the oldest first. */
  private readonly waiting = new Map<string, Delivery>();
  private readonly underWay = new Set<string>();
  /** A heap: none is due before the one at half its place. What is forgotten stays until it comes up. */
  private readonly heap: Due[] = [];

  /** @param most how many may be under way at once. */
  constructor(private readonly most: number) {}

  get size(): number {
    return this.waiting.size;
  }

  /** All that wait or are under way, the oldest first. */
  get all(): readonly Delivery[] {
    return [...this.waiting.values()];
  }

  /** Takes a delivery in, unless it is there. */
  add(delivery: Delivery): void {
    const key = keyOf(delivery);
    if (this.waiting.has(key)) return;
    this.waiting.set(key, delivery);
    this.push({ key, at: delivery.dueAt });
  }

  /** The next one, which is under way from now on; undefined when none is due, or enough are under way. */
  next(now: number): Delivery | undefined {
    if (this.nextAt > now) return undefined;
    const key = this.pop();
    const delivery = key === undefined ? undefined : this.waiting.get(key);
    if (key !== undefined && delivery) this.underWay.add(key);
    return delivery;
  }

  /** When there will be a next one; Infinity while enough are under way. */
  get nextAt(): number {
    if (this.underWay.size >= this.most) return Infinity;
    for (let [first] = this.heap; first; [first] = this.heap) {
      if (this.waiting.has(first.key)) return first.at;
      this.pop();
    }
    return Infinity;
  }

  /** One that was under way waits again, as it is now. */
  again(delivery: Delivery): void {
    const key = keyOf(delivery);
    this.waiting.set(key, delivery);
    this.push({ key, at: delivery.dueAt });
  }

  /** One is under way no more. */
  done(delivery: Delivery): void {
    this.underWay.delete(keyOf(delivery));
  }

  delete(delivery: Delivery): void {
    this.waiting.delete(keyOf(delivery));
  }

  /** The oldest beyond so many, of those that are not under way. */
  beyond(most: number): Delivery[] {
    const excess = this.waiting.size - this.underWay.size - most;
    if (excess <= 0) return [];
    return this.all.filter((one) => !this.underWay.has(keyOf(one))).slice(0, excess);
  }

  private push(due: Due): void {
    const { heap } = this;
    let place = heap.push(due) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (at(heap, above) <= due.at) break;
      this.swap(place, above);
      place = above;
    }
  }

  private pop(): string | undefined {
    const { heap } = this;
    const [first] = heap;
    const last = heap.pop();
    if (!first || !last || heap.length === 0) return first?.key;
    heap[0] = last;
    for (let place = 0; ;) {
      const [left, right] = [2 * place + 1, 2 * place + 2];
      const below = at(heap, right) < at(heap, left) ? right : left;
      if (at(heap, below) >= last.at) return first.key;
      this.swap(place, below);
      place = below;
    }
  }

  private swap(one: number, other: number): void {
    const { heap } = this;
    [heap[one], heap[other]] = [heap[other] as Due, heap[one] as Due];
  }
}

function at(heap: readonly Due[], place: number): number {
  return heap[place]?.at ?? Infinity;
}
