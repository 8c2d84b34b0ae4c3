import type { ReadReport } from '../../domain/ports';
import { ReportDraft } from './report';

interface Count {
  found: number;
  hit: number;
}

const PARTS = ['lines', 'functions', 'branches'] as const;
type Part = (typeof PARTS)[number];

/** What of a file's lines, functions or branches was run. What is told twice counts once, and is hit when it was hit once. */
class Hits {
  private readonly seen = new Map<string | number, boolean>();
  private claimed: Count = { found: 0, hit: 0 };

  mark(key: string | number, hit: boolean): void {
    this.seen.set(key, hit || this.seen.get(key) === true);
  }

  /** Takes the sums that a report gives; of several the largest. */
  claim(found: number, hit: number): void {
    this.claimed = { found: Math.max(this.claimed.found, found), hit: Math.max(this.claimed.hit, Math.min(hit, found)) };
  }

  /** What was seen; a claim that more exists is believed, a claim that more was hit only where nothing was seen. */
  get count(): Count {
    if (this.seen.size === 0) return this.claimed;
    let hit = 0;
    for (const isHit of this.seen.values()) if (isHit) hit++;
    return { found: Math.max(this.seen.size, this.claimed.found), hit };
  }
}

export type FileHits = Record<Part, Hits>;

/** Coverage of files, gathered from any format: percentages as metrics, and the files not wholly run as findings, worst first. */
export class Coverage {
  private readonly files = new Map<string, FileHits>();

  file(path: string): FileHits {
    const known = this.files.get(path);
    if (known) return known;
    const made: FileHits = { lines: new Hits(), functions: new Hits(), branches: new Hits() };
    this.files.set(path, made);
    return made;
  }

  /** Percent of all that was found; a part of which nothing was found has no metric. */
  report(format: string, root?: string): ReadReport {
    const draft = new ReportDraft(format, root);
    const lines: { path: string; count: Count }[] = [];
    const totals: Record<Part, Count> = { lines: { found: 0, hit: 0 }, functions: { found: 0, hit: 0 }, branches: { found: 0, hit: 0 } };
    for (const [path, file] of this.files) {
      for (const part of PARTS) {
        const count = file[part].count;
        totals[part].found += count.found;
        totals[part].hit += count.hit;
        if (part === 'lines' && count.hit < count.found) lines.push({ path, count });
      }
    }
    for (const part of PARTS) if (totals[part].found > 0) draft.score('coverage', part, percent(totals[part]), '%');
    lines.sort((a, b) => a.count.hit / a.count.found - b.count.hit / b.count.found || b.count.found - a.count.found);
    for (const { path, count } of lines) {
      const message = `${count.hit} of ${count.found} lines are run by tests.`;
      draft.find('info', () => ({ category: 'coverage', rule: 'lines-not-run', message, file: path }));
    }
    return draft.done();
  }
}

function percent({ found, hit }: Count): number {
  return (100 * hit) / found;
}
