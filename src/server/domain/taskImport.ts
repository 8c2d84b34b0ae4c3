import { readCsv } from './csv';
import type { Priority } from './task';
import { cleanLine, shorten } from './text';

/** A task that another tool or a list has. */
export interface ImportedTask {
  title: string;
  prompt: string;
  /** It is done there. */
  done: boolean;
  priority?: Priority;
  /** Its name there. */
  key?: string;
  /** What must be done first, by `key`. */
  after: string[];
}

const ITEM = /^(\s*)(?:[-*+]|\d{1,4}[.)])\s+(?:\[([ xX])\]\s+)?(.*\S)\s*$/;
const MOST = 500;

/** Reads a list: Markdown items, with or without boxes, else each line. What stands below an item, further in, is told with it. */
export function readChecklist(text: string): ImportedTask[] {
  const lines = text.replace(/\r\n?/g, '\n').split('\n');
  const hasItems = lines.some((line) => ITEM.test(line));
  const found: { task: ImportedTask; indent: number; below: string[] }[] = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    const last = found.at(-1);
    const indent = width(/^\s*/.exec(line)?.[0] ?? '');
    if (item && !(last && indent > last.indent)) {
      const [, , box, words = ''] = item;
      found.push({ task: taskOf(words, box !== undefined && box !== ' '), indent, below: [] });
    } else if (line.trim() !== '' && last && hasItems && indent > last.indent) last.below.push(line);
    else if (!hasItems && line.trim() !== '' && !/^\s*#/.test(line)) found.push({ task: taskOf(line.trim(), false), indent: 0, below: [] });
  }
  return found
    .slice(0, MOST)
    .map(({ task, below }) => (below.length === 0 ? task : { ...task, prompt: `${task.prompt}\n\n${outdent(below)}` }));
}

function taskOf(words: string, done: boolean): ImportedTask {
  const plain = cleanLine(words.replace(/\*\*(.+?)\*\*|__(.+?)__/g, (_, stars?: string, lines?: string) => stars ?? lines ?? ''));
  return { title: shorten(plain, 200), prompt: cleanLine(words), done, after: [] };
}

function width(space: string): number {
  return space.replace(/\t/g, '    ').length;
}

function outdent(lines: readonly string[]): string {
  const least = Math.min(...lines.map((line) => /^\s*/.exec(line)?.[0].length ?? 0));
  return lines.map((line) => line.slice(least)).join('\n');
}

const PRIORITIES: Readonly<Record<string, Priority>> = { urgent: 'urgent', high: 'high', medium: 'normal', low: 'low' };
/** The columns of `issues.csv` that are read. */
const COLUMNS = ['Issue ID', 'Title', 'Description', 'Status', 'Priority', 'Created', 'Completed', 'Parent Issue'] as const;

/**
 * Reads the files of a Vibe Kanban export: `issues.csv`, and `relationships.csv` where there is one.
 * Format: crates/remote/src/routes/export.rs of https://github.com/BloopAI/vibe-kanban
 * @returns undefined when `issues` is no such file.
 */
export function readVibeKanban(issues: string, relationships = ''): ImportedTask[] | undefined {
  const [head = [], ...rows] = readCsv(issues.replace(/^\uFEFF/, ''));
  if (!COLUMNS.slice(0, 4).every((name) => head.includes(name))) return undefined;
  const of = (row: readonly string[], name: (typeof COLUMNS)[number]): string => row[head.indexOf(name)] ?? '';
  const blockers = blockersOf(relationships);
  const ordered = rows.filter((row) => of(row, 'Title').trim() !== '').sort((a, b) => (of(a, 'Created') < of(b, 'Created') ? -1 : 1));
  return ordered.slice(0, MOST).map((row) => {
    const key = of(row, 'Issue ID');
    const title = shorten(cleanLine(of(row, 'Title')), 200);
    const priority = PRIORITIES[of(row, 'Priority').toLowerCase()];
    const parent = of(row, 'Parent Issue');
    const body = [of(row, 'Title'), of(row, 'Description').trim(), parent ? `It is a part of ${parent}.` : ''];
    return {
      title,
      prompt: body.filter(Boolean).join('\n\n'),
      done: of(row, 'Completed') !== '' || /^(done|completed?|cancell?ed)$/i.test(of(row, 'Status').trim()),
      ...(priority === undefined ? {} : { priority }),
      key,
      after: blockers.get(key) ?? [],
    };
  });
}

/** Who must be done before whom: `A,B,Blocking` means that B waits for A. */
function blockersOf(relationships: string): Map<string, string[]> {
  const blockers = new Map<string, string[]>();
  const [, ...rows] = readCsv(relationships);
  for (const [blocker = '', blocked = '', type] of rows)
    if (type === 'Blocking' && blocker !== '') blockers.set(blocked, [...(blockers.get(blocked) ?? []), blocker]);
  return blockers;
}

/** Tasks in an order in which each comes after those it waits for; what waits for itself in a circle keeps its place and waits for nothing. */
export function inOrder(tasks: readonly ImportedTask[]): ImportedTask[] {
  const byKey = new Map(tasks.flatMap((task) => (task.key === undefined ? [] : [[task.key, task] as const])));
  const ordered: ImportedTask[] = [];
  const placed = new Set<ImportedTask>();
  const open = new Set<ImportedTask>();
  const place = (task: ImportedTask): void => {
    if (placed.has(task) || open.has(task)) return;
    open.add(task);
    for (const key of task.after) {
      const before = byKey.get(key);
      if (before) place(before);
    }
    open.delete(task);
    placed.add(task);
    const known = new Set(ordered.map(({ key }) => key));
    ordered.push({ ...task, after: task.after.filter((key) => known.has(key)) });
  };
  tasks.forEach(place);
  return ordered;
}
