import { clock } from '../../server/domain/format';
import { percentText } from '../../server/domain/requirement';
import type { Against, Picture, Side } from './picture';
import type { Size } from './view';

/** A sentence above the stage, and what can be done about it. */
export interface Notice {
  icon: 'pass' | 'info' | 'warning' | 'error';
  text: string;
  action?: 'accept' | 'file' | 'baseline';
}

/** Everything that has to be said about a picture, plainly. */
export function noticesOf(
  { group, evidence, comparison, right }: Picture,
  attempt: number,
  against: Against,
  canSetBaseline: boolean,
): Notice[] {
  const notices: Notice[] = [];
  const reused = evidence?.reused === true && !comparison?.sameBytes;
  if (against !== 'baseline') notices.push(...betweenAttempts(group, attempt, against));
  else if (group === 'new')
    notices.push({
      icon: 'info',
      text: 'First picture of this name. Nothing to compare with.',
      ...(canSetBaseline ? { action: 'accept' as const } : {}),
    });
  else if (group === 'unchanged') notices.push({ icon: 'pass', text: 'Nothing new: identical to the baseline.' });
  else if (group === 'failed') notices.push({ icon: 'error', text: unreadableText(comparison?.message), action: 'file' });
  else if (group === 'waiting') notices.push({ icon: 'info', text: 'Being compared with its baseline. The result appears here.' });
  else if (!right)
    notices.push({ icon: 'info', text: `Attempt ${attempt} handed in no picture of this name. The baseline stays as it is.` });
  if (comparison?.sizeChanged && against === 'baseline') {
    const { from, to } = comparison.sizeChanged;
    notices.push({ icon: 'warning', text: `Size changed ${sizeText(from)} to ${sizeText(to)}. Compared on the larger canvas.` });
  }
  if (reused) notices.push({ icon: 'warning', text: 'The same file was handed in before, so it shows nothing new.' });
  return notices;
}

function betweenAttempts(group: Picture['group'], attempt: number, against: number): Notice[] {
  if (group === 'new') return [{ icon: 'info', text: `Attempt ${against} handed in no picture of this name.` }];
  if (group === 'removed') return [{ icon: 'info', text: `Attempt ${attempt} handed in no picture of this name.` }];
  if (group === 'unchanged') return [{ icon: 'pass', text: `Nothing new: identical to attempt ${against}.` }];
  return [{ icon: 'info', text: 'Diff is made against the baseline.', action: 'baseline' }];
}

function unreadableText(message = 'no reason was given'): string {
  // What the comparison says is a whole sentence already, and names which of the two it is.
  return /^[A-Z].*\.$/.test(message) ? message : `This picture cannot be read: ${message}.`;
}

/** `2.3% changed · 4 areas`, or what else there is to say in a few words. */
export function stateText({ group, comparison }: Picture, against: Against): string {
  if (against !== 'baseline' && group === 'changed') return 'different files';
  if (!comparison || group !== 'changed') return STATE[group];
  const areas = comparison.areas.length;
  return `${percentText(comparison.ratio * 100)} changed · ${areas} ${areas === 1 ? 'area' : 'areas'}`;
}

const STATE: Readonly<Record<Picture['group'], string>> = {
  changed: 'changed',
  new: 'new',
  removed: 'removed',
  failed: 'not compared',
  waiting: 'being compared',
  unchanged: 'unchanged',
};

/** The words under a thumbnail: the percent where there is one. */
export function captionText({ group, comparison }: Picture): string {
  return comparison && group === 'changed' ? percentText(comparison.ratio * 100) : STATE[group];
}

/** The stage for who cannot see it: `login@1280x800, changed 2.3 percent in 4 areas, largest at x 412, y 180, 320 by 96 pixels.` */
export function stageText({ label, group, comparison }: Picture, against: Against): string {
  if (against !== 'baseline') return `${label}, attempt ${against} as the left side: ${STATE[group]}.`;
  if (!comparison || group !== 'changed') return `${label}, ${STATE[group]}.`;
  const { areas, ratio } = comparison;
  const largest = areas.reduce(
    (a, b) => (b.width * b.height > a.width * a.height ? b : a),
    areas[0] ?? { x: 0, y: 0, width: 0, height: 0 },
  );
  const where = areas.length === 1 ? 'in 1 area,' : `in ${areas.length} areas, largest`;
  const share = percentText(ratio * 100)
    .replace('%', ' percent')
    .replace('<', 'less than ');
  return `${label}, changed ${share} ${where} at x ${largest.x}, y ${largest.y}, ${largest.width} by ${largest.height} pixels.`;
}

/** Where a picture comes from: `Baseline, accepted 3 Nov by you`, `Attempt 2, today 13:52`. */
export function sideText(side: Side, now: number): string {
  if (side.source === 'attempt') return `Attempt ${side.attempt}, ${moment(side.addedAt, now)}`;
  if (!side.baseline) return 'Baseline at that time';
  const at = Date.parse(side.baseline.acceptedAt);
  return `Baseline, accepted ${Number.isNaN(at) ? '' : `${day(at, now)} `}by ${side.baseline.acceptedBy}`;
}

/** `today 13:52`, `3 Nov 13:52`. */
export function moment(at: number, now: number): string {
  const text = clock(at, now);
  return isSameDay(at, now) ? `today ${text}` : text;
}

function day(at: number, now: number): string {
  return isSameDay(at, now) ? 'today' : new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' }).format(at);
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** `1280x800`. */
export function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}
