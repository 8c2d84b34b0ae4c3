import type { CommandInput } from '../../server/domain/command';
import { evidenceLabel } from '../../server/domain/evidence';
import { plural } from '../../server/domain/format';
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
  const parts = [accepted > 0 ? `${accepted} accepted` : '', rejected > 0 ? `${rejected} rejected` : ''].filter(Boolean);
  return `${total === 1 ? 'Reviewed' : `All ${total} reviewed`}: ${parts.join(', ')}.`;
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
  const parts = [changed > 0 ? `${changed} changed` : '', fresh > 0 ? `${fresh} new` : ''].filter(Boolean).join(' and ');
  const total = changed + fresh;
  return `Accept ${parts} ${total === 1 ? 'picture as baseline? It is' : 'pictures as baselines? They are'} written to .tasktower/baselines.`;
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
  return count === 0 ? 'Accept All...' : `Accept All ${count}...`;
}

/** `2 pictures are not reviewed yet.` */
export function openText({ open }: Review): string {
  return `${plural(open.length, 'picture')} ${open.length === 1 ? 'is' : 'are'} not reviewed yet.`;
}
