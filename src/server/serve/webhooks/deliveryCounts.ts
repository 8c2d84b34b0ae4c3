/** What became of tries to deliver. */
export type DeliveryResult = 'delivered' | 'retried' | 'given_up';

/** What the webhooks of this process did, for a monitoring system. */
export class DeliveryCounts {
  private readonly results = new Map<string, Map<DeliveryResult, number>>();
  private readonly queued = new Map<string, number>();

  /** Counts one result of a receiver. @returns how many of these it has had. */
  count(to: string, result: DeliveryResult): number {
    const counts = this.results.get(to) ?? new Map<DeliveryResult, number>();
    this.results.set(to, counts);
    const count = (counts.get(result) ?? 0) + 1;
    counts.set(result, count);
    return count;
  }

  /** How many deliveries wait for each receiver. */
  setWaiting(waiting: ReadonlyMap<string, number>): void {
    for (const to of this.queued.keys()) this.queued.set(to, 0);
    for (const [to, count] of waiting) this.queued.set(to, count);
  }

  get all(): [string, DeliveryResult, number][] {
    return [...this.results].flatMap(([to, counts]) =>
      [...counts].map(([result, count]): [string, DeliveryResult, number] => [to, result, count]),
    );
  }

  get waiting(): [string, number][] {
    return [...this.queued];
  }
}
