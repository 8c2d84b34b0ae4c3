import * as l10n from '@vscode/l10n';
import { count, day, logClock } from '../../server/domain/format';
import { Blocks, jsonIn, type Block } from './blocks';
import type { Line } from './line';
import { foldKey, type LineRow, type Row, type RuleRow } from './row';

/** What rows are made of. */
export interface RowScene {
  lines: readonly Line[];
  /** There are older lines than these. */
  hasOlder: boolean;
  /** Keys of folds that are open. */
  open: Set<string>;
  /** Nothing that is in sight may fold by itself. */
  isPaused: boolean;
  /** Lines stand for themselves: others between them may be missing. */
  isSparse: boolean;
  /** When an attempt began, ms, and how its task is called: `#15`. */
  attempt: (taskId: string, attempt: number) => { number: string; startedAt: number | undefined };
  agentName: (agentId: string) => string;
  /** Lines a second that a page takes. */
  perSecond: number;
  now: number;
}

/** Makes rows of lines; a row that stays the same is the same object. */
export class Rows {
  private readonly blocks = new Blocks();
  private readonly plain = new WeakMap<Line, LineRow>();
  /** Lines that begin a block, and stood there as lines before it was closed. */
  private readonly stood = new WeakSet<Line>();
  private readonly made = new WeakMap<Line, Map<string, Row>>();

  of(scene: RowScene): Row[] {
    const blocks = scene.isSparse ? new Map<Line, Block>() : this.blocks.in(scene.lines);
    const rows: Row[] = [];
    const attempts = new Map<string, number>();
    let [from, to] = dayAround(scene.now);
    for (const line of scene.lines) {
      if (line.at < from || line.at >= to) {
        [from, to] = dayAround(line.at);
        rows.push(this.rule(line, 'day', () => day(line.at), String(from)));
      }
      if (line.dropped) this.pushDropped(rows, line, scene);
      if (line.attempt > 1 || attempts.has(line.taskId)) this.pushAttempt(rows, line, attempts.get(line.taskId), scene);
      attempts.set(line.taskId, line.attempt);
      const block = blocks.get(line);
      if (block) this.pushOfBlock(rows, line, block, scene);
      else {
        if (line.edge !== undefined) this.stood.add(line);
        this.pushLine(rows, line, scene.open);
      }
    }
    return rows;
  }

  private pushDropped(rows: Row[], line: Line, { agentName, perSecond }: RowScene): void {
    for (const { agentId, lines } of line.dropped ?? []) {
      const text = (): string =>
        l10n.t('{0} lines dropped: {1} sent more than {2} a second', count(lines), agentName(agentId), count(perSecond));
      rows.push(this.rule(line, 'dropped', text, agentId));
    }
  }

  private pushAttempt(rows: Row[], line: Line, before: number | undefined, { attempt, hasOlder, lines }: RowScene): void {
    if (line.attempt === before) return;
    const { number, startedAt } = attempt(line.taskId, line.attempt);
    // Without a line of the attempt before, this one may have begun on an older page.
    if (before === undefined && hasOlder && (startedAt ?? 0) < (lines[0]?.at ?? 0)) return;
    const text = (): string => l10n.t('{0} attempt {1} started {2}', number, line.attempt, logClock(startedAt ?? line.at).slice(0, 8));
    rows.push(this.rule(line, 'attempt', text, String(line.attempt)));
  }

  private pushLine(rows: Row[], line: Line, open: ReadonlySet<string>): void {
    rows.push(this.line(line, undefined));
    if (open.size > 0 && open.has(foldKey(line, 'json'))) {
      const found = jsonIn(line);
      if (found) this.pushParts(rows, line, JSON.stringify(found.value, null, 2).split('\n'), 'json');
    }
    if (line.breaks === 0) return;
    const key = foldKey(line, 'more');
    const isOpen = open.has(key);
    rows.push(this.keep(line, `${key}/${isOpen}`, () => ({ kind: 'more', key, line, isOpen })));
    if (isOpen) this.pushParts(rows, line, line.text.split('\n').slice(1), undefined);
  }

  private pushOfBlock(rows: Row[], line: Line, block: Block, { open, isPaused }: RowScene): void {
    const key = foldKey(block.first, 'block');
    if (line === block.first && this.stood.delete(line) && isPaused) open.add(key);
    const isOpen = open.has(key);
    // The number of lines is in the key, as a page of older ones may make another block of them.
    if (line === block.first)
      rows.push(this.keep(line, `${key}/${isOpen}/${block.lines.length}`, () => ({ kind: 'block', key, line, block, isOpen })));
    else if (isOpen) rows.push(this.line(line, block.language));
  }

  private pushParts(rows: Row[], line: Line, parts: readonly string[], language: string | undefined): void {
    parts.forEach((text, index) => {
      const key = `${line.key}/${index + 1}`;
      rows.push(this.keep(line, `part/${language}/${index}`, () => ({ kind: 'part', key, line, text, language })));
    });
  }

  private line(line: Line, language: string | undefined): Row {
    if (language !== undefined) return this.keep(line, `line/${language}`, () => ({ kind: 'line', key: line.key, line, language }));
    // Nearly all rows are of this kind, and all are looked at in every frame.
    const row = this.plain.get(line) ?? { kind: 'line', key: line.key, line, language };
    this.plain.set(line, row);
    return row;
  }

  private rule(line: Line, tone: RuleRow['tone'], text: () => string, what: string): Row {
    const key = `${line.key}/${tone}/${what}`;
    return this.keep(line, key, () => ({ kind: 'rule', key, text: text(), tone, line }));
  }

  private keep(line: Line, name: string, make: () => Row): Row {
    const known = this.made.get(line) ?? new Map<string, Row>();
    const row = known.get(name) ?? make();
    known.set(name, row);
    this.made.set(line, known);
    return row;
  }
}

function dayAround(at: number): [number, number] {
  const from = new Date(at);
  from.setHours(0, 0, 0, 0);
  const to = new Date(from);
  to.setDate(to.getDate() + 1);
  return [from.getTime(), to.getTime()];
}
