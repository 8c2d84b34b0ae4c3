import { HumanError } from '../../base/errors';
import { readAxe } from './axe';
import { readCobertura } from './cobertura';
import { readEslint } from './eslint';
import { readJunit } from './junit';
import { isLcov, readLcov } from './lcov';
import { readLighthouse } from './lighthouse';
import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';
import { refuseMany, reportText } from './reportText';
import { readSarif } from './sarif';
import { parseXml, xmlStart, type XmlElement } from './xml';

/** The largest report that is read, bytes. */
export const MAX_REPORT_BYTES = 64 * 1024 * 1024;
/** How much of a report that is too large is looked at to tell what it is, bytes. */
const HEAD_BYTES = 64 * 1024;

/** What is known of a report beside its bytes. */
export interface ReportHint {
  name?: string;
  mime?: string;
  /** The absolute folder that files in the report are made relative to; without it, absolute paths are left out. */
  root?: string;
}

interface JsonFormat {
  name: string;
  read: (value: unknown, root?: string) => ReadReport | undefined;
  /** What the text of such a report holds, each of them. */
  marks: RegExp[];
  /** How such a file or type is called. */
  called: RegExp;
}

const JSON_FORMATS: readonly JsonFormat[] = [
  { name: 'SARIF', read: readSarif, marks: [/"runs"\s*:\s*\[|"\$schema"\s*:\s*"[^"]{1,200}sarif/], called: /sarif/i },
  { name: 'Lighthouse', read: readLighthouse, marks: [/"lighthouseVersion"\s*:/], called: /lighthouse|\blhr\b/i },
  { name: 'axe-core', read: readAxe, marks: [/"testEngine"\s*:|"violations"\s*:\s*\[/], called: /\baxe\b/i },
  { name: 'ESLint', read: readEslint, marks: [/"filePath"\s*:/, /"messages"\s*:/], called: /eslint/i },
];

interface XmlFormat {
  name: string;
  read: (root: XmlElement, folder?: string) => ReadReport | undefined;
}

const JUNIT: XmlFormat = { name: 'JUnit', read: readJunit };
/** By the name of the root element. */
const XML_FORMATS = new Map<string | undefined, XmlFormat>([
  ['testsuites', JUNIT],
  ['testsuite', JUNIT],
  ['coverage', { name: 'Cobertura', read: readCobertura }],
]);

/**
 * Reads a report of any known format, recognised by its content; the hint decides only where the content says nothing.
 * @returns undefined when it is no known report.
 * @throws {HumanError} when it is one, but too large, broken, or says what cannot be.
 */
export function readReport(bytes: Uint8Array | string, hint: ReportHint = {}): ReadReport | undefined {
  const size = typeof bytes === 'string' ? Buffer.byteLength(bytes) : bytes.byteLength;
  if (size > MAX_REPORT_BYTES) {
    const format = guess(reportText(typeof bytes === 'string' ? bytes.slice(0, HEAD_BYTES) : bytes.subarray(0, HEAD_BYTES)), hint);
    if (!format) return undefined;
    throw new HumanError(`This ${format} report is larger than 64 MiB, the most that is read. Split it, for example by folder.`);
  }
  const text = reportText(bytes);
  const first = /\S/.exec(text)?.[0];
  if (first === '{' || first === '[') return readJson(text, hint);
  if (first === '<') return readXml(text, hint);
  return isLcov(text) ? readLcov(text, hint.root) : undefined;
}

function readJson(text: string, hint: ReportHint): ReadReport | undefined {
  const format = guess(text, hint);
  if (!format) return undefined;
  refuseMany(text, '{', format);
  refuseMany(text, '[', format);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new HumanError(`The JSON of this ${format} report is broken or cut off. Make it again and hand in the whole file.`);
  }
  for (const { read } of JSON_FORMATS) {
    const report = read(value, hint.root);
    if (report) return report;
  }
  // ESLint writes an empty list when it looked at nothing.
  return Array.isArray(value) && value.length === 0 && guess('', hint) === 'ESLint' ? new ReportDraft('ESLint').done() : undefined;
}

function readXml(text: string, hint: ReportHint): ReadReport | undefined {
  const start = xmlStart(text);
  const root = start?.declares ? /<(testsuites?|coverage)[\s/>]/.exec(text)?.[1] : start?.root;
  const format = XML_FORMATS.get(root);
  return start && format ? format.read(parseXml(text, start, format.name), hint.root) : undefined;
}

/** What a report seems to be, for the words of an error and for not parsing what is none. */
function guess(text: string, { name = '', mime = '' }: ReportHint): string | undefined {
  const first = /\S/.exec(text)?.[0];
  if (first === '<') return XML_FORMATS.get(xmlStart(text)?.root)?.name;
  if (first !== undefined && first !== '{' && first !== '[') return isLcov(text) ? 'lcov' : undefined;
  const marked = JSON_FORMATS.find(({ marks }) => marks.every((mark) => mark.test(text)));
  return (marked ?? JSON_FORMATS.find(({ called }) => called.test(`${name} ${mime}`)))?.name;
}
