import type { TreeInUse } from './treesInUse';

/** A file that was changed in more than one tree, with the numbers of their tasks. */
export interface Conflict {
  file: string;
  numbers: number[];
}

/** The files changed in more than one running tree, by name. */
export function conflicts(trees: readonly Pick<TreeInUse, 'number' | 'files'>[]): Conflict[] {
  const byFile = new Map<string, Set<number>>();
  for (const { number, files } of trees) {
    for (const file of files) byFile.set(file, (byFile.get(file) ?? new Set()).add(number));
  }
  return [...byFile]
    .filter(([, numbers]) => numbers.size > 1)
    .map(([file, numbers]) => ({ file, numbers: [...numbers].toSorted((a, b) => a - b) }))
    .toSorted((a, b) => (a.file < b.file ? -1 : 1));
}

/** What the task `number` is to hear of the conflicts; each is said once. */
export class ConflictWarnings {
  private readonly said = new Set<string>();

  constructor(
    private readonly number: number,
    private readonly max = 20,
  ) {}

  of(found: readonly Conflict[]): string[] {
    const lines: string[] = [];
    for (const { file, numbers } of found) {
      if (!numbers.includes(this.number)) continue;
      for (const other of numbers) {
        const line = `#${other} also changed ${file}`;
        if (other === this.number || this.said.has(line) || this.said.size > this.max) continue;
        this.said.add(line);
        lines.push(this.said.size > this.max ? 'More files are changed by several tasks at once.' : line);
      }
    }
    return lines;
  }
}
