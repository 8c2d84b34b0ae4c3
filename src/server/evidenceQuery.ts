import { readFile } from 'node:fs/promises';
import type { Board } from './domain/board';
import type { Baseline, Comparison } from './domain/comparison';
import { evidenceLabel, type Evidence, type Metric } from './domain/evidence';
import { Finding } from './domain/finding';
import type { Baselines, EvidenceStore, StoredEvent } from './domain/ports';
import type { EvidenceDetails, TaskEvidence } from './domain/query';
import type { Task } from './domain/task';
import { z } from 'zod';

/** How many runs a trend goes back, and how many findings of a report are shown. */
const RUNS = 10;
const FINDINGS = 500;

export interface EvidenceQueryParts {
  evidence: Pick<EvidenceStore, 'path'>;
  baselines: (task: Task) => Baselines | undefined;
}

/** All the proof of a task: what its attempts handed in, with what is too long for the board. */
export async function taskEvidence(
  { evidence, baselines }: EvidenceQueryParts,
  board: Board,
  task: Task,
  events: readonly StoredEvent[],
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
  const runs = earlierRuns(board, task);
  return {
    task,
    pieces,
    baselines: Object.fromEntries(found.filter((pair): pair is [string, Baseline] => pair[1] !== undefined)),
    accepted: runs.length > 0 ? [...lastMetrics(runs.at(-1)).values()] : [],
    trend: trendOf([...runs, task.attempts.flatMap((attempt) => attempt.evidence)].slice(-RUNS)),
  };
}

async function readFindings(evidence: Pick<EvidenceStore, 'path'>, piece: Evidence): Promise<EvidenceDetails['findings']> {
  const path = piece.findings && evidence.path(piece.findings.sha256);
  if (path === undefined) return undefined;
  const list = z.array(Finding).parse(JSON.parse(await readFile(path, 'utf8')));
  return { shown: list.slice(0, FINDINGS), total: piece.findings?.total ?? list.length };
}

/** What runs of the same kind handed in that were completed before this task, oldest first, as far as the board goes back. */
function earlierRuns(board: Board, task: Task): Evidence[][] {
  return [...board.byStatus.completed]
    .flatMap((id) => board.tasks.get(id) ?? [])
    .filter((other) => other.id !== task.id && other.kind === task.kind && other.number < task.number)
    .map((other) => other.attempts.at(-1)?.evidence ?? [])
    .filter((evidence) => evidence.some(({ metrics }) => metrics && metrics.length > 0));
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
