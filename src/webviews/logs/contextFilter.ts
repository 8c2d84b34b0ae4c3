import type { Line } from './line';

/** Passes lines that match, with some before and after each, from a stream of lines. */
export class ContextFilter {
  /** The last lines that did not match. */
  private before: Line[] = [];
  private after = 0;

  constructor(
    private readonly matches: (line: Line) => boolean,
    /** Lines before and after a match. */
    private readonly context: number,
  ) {}

  pass(lines: readonly Line[]): Line[] {
    const passed: Line[] = [];
    for (const line of lines) {
      if (this.matches(line)) {
        passed.push(...this.before.splice(0), line);
        this.after = this.context;
      } else if (this.after > 0) {
        this.after--;
        passed.push(asContext(line));
      } else if (this.context > 0) {
        this.before.push(asContext(line));
        if (this.before.length > this.context) this.before.shift();
      }
    }
    return passed;
  }
}

/** The line as one that stands around another. */
export function asContext(line: Line): Line {
  return { ...line, isContext: true };
}
