/** What stands in the place of a secret. */
export const SECRET = '[secret]';
/** A value shorter than this, characters, is too common to be taken out wherever it stands. */
const SHORTEST = 8;

/** Tokens of ours, and keys whose makers gave them a prefix so that they can be found: their own documentation names each. */
const KNOWN = [
  /\btt[cnpr]_[\w-]{40,80}/,
  /\btta_[0-9A-Z]{26}\.\d{1,9}\.[\w-]{43}/,
  /\bgh[oprsu]_[A-Za-z0-9]{36,255}/,
  /\bgithub_pat_\w{22,255}/,
  /\bglpat-[\w-]{20,64}/,
  /\bsk-[\w-]{20,256}/,
  /\b[rs]k_live_\w{20,256}/,
  /\bxox[abeprs]-[A-Za-z0-9-]{10,256}/,
  /\bA(?:KI|SI)A[0-9A-Z]{16}\b/,
  /\bAIza[\w-]{35}/,
  /\bnpm_[A-Za-z0-9]{36}\b/,
  /\bhf_[A-Za-z0-9]{30,64}/,
  /(?<=\bBearer )[\w.~+/-]{20,4096}=*/,
];
const ANY = new RegExp(KNOWN.map(({ source }) => source).join('|'), 'g');

/** Takes secrets out of what is kept and shown: known kinds of keys, and the values that agents are given as keys. */
export class Secrets {
  private values: string[] = [];

  /** From now on these values are secrets too. */
  know(values: Iterable<string>): void {
    this.values = [...new Set(values)].filter(({ length }) => length >= SHORTEST).sort((a, b) => b.length - a.length);
  }

  /** `text` with every secret replaced. */
  redact(text: string): string {
    let clean = text.replace(ANY, SECRET);
    for (const value of this.values) clean = clean.replaceAll(value, SECRET);
    return clean;
  }

  /** The same for every text in a plain value. */
  redactAll<T>(value: T): T {
    if (typeof value === 'string') return this.redact(value) as T;
    if (Array.isArray(value)) return value.map((one: unknown) => this.redactAll(one)) as T;
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.redactAll(one as unknown)])) as T;
  }
}
