import type { LogLevel } from '../../domain/report';
import { cleanText } from '../../domain/text';
import { LineSplitter } from '../../base/lineSplitter';

/** The result of an attempt holds at most this, bytes. */
const MAX_RESULT = 256 * 1024;

/** What an agent says, piece by piece: each line goes to the log when it is whole, and the last message is the result. */
export class Transcript {
  private readonly said = new LineSplitter((line) => this.log('info', line));
  private readonly thought = new LineSplitter((line) => this.log('debug', line));
  private open: 'said' | 'thought' | undefined;
  private messageId: string | undefined;
  private message = '';
  private result = '';

  constructor(private readonly onLine: (level: LogLevel, text: string) => void) {}

  say(text: string, messageId?: string): void {
    if (this.open !== 'said' || (messageId !== undefined && this.messageId !== undefined && messageId !== this.messageId)) this.breakOff();
    this.open = 'said';
    this.messageId = messageId ?? this.messageId;
    this.said.push(Buffer.from(text));
    this.message += text;
    if (this.message.length > 2 * MAX_RESULT) this.message = this.message.slice(-MAX_RESULT);
  }

  think(text: string): void {
    if (this.open !== 'thought') this.breakOff();
    this.open = 'thought';
    this.thought.push(Buffer.from(text));
  }

  /** What was said is a message of its own; what comes next begins another. */
  breakOff(): void {
    if (this.open) this[this.open].end();
    if (this.message.trim()) this.result = this.message.trim();
    this.message = '';
    this.open = this.messageId = undefined;
  }

  /** The last message without control characters, which JSON makes six times as long; its end if it is too long. */
  last(): string {
    this.breakOff();
    const text = cleanText(this.result).trim();
    const bytes = Buffer.from(text);
    if (bytes.length <= MAX_RESULT) return text;
    let start = bytes.length - MAX_RESULT;
    while (((bytes[start] ?? 0) & 0xc0) === 0x80) start++;
    return bytes.toString('utf8', start);
  }

  private log(level: LogLevel, line: string): void {
    if (line.trim()) this.onLine(level, line);
  }
}
