import * as l10n from '@vscode/l10n';
import { shorten } from '../../server/domain/text';
import { plainText } from './ansi';
import type { Line } from './line';

/** The least time between two messages, ms. */
const PAUSE_MS = 3_000;

/** What a screen reader says of new lines: errors alone, one at a time. */
export class Announcer {
  private errors = 0;
  private last = '';
  private timer: ReturnType<typeof setTimeout> | undefined;
  private saidAt = -Infinity;

  constructor(private readonly say: (text: string) => void) {}

  take(lines: readonly Line[]): void {
    const errors = lines.filter(({ level }) => level === 'error');
    const text = errors.at(-1)?.text;
    if (text === undefined) return;
    this.errors += errors.length;
    this.last = shorten(plainText(text), 200);
    this.timer ??= setTimeout(() => this.tell(), Math.max(0, this.saidAt + PAUSE_MS - Date.now()));
  }

  private tell(): void {
    const { errors, last } = this;
    this.timer = undefined;
    this.errors = 0;
    this.saidAt = Date.now();
    this.say(errors > 1 ? l10n.t('{0} errors. Last one: {1}', errors, last) : l10n.t('Error: {0}', last));
  }
}
