const START = 'data: ';
const NEXT = '\n\ndata: ';

/**
 * The text of a stream whose events are raw pieces of text (`data: <piece>\n\n`), as the Kimi API sends them. A piece may hold line
 * breaks, also empty lines, which breaks the rules of event streams; so an event ends only where the next one begins.
 */
export class TextFrames {
  private buffer = '';

  constructor(private readonly onText: (text: string) => void) {}

  /** Characters of the event that has not ended yet. */
  get held(): number {
    return this.buffer.length;
  }

  push(chunk: string): void {
    this.buffer += chunk;
    if (this.buffer.length < START.length) return;
    for (let end = this.buffer.indexOf(NEXT); end >= 0; end = this.buffer.indexOf(NEXT)) {
      this.emit(this.buffer.slice(0, end));
      this.buffer = this.buffer.slice(end + 2);
    }
  }

  /** The stream is over. */
  end(): void {
    this.emit(this.buffer.replace(/\n\n$/, ''));
    this.buffer = '';
  }

  private emit(event: string): void {
    const text = event.startsWith(START) ? event.slice(START.length) : event;
    if (text !== '' && text !== '[DONE]') this.onText(text);
  }
}
