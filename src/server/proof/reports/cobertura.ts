import { Coverage, type FileHits } from './coverage';
import { filePath } from './filePath';
import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';
import type { XmlElement } from './xml';

/** More conditions than any line has. */
const MAX_CONDITIONS = 1000;

/**
 * Reads Cobertura XML: percent of lines, methods and conditions, counted from the lines; without any, what the root says.
 * Format: https://github.com/cobertura/web/blob/master/htdocs/xml/coverage-04.dtd
 * @returns undefined for another format with the same root, such as Clover.
 */
export function readCobertura(root: XmlElement, folder?: string): ReadReport | undefined {
  const [packages] = root.children('packages');
  if (!packages || root.attribute('line-rate') === undefined) return undefined;
  const sources = root.children('sources').flatMap((list) => list.children('source').map(({ text }) => text.trim()));
  const coverage = new Coverage();
  let lines = 0;
  for (const part of packages.children('package')) {
    for (const type of part.children('classes').flatMap((classes) => classes.children('class'))) {
      const file = coverage.file(locate(type.attribute('filename') ?? '', sources, folder));
      const methods = type.children('methods').flatMap((list) => list.children('method'));
      for (const line of linesOf(type)) {
        lines++;
        readLine(line, file);
      }
      for (const method of methods) readMethod(method, type.attribute('name') ?? '', file);
    }
  }
  return lines > 0 ? coverage.report('Cobertura', folder) : readRates(root, folder);
}

function linesOf(element: XmlElement): XmlElement[] {
  return element.children('lines').flatMap((lines) => lines.children('line'));
}

function readLine(line: XmlElement, file: FileHits): void {
  const number = line.attribute('number') ?? '';
  file.lines.mark(number, Number(line.attribute('hits')) > 0);
  const [, hit, found] = /\((\d{1,6})\/(\d{1,6})\)/.exec(line.attribute('condition-coverage') ?? '') ?? [];
  for (let n = 0; n < Math.min(Number(found ?? 0), MAX_CONDITIONS); n++) file.branches.mark(`${number}:${n}`, n < Number(hit));
}

/** A method was run when one of its lines was. */
function readMethod(method: XmlElement, type: string, file: FileHits): void {
  const lines = linesOf(method);
  const key = [type, method.attribute('name'), method.attribute('signature'), lines[0]?.attribute('number')].join(' ');
  const isHit = lines.length > 0 ? lines.some((line) => Number(line.attribute('hits')) > 0) : Number(method.attribute('line-rate')) > 0;
  file.functions.mark(key, isHit);
}

/** The sums of the root, else its rates 0..1; a rate beside a sum of 0 was not measured. */
function readRates(root: XmlElement, folder?: string): ReadReport {
  const draft = new ReportDraft('Cobertura', folder);
  for (const [name, sums, rate] of [
    ['lines', 'lines', 'line-rate'],
    ['branches', 'branches', 'branch-rate'],
  ] as const) {
    const valid = root.attribute(`${sums}-valid`);
    const share = Number(valid) > 0 ? Number(root.attribute(`${sums}-covered`)) / Number(valid) : Number(root.attribute(rate));
    if (valid !== '0' && root.attribute(rate) !== undefined) draft.score('coverage', name, 100 * share, '%');
  }
  return draft.done();
}

/** File names are relative to a source folder; the first that lies in `folder` is taken. */
function locate(filename: string, sources: string[], folder: string | undefined): string {
  return sources.map((source) => `${source}/${filename}`).find((path) => filePath(path, folder) !== undefined) ?? filename;
}
