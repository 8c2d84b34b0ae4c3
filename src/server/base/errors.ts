/** A text with its arguments apart; as a string, it is English. */
interface Translatable {
  readonly text: string;
  readonly args: readonly unknown[];
  toString(): string;
}

/** An error whose message is written for people: what happened, and the next step. */
export class HumanError extends Error {
  override readonly name: string = 'HumanError';
  /** Its words, when they can be translated. */
  readonly phrase?: Translatable;

  constructor(said: string | Translatable, options?: ErrorOptions) {
    super(String(said), options);
    if (typeof said === 'object') this.phrase = said;
  }
}

/** The connection closed, or no answer came in time: whether the other end did what was asked is not known. */
export class NoAnswer extends Error {
  override readonly name = 'NoAnswer';
}

/** The one-line text of whatever was thrown, without a stack. */
export function errorText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0] ?? '';
}

/** The `code` of a Node error (`ENOENT`, `EADDRINUSE`, …), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
