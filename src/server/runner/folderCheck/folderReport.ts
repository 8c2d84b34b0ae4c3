import { bytes, count, plural } from '../../domain/format';
import type { Metric } from '../../domain/evidence';
import { RULES, type Rule, type Trouble } from './trouble';

/** How many troubles of one kind are listed; all are counted. */
const LISTED = 200;
const LARGEST = 5;

/** What a check found in a folder. */
export interface FolderReport {
  /** The folder's name. */
  folder: string;
  files: readonly { path: string; size: number }[];
  links: number;
  troubles: readonly Trouble[];
  /** Files that are there but could not be read, or are too large to be. */
  unread: number;
  byGit: boolean;
  isCut: boolean;
}

/** The report as SARIF 2.1.0: https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html */
export function sarifOf({ troubles }: FolderReport): string {
  const rules = Object.entries(RULES).map(([id, { level, about }]) => ({
    id,
    shortDescription: { text: about },
    defaultConfiguration: { level },
  }));
  const results = listed(troubles).map(({ rule, file, line, column, message }) => ({
    ruleId: rule,
    level: RULES[rule].level,
    message: { text: message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: file.split('/').map(encodeURIComponent).join('/') },
          region: { startLine: line, ...(column === undefined ? {} : { startColumn: column }) },
        },
      },
    ],
  }));
  const tool = { driver: { name: 'Folder Check', rules } };
  return JSON.stringify({ version: '2.1.0', $schema: 'https://json.schemastore.org/sarif-2.1.0.json', runs: [{ tool, results }] }, null, 2);
}

/** The report in numbers. */
export function metricsOf(report: FolderReport): Metric[] {
  const of = (name: string, value: number, unit?: string): Metric => ({ category: 'folder', name, value, ...(unit ? { unit } : {}) });
  return [
    of('files', report.files.length),
    of('size', sizeOf(report), 'bytes'),
    of('links', report.links),
    of('broken-links', countOf(report, 'broken-link')),
    of('unreadable-json', countOf(report, 'unreadable-json')),
    of('conflicts', countOf(report, 'conflict-marker')),
    of('todos', countOf(report, 'todo')),
  ];
}

/** The report in words, as Markdown. */
export function summaryOf(report: FolderReport): string {
  const { files, folder, troubles, links, unread, byGit, isCut } = report;
  if (files.length === 0) return `${folder} holds no file to check.`;
  const found = [
    [countOf(report, 'conflict-marker'), 'merge conflict'],
    [countOf(report, 'unreadable-json'), 'unreadable JSON file'],
    [countOf(report, 'broken-link'), 'broken link'],
    [countOf(report, 'todo'), 'TODO'],
  ] as const;
  const counts = found.filter(([n]) => n > 0).map(([n, what]) => plural(n, what));
  const worst = troubles.filter(({ rule }) => rule !== 'todo').slice(0, 10);
  const left = troubles.filter(({ rule }) => rule !== 'todo').length - worst.length;
  return [
    `${plural(files.length, 'file')} (${bytes(sizeOf(report))}) and ${plural(links, 'relative link')} of ${folder} checked: ${counts.join(', ') || 'nothing is wrong'}.`,
    worst.map(({ file, line, message }) => `- ${file}:${line} ${message}`).join('\n'),
    left > 0 ? `${left} more are in the report.` : '',
    `Largest: ${largest(files)}.\nMost: ${kinds(files)}.`,
    byGit ? 'Files that git ignores were left out.' : 'Hidden folders and those of packages and builds were left out.',
    unread > 0 ? `${plural(unread, 'file')} could not be read as text or ${unread === 1 ? 'is' : 'are'} too large.` : '',
    isCut ? `There are more files: only the first ${count(files.length)} were checked.` : '',
  ]
    .filter(Boolean)
    .join('\n\n');
}

function largest(files: FolderReport['files']): string {
  const sorted = [...files].sort((a, b) => b.size - a.size || (a.path < b.path ? -1 : 1));
  return sorted
    .slice(0, LARGEST)
    .map(({ path, size }) => `${path} (${bytes(size)})`)
    .join(', ');
}

/** The most frequent endings. */
function kinds(files: FolderReport['files']): string {
  const counts = new Map<string, number>();
  for (const { path } of files) {
    const ending = /[^/.]\.([a-z0-9]{1,10})$/i.exec(path)?.[1]?.toLowerCase() ?? 'no ending';
    counts.set(ending, (counts.get(ending) ?? 0) + 1);
  }
  const sorted = [...counts].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  return sorted
    .slice(0, LARGEST)
    .map(([ending, n]) => `${ending} ${n}`)
    .join(', ');
}

function sizeOf({ files }: FolderReport): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function countOf({ troubles }: FolderReport, rule: Rule): number {
  return troubles.filter((trouble) => trouble.rule === rule).length;
}

function listed(troubles: readonly Trouble[]): Trouble[] {
  return Object.keys(RULES).flatMap((rule) => troubles.filter((trouble) => trouble.rule === rule).slice(0, LISTED));
}
