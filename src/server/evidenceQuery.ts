import { readFile } from 'node:fs/promises';
import type { Baseline, Comparison } from './domain/comparison';
import { evidenceLabel, type Evidence, type Metric } from './domain/evidence';
import { Finding } from './domain/finding';
import type { Baselines, EvidenceStore, StoredEvent } from './domain/ports';
import type { EvidenceDetails, TaskEvidence } from './domain/query';
import type { Task } from './domain/task';
import * as z from 'zod';

/** How many runs a trend goes back, and how many findings of a report are shown. */
export const RUNS = 10;
const FINDINGS = 500;

export interface EvidenceQueryParts {
  evidence: Pick<EvidenceStore, 'path'>;
  baselines: (task: Task) => Baselines | undefined;
}

/** All the proof of a task: what its attempts handed in, with what is too long for the board. */
export async function taskEvidence(
  { evidence, baselines }: EvidenceQueryParts,
  task: Task,
  events: readonly StoredEvent[],
  /** Completed tasks of the same kind, oldest first. */
  earlier: readonly Task[],
): Promise<TaskEvidence> {
  const comparisons = new Map<string, Comparison>();
  for (const { event } of events) if (event.type === 'EvidenceCompared') comparisons.set(event.evidenceId, event.comparison);
  const all = task.attempts.flatMap(({ n, evidence: pieces }) => pieces.map((piece) => ({ attempt: n, piece })));
  const pieces = await Promise.all(
    all.map(async ({ attempt, piece }): Promise<EvidenceDetails> => {
      const comparison = comparisons.get(piece.id);
      const findings = await readFindings(evidence, piece);
      return { attempt, evidence: piece, ...(comparison ? { comparison } : {}), ...(findings ? { findings } : {}) };
    }),
  );
  const labels = new Set(all.flatMap(({ piece }) => (piece.kind === 'screenshot' ? [evidenceLabel(piece)] : [])));
  const kept = baselines(task);
  const found = await Promise.all([...labels].map(async (label) => [label, (await kept?.find(label))?.entry] as const));
  const runs = earlier.map(({ attempts }) => attempts.at(-1)?.evidence ?? []);
  const accepted = runs.at(-1);
  return {
    task,
    pieces,
    baselines: Object.fromEntries(found.filter((pair): pair is [string, Baseline] => pair[1] !== undefined)),
    ...(accepted ? { accepted: await acceptedRun(evidence, accepted) } : {}),
    trend: trendOf([...runs, task.attempts.flatMap((attempt) => attempt.evidence)].slice(-RUNS)),
  };
}

async function readFindings(evidence: Pick<EvidenceStore, 'path'>, piece: Evidence): Promise<EvidenceDetails['findings']> {
  const path = piece.findings && evidence.path(piece.findings.sha256);
  if (path === undefined) return undefined;
  const list = z.array(Finding).parse(JSON.parse(await readFile(path, 'utf8')));
  return { shown: list.slice(0, FINDINGS), total: piece.findings?.total ?? list.length };
}

async function acceptedRun(store: Pick<EvidenceStore, 'path'>, pieces: readonly Evidence[]): Promise<TaskEvidence['accepted']> {
  const lists = await Promise.all(pieces.map(async (piece) => ({ piece, read: await readFindings(store, piece) })));
  const isWhole = lists.every(({ piece, read }) => piece.findings === undefined || read?.shown.length === read?.total);
  return { metrics: [...lastMetrics(pieces).values()], findings: lists.flatMap(({ read }) => read?.shown ?? []), isWhole };
}

function trendOf(runs: readonly Evidence[][]): Record<string, number[]> {
  const trend: Record<string, number[]> = {};
  for (const run of runs) for (const [key, { value }] of lastMetrics(run)) (trend[key] ??= []).push(value);
  return trend;
}

/** The last value of each metric, by `category.name`. */
function lastMetrics(evidence: readonly Evidence[] = []): Map<string, Metric> {
  return new Map(evidence.flatMap(({ metrics = [] }) => metrics.map((metric) => [`${metric.category}.${metric.name}`, metric] as const)));
}
