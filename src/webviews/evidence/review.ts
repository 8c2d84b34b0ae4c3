import * as l10n from '@vscode/l10n';
import type { CommandInput } from '../../server/domain/command';
import { evidenceLabel } from '../../server/domain/evidence';
import { counted } from '../../server/domain/format';
import { isFinal, type Task } from '../../server/domain/task';
import type { Picture } from './picture';

/** How far a person has got with the pictures of an attempt. */
export interface Review {
  /** Pictures that want a verdict, whether they have one or not. */
  total: number;
  accepted: number;
  rejected: number;
  /** Without a verdict, in the order they are shown. */
  open: Picture[];
}

/** True for a picture that a person decides about. */
export function wantsVerdict({ group, evidence }: Picture): boolean {
  return evidence !== undefined && (group === 'changed' || group === 'new' || group === 'failed');
}

export function reviewOf(pictures: readonly Picture[]): Review {
  const asked = pictures.filter(wantsVerdict);
  const count = (verdict: string): number => asked.filter(({ evidence }) => evidence?.verdict === verdict).length;
  const open = asked.filter(({ evidence }) => evidence?.verdict === 'unreviewed');
  return { total: asked.length, accepted: count('accepted'), rejected: count('rejected'), open };
}

/** `All 6 reviewed: 5 accepted, 1 rejected.`, once nothing is open; undefined before, and when there was nothing to review. */
export function reviewText({ total, accepted, rejected, open }: Review): string | undefined {
  if (total === 0 || open.length > 0) return undefined;
  const parts = [accepted > 0 ? l10n.t('{0} accepted', accepted) : '', rejected > 0 ? l10n.t('{0} rejected', rejected) : ''].filter(
    Boolean,
  );
  return total === 1 ? l10n.t('Reviewed: {0}.', parts.join(', ')) : l10n.t('All {0} reviewed: {1}.', total, parts.join(', '));
}

/** The next picture without a verdict after the one named, from the start again at the end. */
export function nextOpen(pictures: readonly Picture[], key: string): Picture | undefined {
  const at = pictures.findIndex((picture) => picture.key === key);
  const { open } = reviewOf([...pictures.slice(at + 1), ...pictures.slice(0, Math.max(0, at))]);
  return open[0];
}

/** What Accept All takes: changed and new pictures without a verdict. */
export function acceptAll(pictures: readonly Picture[]): { changed: number; fresh: number; evidenceIds: string[] } {
  const { open } = reviewOf(pictures);
  const of = (group: Picture['group']): string[] => open.filter((picture) => picture.group === group).map(({ key }) => key);
  const [changed, fresh] = [of('changed'), of('new')];
  return { changed: changed.length, fresh: fresh.length, evidenceIds: [...changed, ...fresh] };
}

/** The question before Accept All. */
export function acceptAllText({ changed, fresh }: { changed: number; fresh: number }): string {
  const what =
    changed > 0 && fresh > 0
      ? l10n.t('{0} changed and {1} new', changed, fresh)
      : changed > 0
        ? l10n.t('{0} changed', changed)
        : l10n.t('{0} new', fresh);
  return changed + fresh === 1
    ? l10n.t('Accept {0} picture as baseline? It is written to .tasktower/baselines.', what)
    : l10n.t('Accept {0} pictures as baselines? They are written to .tasktower/baselines.', what);
}

/** What the next attempt is told of the rejected pictures; undefined when the task cannot be tried again now. */
export function retryCommand(task: Task, pictures: readonly Picture[]): CommandInput | undefined {
  const rejected = pictures.flatMap(({ evidence }) => (evidence?.verdict === 'rejected' ? [evidence] : []));
  if (rejected.length === 0 || !isFinal(task.status)) return undefined;
  const note = rejected.map((piece) => `${evidenceLabel(piece)}: ${piece.note ?? 'rejected without a note'}`).join('\n');
  return { type: 'RetryTask', taskId: task.id, note };
}

/** `Accept All 3...`, naming what it takes. */
export function acceptAllLabel(count: number): string {
  return count === 0 ? l10n.t('Accept All...') : l10n.t('Accept All {0}...', count);
}

/** `2 pictures are not reviewed yet.` */
export function openText({ open }: Review): string {
  return counted(open.length, l10n.t('{0} picture is not reviewed yet.'), l10n.t('{0} pictures are not reviewed yet.'));
}
