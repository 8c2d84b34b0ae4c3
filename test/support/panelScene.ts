import { createHash } from 'node:crypto';
import { PNG } from 'pngjs';
import type { Baseline, Comparison, Region } from '../../src/server/domain/comparison';
import { evidenceLabel, type Evidence, type Metric } from '../../src/server/domain/evidence';
import type { Finding } from '../../src/server/domain/finding';
import type { TaskEvidence } from '../../src/server/domain/query';
import type { Task } from '../../src/server/domain/task';
import { comparePictures } from '../../src/server/proof/comparePictures';
import type { Picture } from '../../src/server/proof/picture';
import { pngOf } from './pictures';
import { agent, RuleBench, TOWER } from './ruleBench';

type Spec = Parameters<RuleBench['create']>[1];

/** How two files differ, with the bytes of the diff picture. */
export type ComparedPair = Pick<Comparison, 'changed' | 'ratio' | 'areas' | 'width' | 'height' | 'sizeChanged'> & {
  diff: Buffer | undefined;
};

/** A task with proof, by the real rules: what a panel asks for is answered from here. */
export class PanelScene {
  readonly bench = new RuleBench();
  readonly task: Task;
  readonly files = new Map<string, Buffer>();
  readonly comparisons = new Map<string, Comparison>();
  readonly findings = new Map<string, Finding[]>();
  readonly baselines: Record<string, Baseline> = {};
  /** What the last completed run said; nothing = it is the first. */
  accepted: Metric[] = [];
  acceptedFindings: Finding[] = [];
  trend: TaskEvidence['trend'] = {};
  private readonly agentId: string;
  private pieces = 0;

  constructor(
    title: string,
    spec: Spec = {},
    /** Comparisons made before, for scenes of the same pictures. */
    private readonly known = new Map<string, ComparedPair>(),
  ) {
    // An hour ago, and still today.
    this.bench.now = Math.max(Date.now() - 3_600_000, new Date().setHours(0, 0, 0, 0));
    this.agentId = this.bench.join('Browser', { capacity: 9 });
    for (let n = 1; n < 12; n++) this.bench.create(`Task ${n}`);
    this.task = this.bench.create(title, spec);
  }

  /** Starts the next attempt. */
  start(): number {
    this.bench.now += 60_000;
    return this.bench.run(this.task, this.agentId);
  }

  /** The attempt is reported done. */
  finish(attempt: number): void {
    this.bench.now += 60_000;
    this.bench.do({ type: 'ReportResult', taskId: this.task.id, attempt, result: 'Done.' }, agent(this.agentId));
  }

  keep(bytes: Buffer): string {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    this.files.set(sha256, bytes);
    return sha256;
  }

  /** Hands in a picture, compared with `baseline` (null = there is none). @returns its evidence id */
  picture(attempt: number, name: string, png: Buffer, baseline: Buffer | null, ignore: Region[] = []): string {
    const id = this.hand(attempt, {
      kind: 'screenshot',
      name,
      viewport: { width: 1280, height: 800 },
      sha256: this.keep(png),
      mime: 'image/png',
    });
    const comparison = this.compare(png, baseline, ignore);
    this.record(attempt, id, comparison);
    const label = `${name}@1280x800`;
    if (baseline) this.baselines[label] ??= baselineOf(label, this.keep(baseline));
    return id;
  }

  /** Hands in a picture whose comparison is given. */
  comparedPicture(attempt: number, name: string, sha256: string, comparison: Comparison): string {
    const id = this.hand(attempt, { kind: 'screenshot', name, viewport: { width: 1280, height: 800 }, sha256, mime: 'image/png' });
    this.record(attempt, id, comparison);
    return id;
  }

  hand(attempt: number, piece: Partial<Evidence> & Pick<Evidence, 'kind' | 'name'>): string {
    const id = `piece-${++this.pieces}`;
    const evidence = { bytes: 48_211, mime: 'application/json', sha256: '0'.repeat(64), addedAt: this.bench.now, ...piece, id };
    this.bench.do({ type: 'AddEvidence', taskId: this.task.id, attempt, evidence }, agent(this.agentId));
    return id;
  }

  /** Answers the query `Evidence`. */
  proof(): TaskEvidence {
    const task = this.bench.task(this.task.id);
    const pieces = task.attempts.flatMap(({ n, evidence }) =>
      evidence.map((piece) => {
        const [comparison, shown] = [this.comparisons.get(piece.id), this.findings.get(piece.id)];
        return {
          attempt: n,
          evidence: piece,
          ...(comparison ? { comparison } : {}),
          ...(shown ? { findings: { shown, total: shown.length } } : {}),
        };
      }),
    );
    const labels = new Set(pieces.map(({ evidence }) => evidenceLabel(evidence)));
    const baselines = Object.fromEntries(Object.entries(this.baselines).filter(([label]) => labels.has(label) || label.startsWith('gone')));
    return {
      task,
      pieces,
      baselines,
      ...(this.accepted.length > 0 ? { accepted: { metrics: this.accepted, findings: this.acceptedFindings, isWhole: true } } : {}),
      trend: this.trend,
    };
  }

  private record(attempt: number, evidenceId: string, comparison: Comparison): void {
    this.comparisons.set(evidenceId, comparison);
    this.bench.do({ type: 'RecordComparison', taskId: this.task.id, attempt, evidenceId, comparison }, TOWER);
  }

  private compare(png: Buffer, baseline: Buffer | null, ignore: Region[]): Comparison {
    // The size stands in the header: https://www.w3.org/TR/png-3/#11IHDR
    const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
    const none = { changed: 0, ratio: 0, areas: [], width, height, ignore };
    if (!baseline) return { ...none, state: 'new' };
    const key = JSON.stringify([this.keep(png), this.keep(baseline), ignore]);
    const { diff, ...result } = this.known.get(key) ?? compareFiles(baseline, png, ignore);
    this.known.set(key, { diff, ...result });
    const state = diff ? 'changed' : 'equal';
    return { ...none, ...result, state, baseline: this.keep(baseline), ...(diff ? { diff: this.keep(diff) } : {}) };
  }
}

export function baselineOf(label: string, sha256: string): Baseline {
  return {
    label,
    sha256,
    acceptedBy: 'you',
    acceptedAt: '2026-11-03T10:00:00.000Z',
    task: '#7 Audit the login page',
    attempt: 1,
    file: `${label}.png`,
  };
}

function compareFiles(baseline: Buffer, png: Buffer, ignore: Region[]): ComparedPair {
  const { equal: _, total: __, diff, ...result } = comparePictures(decode(baseline), decode(png), { ignore });
  return { ...result, diff: diff && pngOf(diff) };
}

function decode(png: Buffer): Picture {
  const { width, height, data } = PNG.sync.read(png);
  return { width, height, data: new Uint8ClampedArray(data) };
}
