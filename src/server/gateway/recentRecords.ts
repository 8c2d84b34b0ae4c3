import type { TowerRecord } from '../domain/event';

/** How many records are kept for viewers that come back, and how many characters of them. */
const MAX_COUNT = 2_000;
const MAX_SIZE = 8 * 1024 * 1024;

interface Kept {
  seq: number;
  text: string;
}

/** The last records as text, so that each is serialised once for all viewers. */
export class RecentRecords {
  private readonly kept: Kept[] = [];
  private size = 0;

  push(records: readonly TowerRecord[]): void {
    for (const record of records) {
      const text = JSON.stringify(record);
      this.kept.push({ seq: record.seq, text });
      this.size += text.length;
    }
    let drop = 0;
    for (; this.kept.length - drop > MAX_COUNT || (this.size > MAX_SIZE && drop < this.kept.length); drop++)
      this.size -= this.kept[drop]?.text.length ?? 0;
    this.kept.splice(0, drop);
  }

  /** The records after `seq` as a JSON array, or undefined when some of them are no longer here. */
  after(seq: number, last: number): string | undefined {
    if (seq >= last) return '[]';
    // Each has the number after the one before it.
    const from = seq + 1 - (this.kept[0]?.seq ?? Infinity);
    if (this.kept[from]?.seq !== seq + 1) return undefined;
    return `[${this.kept
      .slice(from)
      .map(({ text }) => text)
      .join(',')}]`;
  }
}
