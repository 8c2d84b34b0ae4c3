import { crc32 } from 'node:zlib';
import { pseudoRandom } from '../support/pseudoRandom';

/** Values that have broken parsers before. */
const VALUES: readonly unknown[] = [
  ...[
    null,
    true,
    false,
    0,
    -1,
    1,
    0.5,
    -0,
    2 ** 31,
    2 ** 53,
    1e21,
    1e308,
    -1e308,
    8.64e15 + 1,
    '',
    ' ',
    '0',
    '-1',
    'NaN',
    'null',
    '[]',
    '{}',
  ],
  ...[
    [],
    {},
    [[]],
    [null],
    '\u0000',
    '\ud800',
    '\u202e',
    '\ufeff',
    '\u001b[31m',
    '\u001b]8;;x\u0007',
    'a\r\nb',
    '=1+1',
    '@x',
    '#1',
    '#999999',
  ],
  ...[
    '../../../etc/passwd',
    'C:\\x',
    'file:///etc/passwd',
    '<script>',
    '%00',
    '__proto__',
    'constructor',
    '2026-01-01T00:00:00Z',
    'é'.repeat(300),
  ],
];
const KEYS = ['__proto__', 'constructor', 'toString', 'length', '', 'id', 'type', 'then', 'seq', 'attempt', 'taskId'];
const TOKENS = [
  ...[
    '"',
    '\\',
    '{',
    '}',
    '[',
    ']',
    '<',
    '>',
    '&',
    ';',
    ',',
    ':',
    '\n',
    '\r',
    '\t',
    '\u0000',
    '\u001b[',
    '\u009b',
    '\u001b]',
    '\u0007',
    '\\u00',
    '\\q',
  ],
  ...[
    '<![CDATA[',
    ']]>',
    '<!--',
    '<!DOCTYPE a [',
    '&#x0;',
    '&lt;',
    '1e999',
    '-',
    'end_of_record',
    'SF:',
    'DA:1,',
    'NaN',
    '0x',
    '%',
    '￿',
    '\ud800',
    '38;2;',
    '48;5;',
  ],
];
const NUMBERS = [0, 1, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xffff, 0x7fffffff, 0x80000000, 0xffffffff];
/** The most that a piece is repeated or made long by, so that a round stays short. */
const LONG = 2_000;

/** Changes inputs in ways that a seed decides; the same seed makes the same changes. */
export class Mutator {
  readonly below: (n: number) => number;

  constructor(seed: number) {
    this.below = pseudoRandom(seed);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  /** True once in `n`. */
  rarely(n: number): boolean {
    return this.below(n) === 0;
  }

  /** Some bytes other than they were: flipped, cut, repeated, spliced with `other`, or set to a number at the edge of its type. */
  bytes(bytes: Uint8Array, other: Uint8Array = bytes): Buffer {
    let changed: Buffer = Buffer.from(bytes);
    for (let times = 1 + this.below(4); times > 0; times--) changed = this.changeBytes(changed, other);
    return changed;
  }

  private changeBytes(bytes: Buffer, other: Uint8Array): Buffer {
    const at = this.below(bytes.length + 1);
    const end = Math.min(bytes.length, at + 1 + this.below(16));
    const joined = (...parts: Uint8Array[]): Buffer => Buffer.concat(parts);
    switch (this.below(7)) {
      case 0:
        if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) ^ (1 << this.below(8));
        return bytes;
      case 1:
        if (at + 4 <= bytes.length) bytes.writeUInt32BE(this.pick(NUMBERS), at);
        return bytes;
      case 2:
        if (at + 2 <= bytes.length) bytes.writeUInt16LE(this.pick(NUMBERS) & 0xffff, at);
        return bytes;
      case 3:
        return bytes.subarray(0, at);
      case 4:
        return joined(bytes.subarray(0, at), bytes.subarray(end));
      case 5:
        return joined(bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(at));
      default: {
        const from = this.below(other.length + 1);
        return joined(bytes.subarray(0, at), other.subarray(from, from + this.below(64)), bytes.subarray(at));
      }
    }
  }

  /** Text with pieces put in, taken out, repeated or taken from `other`. */
  text(text: string, other = text): string {
    let changed = text;
    for (let times = 1 + this.below(4); times > 0; times--) {
      const at = this.below(changed.length + 1);
      const end = at + 1 + this.below(40);
      const from = this.below(other.length + 1);
      const pieces = [
        () => this.pick(TOKENS),
        () => this.pick(TOKENS).repeat(this.below(this.rarely(20) ? LONG : 20)),
        () => changed.slice(at, end).repeat(2),
        () => other.slice(from, from + this.below(200)),
        () => String(this.pick(VALUES)),
        () => String.fromCharCode(this.below(0x10000)),
        () => '',
      ];
      changed = changed.slice(0, at) + this.pick(pieces)() + changed.slice(this.rarely(2) ? at : end);
    }
    return changed;
  }

  /** A JSON value with a few of its parts replaced, taken out, repeated, renamed or added. */
  json(value: unknown): unknown {
    let changed = structuredClone(value);
    for (let times = 1 + this.below(3); times > 0; times--) changed = this.changeValue(changed);
    return changed;
  }

  private changeValue(value: unknown): unknown {
    if (typeof value === 'string' && !this.rarely(4)) return this.text(value).slice(0, 10 * LONG);
    if (typeof value === 'number' && this.rarely(2)) return value + this.pick([1, -1, 0.5, 1e15]);
    if (typeof value !== 'object' || value === null || this.rarely(6)) return this.anyValue();
    if (Array.isArray(value)) return this.changeList(value);
    const entries: [string, unknown][] = Object.entries(value);
    if (entries.length === 0) return this.rarely(2) ? { [this.pick(KEYS)]: this.anyValue() } : this.anyValue();
    const at = this.below(entries.length);
    const [key, part] = entries[at] ?? ['', undefined];
    switch (this.below(6)) {
      case 0:
        entries.splice(at, 1);
        break;
      case 1:
        entries.push([this.pick(KEYS), this.anyValue()]);
        break;
      case 2:
        entries[at] = [this.pick(entries)[0], part];
        break;
      default:
        entries[at] = [key, this.changeValue(part)];
    }
    // Object.fromEntries, as JSON.parse does, makes `__proto__` a key like any other.
    return Object.fromEntries(entries);
  }

  private changeList(list: unknown[]): unknown {
    if (list.length === 0) return [this.anyValue()];
    const at = this.below(list.length);
    switch (this.below(4)) {
      case 0:
        return list.toSpliced(at, 1);
      case 1:
        return list.concat(Array.from({ length: this.below(this.rarely(10) ? LONG : 10) }, () => list[at]));
      default:
        return list.with(at, this.changeValue(list[at]));
    }
  }

  private anyValue(): unknown {
    if (!this.rarely(100)) return this.pick(VALUES);
    let deep: unknown = 1;
    for (let level = this.below(LONG); level > 0; level--) deep = this.rarely(2) ? [deep] : { a: deep };
    return deep;
  }

  /** Changes text that is JSON as a value, and otherwise, or now and then, as text. */
  jsonText(text: string, other = text): string {
    const value = this.rarely(5) ? undefined : parsed(text);
    const changed = value === undefined ? this.text(text, other) : JSON.stringify(this.json(value));
    // Larger than any double; JSON.parse makes it Infinity.
    return this.rarely(30) ? changed.replace(/\d+/, '1e999') : changed;
  }

  /** Changes one or two of the lines of NDJSON, and their order now and then. */
  ndjson(text: string): string {
    const lines = text.split('\n');
    for (let times = 1 + this.below(2); times > 0; times--) {
      const at = this.below(lines.length);
      const line = lines[at] ?? '';
      if (this.rarely(12)) lines.splice(at, 1);
      else if (this.rarely(12)) lines.splice(at, 0, this.pick(lines));
      else lines[at] = this.jsonText(line, this.pick(lines));
    }
    return lines.join('\n');
  }

  /** A PNG whose checksums are right again after a change, so that what stands behind them is reached. */
  png(bytes: Uint8Array): Buffer {
    const changed = this.bytes(bytes);
    for (let at = 8; at + 12 <= changed.length;) {
      const end = at + 8 + changed.readUInt32BE(at);
      if (end + 4 > changed.length) break;
      changed.writeUInt32BE(crc32(changed.subarray(at + 4, end)), end);
      at = end + 4;
    }
    return changed;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
