import * as l10n from '@vscode/l10n';
import { evidenceLabel, type Evidence } from '../evidence';
import { attemptCost } from '../cost';
import { bytes, coarse, costText, duration } from '../format';
import { percentText } from '../requirement';
import type { Attempt, Task } from '../task';
import { attemptCostFact } from './costFact';
import { agentName, join, oneLine, runningMs, type Row, type Scene } from './row';
import { word } from '../words';

/** One run of a task, under it. */
export function attemptRow({ board, now }: Scene, task: Task, attempt: Attempt): Row {
  const icons = {
    completed: ['pass', 'charts.green'],
    failed: ['error', 'charts.red'],
    cancelled: ['circle-slash', 'disabledForeground'],
    declined: ['circle-slash', 'disabledForeground'],
  } as const;
  const [icon, color] = attempt.outcome ? icons[attempt.outcome] : (['loading~spin', 'charts.blue'] as const);
  const worked = runningMs(attempt, now);
  const money = attemptCost(attempt);
  const isKnown = money !== undefined && money.basis !== 'unknown';
  const description = join(
    agentName(board, attempt.agentId),
    attempt.endedAt === undefined ? coarse(worked) : duration(worked),
    isKnown ? costText(money) : '',
    oneLine(attempt.error?.message, 60),
    isKnown ? '' : attemptCostFact(attempt),
  );
  const label = l10n.t('Attempt {0}', attempt.n);
  return {
    id: `attempt/${task.id}/${attempt.n}`,
    label,
    description,
    icon,
    color,
    contextValue: 'attempt',
    spoken: `${label}, ${word(attempt.outcome ?? 'running')}, ${description}`,
  };
}

/** A piece of evidence, under its task. */
export function evidenceRow(task: Task, attempt: Attempt, piece: Evidence): Row {
  const icons = {
    screenshot: 'file-media',
    image: 'file-media',
    metrics: 'graph-line',
    report: 'report',
    patch: 'diff-multiple',
    file: 'file',
    text: 'file',
  } as const;
  const label = evidenceLabel(piece);
  const description = join(pictureFact(piece) ?? metricsFact(piece) ?? word(piece.kind), bytes(piece.bytes));
  const picture = piece.kind === 'screenshot' || piece.kind === 'image';
  const colors = { unreviewed: undefined, accepted: 'charts.green', rejected: 'charts.red' } as const;
  const color = colors[piece.verdict];
  return {
    id: `evidence/${task.id}/${attempt.n}/${piece.id}`,
    label,
    description,
    icon: icons[piece.kind],
    ...(color ? { color } : {}),
    contextValue: picture ? `evidence.picture;${piece.kind === 'screenshot' ? piece.verdict : 'image'}` : `evidence.${piece.kind}`,
    spoken: l10n.t('Evidence {0}, {1}', label, description),
  };
}

/** How a screenshot stands to its baseline, and what a person said of it. */
export function pictureFact({ kind, comparison, verdict }: Evidence): string | undefined {
  if (kind !== 'screenshot') return undefined;
  const judged = verdict === 'unreviewed' ? '' : word(verdict);
  switch (comparison?.state) {
    case undefined:
      return l10n.t('comparing');
    case 'new':
      return join(l10n.t('new'), judged);
    case 'equal':
      return join(l10n.t('unchanged'), judged);
    case 'changed':
      return join(l10n.t('{0} changed', percentText(comparison.ratio * 100)), judged);
    case 'unreadable':
      return l10n.t('cannot be compared');
  }
}

/** A score says most, else how many numbers there are. */
function metricsFact({ metrics }: Evidence): string | undefined {
  if (!metrics || metrics.length === 0) return undefined;
  const score = metrics.find(({ name }) => name === 'score' || name.startsWith('score.'));
  if (score) return l10n.t('score {0}', Math.round(score.value));
  return metrics
    .slice(0, 2)
    .map(({ name, value, unit = '' }) => `${name} ${Number(value.toPrecision(3))}${unit ? ` ${unit}` : ''}`)
    .join(', ');
}
