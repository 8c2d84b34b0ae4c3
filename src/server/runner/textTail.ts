const MAX_BYTES = 64 * 1024;

/** The last lines of an output, up to 64 KiB, without the empty ones around them. */
export class TextTail {
  private lines: { text: string; bytes: number }[] = [];
  private first = 0;
  private bytes = 0;

  add(text: string): void {
    const end = text.trimEnd();
    if (!end && this.lines.length === 0) return;
    const line = { text: end, bytes: Buffer.byteLength(end) + 1 };
    this.lines.push(line);
    this.bytes += line.bytes;
    while (this.bytes > MAX_BYTES && this.first < this.lines.length - 1) this.bytes -= this.lines[this.first++]?.bytes ?? 0;
    if (this.first < 1000 || this.first * 2 < this.lines.length) return;
    this.lines = this.lines.slice(this.first);
    this.first = 0;
  }

  text(): string {
    return this.lines
      .slice(this.first)
      .map(({ text }) => text)
      .join('\n')
      .replace(/^\n+|\n+$/g, '');
  }
}
