import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';
import type { XmlElement } from './xml';

/** How much of a stack trace is looked at for a place. */
const TRACE_LENGTH = 4_000;
const MAX_COUNT = 1e9;
/** `at run (src/cart.ts:12:3)`, `tests/test_cart.py:12: AssertionError`; what stands between blanks or brackets, so it is linear. */
const PLACE = /(?<=^|[\s(])((?:file:\/\/)?[^\s()]{1,300}?\.[a-z]{1,5}):(\d{1,7})(?::(\d{1,7}))?(?=[\s):]|$)/gim;

/** What a stack trace runs through that is nobody's own. */
const LIBRARY = /node_modules|^node:|site-packages/;

interface Totals {
  passed: number;
  /** All red tests, errors included. */
  failed: number;
  errors: number;
  skipped: number;
  durationMs: number;
}

/**
 * Reads JUnit XML: `testsuites`, or one `testsuite`, nested as deep as may be. `failed` counts every red test; `errors` is how many
 * of these broke down instead of failing an assertion. Tests are counted, and where a suite says that more are red (a crash before
 * any test) the suite is believed: a report is never greener than it says.
 * Format: https://github.com/testmoapp/junitxml and https://github.com/windyroad/JUnit-Schema
 */
export function readJunit(root: XmlElement, folder?: string): ReadReport {
  const draft = new ReportDraft('JUnit', folder);
  const totals = readSuite(root, undefined, draft);
  return draft
    .count('tests', 'passed', totals.passed)
    .count('tests', 'failed', totals.failed)
    .count('tests', 'errors', totals.errors)
    .count('tests', 'skipped', totals.skipped)
    .measure('tests', 'duration', totals.durationMs, 'ms')
    .done();
}

function readSuite(suite: XmlElement, outerFile: string | undefined, draft: ReportDraft): Totals {
  const file = suite.attribute('file') ?? suite.attribute('filepath') ?? outerFile;
  const totals: Totals = { passed: 0, failed: 0, errors: 0, skipped: 0, durationMs: 0 };
  let parts = 0;
  for (const child of suite.children()) {
    if (child.name !== 'testcase' && child.name !== 'testsuite') continue;
    parts++;
    const part = child.name === 'testcase' ? readCase(child, file, draft) : readSuite(child, file, draft);
    for (const key of Object.keys(totals) as (keyof Totals)[]) totals[key] += part[key];
  }
  believe(suite, totals, parts === 0, draft);
  return { ...totals, durationMs: milliseconds(suite) ?? totals.durationMs };
}

/** Raises the totals to what the suite itself says, where that is worse. */
function believe(suite: XmlElement, totals: Totals, isEmpty: boolean, draft: ReportDraft): void {
  const [errors, failures] = [count(suite, 'errors'), count(suite, 'failures')];
  const unseen = errors + failures - totals.failed;
  if (unseen > 0) {
    totals.failed += unseen;
    totals.errors = Math.max(totals.errors, errors);
    draft.find('error', () => ({
      category: 'tests',
      rule: suite.attribute('name') ?? 'suite',
      message: `The suite says that ${errors + failures} are red, but does not show them all.`,
      file: suite.attribute('file'),
    }));
  }
  if (!isEmpty) return;
  totals.skipped = count(suite, 'skipped') + count(suite, 'disabled');
  totals.passed = Math.max(0, count(suite, 'tests') - totals.failed - totals.skipped);
}

function readCase(test: XmlElement, suiteFile: string | undefined, draft: ReportDraft): Totals {
  const durationMs = milliseconds(test) ?? 0;
  const none: Totals = { passed: 0, failed: 0, errors: 0, skipped: 0, durationMs };
  const [error, failure] = [test.children('error')[0], test.children('failure')[0]];
  const red = error ?? failure;
  if (!red) return isSkipped(test) ? { ...none, skipped: 1 } : { ...none, passed: 1 };
  draft.find('error', () => ({
    category: 'tests',
    rule: nameOf(test),
    message: red.attribute('message') || red.text.trim() || red.attribute('type') || `It ended as ${red.name}.`,
    ...placeOf(red.text, test.attribute('file') ?? suiteFile, test.attribute('line')),
  }));
  return { ...none, failed: 1, errors: error ? 1 : 0 };
}

/** GoogleTest says `notrun` of a disabled test and adds no element. */
function isSkipped(test: XmlElement): boolean {
  return test.children('skipped').length > 0 || /^(?:notrun|skipped|disabled)$/i.test(test.attribute('status') ?? '');
}

function nameOf(test: XmlElement): string {
  const [group, name] = [test.attribute('classname') ?? '', test.attribute('name') ?? ''];
  return group === '' || name.startsWith(group) ? name : `${group} › ${name}`;
}

/** The place that the report gives, else the first in the stack trace that is no library's. */
function placeOf(trace: string, file: string | undefined, line: string | undefined): { file?: string; line?: number; column?: number } {
  const places = [...trace.slice(0, TRACE_LENGTH).matchAll(PLACE)].filter(([, path = '']) => /[\\/]/.test(path) && !LIBRARY.test(path));
  const inFile = file === undefined ? places[0] : places.find(([, path = '']) => sameFile(path, file));
  if (file !== undefined && line !== undefined) return { file, line: Number(line) };
  if (!inFile) return file === undefined ? {} : { file };
  return { file: file ?? inFile[1] ?? '', line: Number(inFile[2]), ...(inFile[3] ? { column: Number(inFile[3]) } : {}) };
}

function sameFile(a: string, b: string): boolean {
  const [left, right] = [a.replaceAll('\\', '/'), b.replaceAll('\\', '/')];
  return left.endsWith(right) || right.endsWith(left);
}

/** A count that a suite claims; what is no count is 0. */
function count(element: XmlElement, name: string): number {
  const value = Number(element.attribute(name) ?? 0);
  return Number.isInteger(value) && value > 0 && value <= MAX_COUNT ? value : 0;
}

/** `time` is in seconds; some tools write `1,234.5`. */
function milliseconds(element: XmlElement): number | undefined {
  const time = element.attribute('time');
  const seconds = time === undefined || time === '' ? NaN : Number(time.replaceAll(',', ''));
  return seconds >= 0 && seconds <= MAX_COUNT ? seconds * 1000 : undefined;
}
