const NEWLINE = 0x0a;
const RETURN = 0x0d;
/** A longer line is cut, bytes. */
export const MAX_LINE = 64 * 1024;

/** Makes lines of a stream of UTF-8 bytes. Of a line without end it keeps the first `maxLine` bytes and counts the rest. */
export class LineSplitter {
  private head: Buffer;
  private kept = 0;
  private cut = 0;

  constructor(
    private readonly onLine: (line: string) => void,
    private readonly maxLine = MAX_LINE,
  ) {
    this.head = Buffer.allocUnsafe(Math.min(maxLine, MAX_LINE));
  }

  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk, start, end);
      this.emit();
      start = end + 1;
    }
    this.keep(chunk, start, chunk.length);
  }

  /** The stream is over; a last line without newline counts. */
  end(): void {
    if (this.kept > 0) this.emit();
  }

  private keep(chunk: Buffer, start: number, end: number): void {
    this.grow(this.kept + end - start);
    const copied = chunk.copy(this.head, this.kept, start, end);
    this.kept += copied;
    this.cut += end - start - copied;
  }

  /** Most lines are short. */
  private grow(wanted: number): void {
    if (wanted <= this.head.length || this.head.length === this.maxLine) return;
    const larger = Buffer.allocUnsafe(Math.min(this.maxLine, Math.max(wanted, 2 * this.head.length)));
    this.head.copy(larger, 0, 0, this.kept);
    this.head = larger;
  }

  private emit(): void {
    const { head, kept, cut } = this;
    this.kept = this.cut = 0;
    if (cut === 0) return this.onLine(head.toString('utf8', 0, kept > 0 && head[kept - 1] === RETURN ? kept - 1 : kept));
    const whole = wholeCharacters(head);
    this.onLine(`${head.toString('utf8', 0, whole)}… [cut: ${cut + kept - whole} bytes more]`);
  }
}

/** How many bytes of a full `buffer` remain when a character cut at its end is left out. */
function wholeCharacters(buffer: Buffer): number {
  let start = buffer.length - 1;
  while (start > buffer.length - 4 && ((buffer[start] ?? 0) & 0xc0) === 0x80) start--;
  const lead = buffer[start] ?? 0;
  const length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc0 ? 2 : 1;
  return start + length > buffer.length ? start : buffer.length;
}
