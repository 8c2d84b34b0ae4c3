const NEWLINE = 0x0a;

/** Makes lines of a stream of bytes, whatever their length up to a limit. */
export class MessageSplitter {
  private chunks: Buffer[] = [];
  private size = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly onLine: (line: string) => void,
  ) {}

  /** @throws {RangeError} when a line is longer than the limit; what there was of it is dropped. */
  push(chunk: Buffer): void {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      this.keep(chunk.subarray(start, end));
      const line = Buffer.concat(this.chunks).toString('utf8');
      this.clear();
      start = end + 1;
      this.onLine(line);
    }
    this.keep(chunk.subarray(start));
  }

  clear(): void {
    this.chunks = [];
    this.size = 0;
  }

  private keep(part: Buffer): void {
    this.size += part.length;
    if (this.size > this.maxBytes) {
      this.clear();
      throw new RangeError(`a message is larger than ${this.maxBytes / 1024 / 1024} MiB`);
    }
    if (part.length > 0) this.chunks.push(part);
  }
}
