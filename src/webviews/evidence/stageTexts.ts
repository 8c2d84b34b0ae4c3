import * as l10n from '@vscode/l10n';
import { clock, counted, day as dayOf } from '../../server/domain/format';
import { percentText } from '../../server/domain/requirement';
import type { Against, Picture, Side } from './picture';
import type { Size } from './view';
import { actorName } from '../../server/domain/words';

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
      text: l10n.t('First picture of this name. Nothing to compare with.'),
      ...(canSetBaseline ? { action: 'accept' as const } : {}),
    });
  else if (group === 'unchanged') notices.push({ icon: 'pass', text: l10n.t('Nothing new: identical to the baseline.') });
  else if (group === 'failed') notices.push({ icon: 'error', text: unreadableText(comparison?.message), action: 'file' });
  else if (group === 'waiting') notices.push({ icon: 'info', text: l10n.t('Being compared with its baseline. The result appears here.') });
  else if (!right)
    notices.push({ icon: 'info', text: l10n.t('Attempt {0} handed in no picture of this name. The baseline stays as it is.', attempt) });
  if (comparison?.sizeChanged && against === 'baseline') {
    const { from, to } = comparison.sizeChanged;
    notices.push({
      icon: 'warning',
      text: l10n.t('Size changed {0} to {1}. Compared on the larger canvas.', sizeText(from), sizeText(to)),
    });
  }
  if (reused) notices.push({ icon: 'warning', text: l10n.t('The same file was handed in before, so it shows nothing new.') });
  return notices;
}

function betweenAttempts(group: Picture['group'], attempt: number, against: number): Notice[] {
  if (group === 'new') return [{ icon: 'info', text: l10n.t('Attempt {0} handed in no picture of this name.', against) }];
  if (group === 'removed') return [{ icon: 'info', text: l10n.t('Attempt {0} handed in no picture of this name.', attempt) }];
  if (group === 'unchanged') return [{ icon: 'pass', text: l10n.t('Nothing new: identical to attempt {0}.', against) }];
  return [{ icon: 'info', text: l10n.t('Diff is made against the baseline.'), action: 'baseline' }];
}

function unreadableText(message = l10n.t('no reason was given')): string {
  // What the comparison says is a whole sentence already, and names which of the two it is.
  return /^[A-Z].*\.$/.test(message) ? message : l10n.t('This picture cannot be read: {0}.', message);
}

/** `2.3% changed · 4 areas`, or what else there is to say in a few words. */
export function stateText({ group, comparison }: Picture, against: Against): string {
  if (against !== 'baseline' && group === 'changed') return l10n.t('different files');
  if (!comparison || group !== 'changed') return STATE[group];
  const areas = comparison.areas.length;
  return `${l10n.t('{0} changed', percentText(comparison.ratio * 100))} · ${counted(areas, l10n.t('{0} area'), l10n.t('{0} areas'))}`;
}

const STATE: Readonly<Record<Picture['group'], string>> = {
  changed: l10n.t('changed'),
  new: l10n.t('new'),
  removed: l10n.t('removed'),
  failed: l10n.t('not compared'),
  waiting: l10n.t('being compared'),
  unchanged: l10n.t('unchanged'),
};

/** The words under a thumbnail: the percent where there is one. */
export function captionText({ group, comparison }: Picture): string {
  return comparison && group === 'changed' ? percentText(comparison.ratio * 100) : STATE[group];
}

/** The stage for who cannot see it: `login@1280x800, changed 2.3 percent in 4 areas, largest at x 412, y 180, 320 by 96 pixels.` */
export function stageText({ label, group, comparison }: Picture, against: Against): string {
  if (against !== 'baseline') return l10n.t('{0}, attempt {1} as the left side: {2}.', label, against, STATE[group]);
  if (!comparison || group !== 'changed') return `${label}, ${STATE[group]}.`;
  const { areas, ratio } = comparison;
  const largest = areas.reduce(
    (a, b) => (b.width * b.height > a.width * a.height ? b : a),
    areas[0] ?? { x: 0, y: 0, width: 0, height: 0 },
  );
  const percent = percentText(ratio * 100);
  const number = percent.replace(/[<%]/g, '');
  const share = percent.startsWith('<') ? l10n.t('less than {0} percent', number) : l10n.t('{0} percent', number);
  const place = { label, share, areas: areas.length, ...largest };
  return areas.length === 1
    ? l10n.t('{label}, changed {share} in 1 area, at x {x}, y {y}, {width} by {height} pixels.', place)
    : l10n.t('{label}, changed {share} in {areas} areas, largest at x {x}, y {y}, {width} by {height} pixels.', place);
}

/** Where a picture comes from: `Baseline, accepted 3 Nov by you`, `Attempt 2, today 13:52`. */
export function sideText(side: Side, now: number): string {
  if (side.source === 'attempt') return l10n.t('Attempt {0}, {1}', side.attempt, moment(side.addedAt, now));
  if (!side.baseline) return l10n.t('Baseline at that time');
  const at = Date.parse(side.baseline.acceptedAt);
  const who = actorName({ name: side.baseline.acceptedBy });
  return Number.isNaN(at) ? l10n.t('Baseline, accepted by {0}', who) : l10n.t('Baseline, accepted {0} by {1}', day(at, now), who);
}

/** `today 13:52`, `3 Nov 13:52`. */
export function moment(at: number, now: number): string {
  const text = clock(at, now);
  return isSameDay(at, now) ? l10n.t('today {0}', text) : text;
}

function day(at: number, now: number): string {
  return isSameDay(at, now) ? l10n.t('today') : dayOf(at);
}

function isSameDay(a: number, b: number): boolean {
  return new Date(a).toDateString() === new Date(b).toDateString();
}

/** `1280x800`. */
export function sizeText({ width, height }: Size): string {
  return `${width}x${height}`;
}
