import type { Line } from './line';

/** Lines that the page holds at most. */
export const MOST_LINES = 5_000;
/** Characters that it holds at most, as long as that leaves `FEWEST_LINES`. */
const MOST_CHARACTERS = 8_000_000;
const FEWEST_LINES = 500;

/** A window on the lines that pass the filter: without gaps, in order of time, and never more than fit. */
export class LineCache {
  private held: Line[] = [];
  private readonly keys = new Set<string>();
  private characters = 0;
  hasOlder = false;
  /** Lines that came later than the last one are not here. */
  hasNewer = false;

  get lines(): readonly Line[] {
    return this.held;
  }

  has(key: string): boolean {
    return this.keys.has(key);
  }

  /** Holds these lines in place of all others. */
  replace(lines: readonly Line[], hasOlder: boolean, hasNewer: boolean): void {
    this.held = [];
    this.keys.clear();
    this.characters = 0;
    this.held = this.fresh(lines);
    this.hasOlder = hasOlder;
    this.hasNewer = hasNewer;
    this.trimStart();
  }

  /** Puts a page of older lines before the first one; what does not fit goes at the other end. */
  addOlder(page: readonly Line[], hasOlder: boolean): void {
    this.held = [...this.fresh(page), ...this.held];
    this.hasOlder = hasOlder;
    const over = this.over((index) => this.held[this.held.length - 1 - index]);
    if (over === 0) return;
    this.forget(this.held.splice(this.held.length - over));
    this.hasNewer = true;
  }

  /** Puts a page of newer lines after the last one; what does not fit goes at the other end. */
  addNewer(page: readonly Line[], hasNewer: boolean): void {
    this.held.push(...this.fresh(page));
    this.hasNewer = hasNewer;
    this.trimStart();
  }

  /**
   * Takes in lines as they happen. One that an agent dated back stands where its time says.
   * @param isStill nothing that is here may go: when it is full, it is cut off from what comes.
   * @returns how many are here now.
   */
  addLive(lines: readonly Line[], isStill: boolean): number {
    if (this.hasNewer) return 0;
    const first = this.held[0]?.at ?? -Infinity;
    // What is older than the first line is found when one scrolls there.
    const taken = this.fresh(this.hasOlder ? lines.filter(({ at }) => at >= first) : lines);
    for (const line of taken) this.insert(line);
    if (!isStill) this.trimStart();
    else if (this.held.length > MOST_LINES) {
      this.forget(this.held.splice(MOST_LINES));
      this.hasNewer = true;
    }
    return taken.length;
  }

  private insert(line: Line): void {
    let at = this.held.length;
    while (at > 0 && (this.held[at - 1]?.at ?? 0) > line.at) at--;
    if (at === this.held.length) this.held.push(line);
    else this.held.splice(at, 0, line);
  }

  private fresh(lines: readonly Line[]): Line[] {
    return lines.filter((line) => {
      if (this.keys.has(line.key)) return false;
      this.keys.add(line.key);
      this.characters += line.text.length;
      return true;
    });
  }

  private trimStart(): void {
    const over = this.over((index) => this.held[index]);
    if (over === 0) return;
    this.forget(this.held.splice(0, over));
    this.hasOlder = true;
  }

  /** How many lines are too many, counted from an end. */
  private over(from: (index: number) => Line | undefined): number {
    let count = Math.max(0, this.held.length - MOST_LINES);
    let characters = this.characters;
    for (let index = 0; index < count; index++) characters -= from(index)?.text.length ?? 0;
    while (characters > MOST_CHARACTERS && this.held.length - count > FEWEST_LINES) characters -= from(count++)?.text.length ?? 0;
    return count;
  }

  private forget(lines: readonly Line[]): void {
    for (const line of lines) {
      this.keys.delete(line.key);
      this.characters -= line.text.length;
    }
  }
}
