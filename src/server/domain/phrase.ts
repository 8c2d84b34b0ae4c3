/** A name or number as it is, or a word of ours, such as a state. */
export type PhraseArg = string | number | { readonly word: string };

/** A text for people with its arguments apart, so that whoever reads it can have it translated. As a string, it is English. */
export class Phrase {
  constructor(
    /** English, with `{0}` where the first argument stands. */
    readonly text: string,
    readonly args: readonly PhraseArg[],
  ) {}

  toString(): string {
    return this.text.replace(/\{(\d)\}/g, (hole, index: string) => {
      const arg = this.args[Number(index)];
      if (arg === undefined) return hole;
      return typeof arg === 'object' ? arg.word.replace(/_/g, ' ') : String(arg);
    });
  }
}

/** A phrase; `npm run generate` finds its text where this is called, so it is written out there. */
export function phrase(text: string, ...args: PhraseArg[]): Phrase {
  return new Phrase(text, args);
}

/** The phrase of a failure, or what came along with it over the wire; undefined when it has none. */
export function phraseOf(failure: unknown): Phrase | undefined {
  if (typeof failure !== 'object' || failure === null) return undefined;
  const { phrase: own, data } = failure as { phrase?: unknown; data?: { phrase?: unknown } | null };
  return read(own ?? data?.phrase);
}

function read(value: unknown): Phrase | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { text, args } = value as Partial<Record<keyof Phrase, unknown>>;
  return typeof text === 'string' && Array.isArray(args) && args.every(isArg) ? new Phrase(text, args) : undefined;
}

function isArg(value: unknown): value is PhraseArg {
  if (typeof value === 'string' || typeof value === 'number') return true;
  return typeof value === 'object' && value !== null && typeof (value as { word?: unknown }).word === 'string';
}
