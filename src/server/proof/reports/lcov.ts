import { HumanError } from '../../base/errors';
import { Coverage, type FileHits } from './coverage';
import type { ReadReport } from '../../domain/ports';
import type {} from './report';

/** A tracefile begins with a test name or a source file; comments may come first. */
const START = /^\s*(?:#[^\n]*\n\s*)*(?:TN:|SF:)/;
const MAX_COUNT = 1e9;

/** True when `text` looks like an LCOV tracefile. */
export function isLcov(text: string): boolean {
  return START.test(text.slice(0, 10_000));
}

/**
 * Reads an LCOV tracefile: percent of lines, functions and branches. Several records of one file, as of several test runs, are merged.
 * Format: https://github.com/linux-test-project/lcov/blob/master/man/geninfo.1
 * @throws {HumanError} when it is cut off.
 */
export function readLcov(text: string, root?: string): ReadReport {
  const coverage = new Coverage();
  let record: SourceRecord | undefined;
  for (let at = 0; at < text.length;) {
    const end = text.indexOf('\n', at);
    const line = text.slice(at, end < 0 ? text.length : end).trim();
    at = end < 0 ? text.length : end + 1;
    if (line.startsWith('SF:')) {
      if (record) throw cutOff();
      record = new SourceRecord(coverage.file(line.slice(3)));
    } else if (line === 'end_of_record') {
      record?.end();
      record = undefined;
    } else record?.read(line);
  }
  if (record) throw cutOff();
  return coverage.report('lcov', root);
}

/** One `SF:` … `end_of_record`. */
class SourceRecord {
  private readonly sums = new Map<string, number>();
  /** How often a name was seen: one file may have many functions of a name. */
  private readonly names = new Map<string, number>();

  constructor(private readonly file: FileHits) {}

  read(line: string): void {
    const [kind, value] = split(line, ':');
    const [first, rest] = split(value, ',');
    switch (kind) {
      case 'DA':
        this.file.lines.mark(Number(first), Number.parseInt(rest, 10) > 0);
        break;
      case 'FNDA':
        this.markFunction(rest, Number.parseInt(first, 10) > 0);
        break;
      // FNA:<index>,<count>,<name> since lcov 2.2.
      case 'FNA':
        this.markFunction(split(rest, ',')[1], Number.parseInt(rest, 10) > 0);
        break;
      case 'BRDA':
        this.file.branches.mark(value.slice(0, value.lastIndexOf(',')), Number.parseInt(value.slice(value.lastIndexOf(',') + 1), 10) > 0);
        break;
      case 'LF':
      case 'LH':
      case 'FNF':
      case 'FNH':
      case 'BRF':
      case 'BRH':
        this.sums.set(kind, count(value));
    }
  }

  end(): void {
    const sum = (kind: string): number => this.sums.get(kind) ?? 0;
    this.file.lines.claim(sum('LF'), sum('LH'));
    this.file.functions.claim(sum('FNF'), sum('FNH'));
    this.file.branches.claim(sum('BRF'), sum('BRH'));
  }

  private markFunction(name: string, hit: boolean): void {
    const n = (this.names.get(name) ?? 0) + 1;
    this.names.set(name, n);
    this.file.functions.mark(`${name}#${n}`, hit);
  }
}

function split(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** A sum that a record claims; what is no count is 0. */
function count(text: string): number {
  const value = Number(text);
  return Number.isInteger(value) && value > 0 && value <= MAX_COUNT ? value : 0;
}

function cutOff(): HumanError {
  return new HumanError(
    'This lcov report is cut off: a file in it has no end_of_record. Make the report again and hand in the whole file.',
  );
}
