import { HumanError } from '../../base/errors';
import type { Metric } from '../../domain/evidence';
import { Severity, type Finding } from '../../domain/finding';
import { cleanLine, shorten } from '../../domain/text';
import type { ReadReport } from '../../domain/ports';
import { filePath } from './filePath';

/** How many findings of a report are kept. */
export const MAX_FINDINGS = 2_000;
const MAX_LINE = 100_000_000;
const MAX_MEASURE = 1e12;

export type Category = 'accessibility' | 'performance' | 'quality' | 'tests' | 'coverage';

/** A finding as a report words it, not yet cleaned. */
export interface RawFinding {
  category: Category;
  rule?: string | undefined;
  message?: string | undefined;
  file?: string | undefined;
  line?: number | undefined;
  column?: number | undefined;
  helpUrl?: string | undefined;
}

/** Gathers what a reader finds; cleans strings and refuses numbers that cannot be. */
export class ReportDraft {
  private readonly metrics: Metric[] = [];
  private readonly kept: Record<Severity, Finding[]> = { error: [], warning: [], info: [] };
  private findingCount = 0;

  constructor(
    private readonly format: string,
    /** The absolute folder that files are relative to; without it, absolute paths are left out. */
    private readonly root?: string,
  ) {}

  /** Adds a score 0..100, cut (never rounded up) to two decimals. @throws {HumanError} for a score that cannot be. */
  score(category: Category, name: string, value: number, unit?: string): this {
    if (!(value >= 0 && value <= 100))
      throw new HumanError(
        `The ${this.format} report gives ${name} as ${value}, but a score lies between 0 and 100. Make the report again.`,
      );
    return this.add(category, name, Math.floor(value * 100 + 1e-6) / 100, unit);
  }

  /** Adds a plain count. @throws {HumanError} for a count that cannot be. */
  count(category: Category, name: string, value: number): this {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new HumanError(`The ${this.format} report gives ${name} as ${value}, but a count is a whole number. Make the report again.`);
    return this.add(category, name, value);
  }

  /** Adds something measured, to three decimals; what is missing or cannot be is left out: unknown is not 0. */
  measure(category: Category, name: string, value: number | undefined, unit?: string): this {
    if (value === undefined || !(value >= 0 && value <= MAX_MEASURE)) return this;
    return this.add(category, name, Math.round(value * 1000) / 1000, unit);
  }

  /** Adds a finding; `describe` is called only while findings of that severity are kept. */
  find(severity: Severity, describe: () => RawFinding): void {
    this.findingCount++;
    const kept = this.kept[severity];
    if (kept.length < MAX_FINDINGS) kept.push(this.clean(severity, describe()));
  }

  done(): ReadReport {
    const findings = Severity.options.flatMap((severity) => this.kept[severity]).slice(0, MAX_FINDINGS);
    return { format: this.format, metrics: this.metrics, findings, findingCount: this.findingCount };
  }

  private add(category: Category, name: string, value: number, unit?: string): this {
    this.metrics.push({ category, name, value, ...(unit ? { unit } : {}) });
    return this;
  }

  private clean(severity: Severity, { category, rule, message, ...raw }: RawFinding): Finding {
    const file = filePath(raw.file, this.root);
    const line = file ? position(raw.line) : undefined;
    const column = line ? position(raw.column) : undefined;
    const helpUrl = webAddress(raw.helpUrl);
    return {
      category,
      severity,
      rule: oneLine(rule, 200) || 'unnamed',
      message: oneLine(message, 1000) || 'No message.',
      ...(file ? { file } : {}),
      ...(line ? { line } : {}),
      ...(column ? { column } : {}),
      ...(helpUrl ? { helpUrl } : {}),
    };
  }
}

/** `text` as one clean line of at most `max` characters. Cut before it is cleaned, for it may be megabytes long. */
function oneLine(text: string | undefined, max: number): string {
  return shorten(cleanLine((text ?? '').slice(0, max * 4)), max);
}

function position(value: number | undefined): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= 1 && value <= MAX_LINE ? value : undefined;
}

function webAddress(value: string | undefined): string | undefined {
  const address = value && value.length <= 500 && /^https?:\/\/\S+$/i.test(value) && URL.canParse(value) ? new URL(value).href : '';
  return address !== '' && address.length <= 500 ? address : undefined;
}
