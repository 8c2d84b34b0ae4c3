import * as l10n from '@vscode/l10n';
import { ago, clock, coarse, counted, duration, percent } from '../format';
import { queuePosition } from '../order';
import { isFinal, lastAttempt, openAttempt, type Attempt, type Task } from '../task';
import { shorten } from '../text';
import { waitReason } from '../waiting';
import { costFact } from './costFact';
import { agentName, join, oneLine, runningMs, type Row, type Scene } from './row';
import { actorName, word } from '../words';

const TITLE = 80;

/** A task, with the state fact first, so that a narrow side bar cuts the least important end. */
export function taskRow(scene: Scene, task: Task): Row {
  const { icon, color } = taskIcon(task);
  const description = taskDescription(scene, task);
  const label = `#${task.number} ${shorten(task.title, TITLE)}`;
  return {
    id: `task/${task.id}`,
    label,
    description,
    icon,
    ...(color ? { color } : {}),
    contextValue: contextOf(task),
    spoken: spokenTask(task, label, description),
  };
}

/** What a screen reader says of a task. */
export function spokenTask(task: Task, label: string, description: string): string {
  const priority = task.priority === 'normal' ? [] : [l10n.t('{0} priority', word(task.priority))];
  return [label, word(task.status), description, ...priority].join(', ');
}

function contextOf(task: Task): string {
  const name = { input_required: 'input' }[task.status as string] ?? task.status;
  const evidence = lastAttempt(task)?.evidence.length ? ';evidence' : '';
  return `task.${name}${task.attempts.length > 0 ? ';logs' : ''}${evidence}`;
}

/** The icon of a status, and the theme colour it takes. */
export function taskIcon(task: Task): { icon: string; color?: string } {
  switch (task.status) {
    case 'running':
      return { icon: 'loading~spin', color: 'charts.blue' };
    case 'input_required':
      return { icon: 'question', color: 'list.warningForeground' };
    case 'review':
      return { icon: 'eye', color: 'list.warningForeground' };
    case 'parked':
      return { icon: 'debug-pause', color: 'charts.purple' };
    case 'pending':
      return { icon: 'circle-outline', color: 'disabledForeground' };
    case 'completed':
      // Filled = proved, outlined = the agent said so.
      return { icon: task.requires.length > 0 ? 'pass-filled' : 'pass', color: 'charts.green' };
    case 'failed':
      return task.error?.kind === 'lost_contact'
        ? { icon: 'debug-disconnect', color: 'charts.yellow' }
        : { icon: 'error', color: 'charts.red' };
    case 'cancelled':
      return { icon: 'circle-slash', color: 'disabledForeground' };
  }
}

function taskDescription(scene: Scene, task: Task): string {
  const { board, now } = scene;
  const attempt = lastAttempt(task);
  switch (task.status) {
    case 'running':
      return join(runningFact(scene, task), agentName(board, attempt?.agentId));
    case 'input_required':
      return join(l10n.t('Question: {0}', oneLine(attempt?.question?.text, 60)), coarse(now - (attempt?.askedAt ?? task.since)));
    case 'review':
      return join(l10n.t('Review: {0}', reviewFact(attempt)), coarse(now - task.since));
    case 'parked':
      return join(
        l10n.t('until {0}', clock(task.notBefore ?? now, now)),
        task.parkedFor && word(task.parkedFor),
        agentName(board, attempt?.agentId),
      );
    case 'pending':
      return join(
        task.startNow ? l10n.t('next') : l10n.t('queue {0}', queuePosition(board, task)),
        waitReason(board, scene.live, task, now).text,
      );
    case 'completed':
      return join(attempt ? duration(runningMs(attempt, now)) : '', ago(task.since, now));
    case 'failed':
      return task.error?.kind === 'lost_contact'
        ? join(l10n.t('Lost contact'), ago(task.since, now))
        : join(failure(task), ago(task.since, now));
    case 'cancelled':
      return join(task.endedBy ? l10n.t('Cancelled by {0}', actorName(task.endedBy)) : l10n.t('Cancelled'), ago(task.since, now));
  }
}

function runningFact(scene: Scene, task: Task): string {
  const attempt = openAttempt(task);
  if (task.phase !== 'working') return word(task.phase ?? 'starting');
  const going = scene.live.tasks.get(task.id);
  const elapsed = attempt ? timeFact(scene, task, attempt) : '';
  if (going?.attempt !== attempt?.n || !going) return join(word('working'), elapsed);
  if (going.progress !== null) return join(percent(going.progress), elapsed);
  return going.steps > 0 ? join(l10n.t('step {0}', going.steps), elapsed) : join(word('working'), elapsed);
}

/** How long it still takes, or is over, if like tasks tell; else how long it has run. */
function timeFact({ now, estimateOf }: Scene, task: Task, attempt: Attempt): string {
  const worked = runningMs(attempt, now);
  const usual = estimateOf?.(attempt.agentId, task.kind)?.medianMs;
  if (usual === undefined) return coarse(worked);
  const left = usual - worked;
  if (left < 0) return l10n.t('{0} over usual', coarse(-left));
  return left < 60_000 ? l10n.t('<1m left') : l10n.t('~{0} left', coarse(left));
}

/** What there is to look at: `2 of 6 pictures changed`. */
export function reviewFact(attempt: Attempt | undefined): string {
  const pictures = attempt?.evidence.filter(({ kind }) => kind === 'screenshot') ?? [];
  const count = (state: string): number => pictures.filter(({ comparison }) => comparison?.state === state).length;
  const [changed, fresh] = [count('changed'), count('new')];
  if (changed > 0) {
    const all = counted(pictures.length, l10n.t('{0} picture'), l10n.t('{0} pictures'));
    return fresh > 0 ? l10n.t('{0} of {1} changed, {2} new', changed, all, fresh) : l10n.t('{0} of {1} changed', changed, all);
  }
  if (fresh > 0) return counted(fresh, l10n.t('{0} new picture'), l10n.t('{0} new pictures'));
  if (pictures.length > 0) return l10n.t('{0}, nothing changed', counted(pictures.length, l10n.t('{0} picture'), l10n.t('{0} pictures')));
  const pieces = attempt?.evidence.length ?? 0;
  return pieces > 0 ? counted(pieces, l10n.t('{0} piece of evidence'), l10n.t('{0} pieces of evidence')) : l10n.t('your sign-off');
}

/** Why a task failed, in one line: `agent error: exit code 1`. */
export function failure(task: Task): string {
  return `${word(task.error?.kind ?? 'agent_error')}: ${reason(task)}`;
}

/** Why a task failed, without the kind of error. */
export function reason(task: Task): string {
  return shorten(task.error?.message.split('\n', 1)[0] ?? '', 80);
}

/** What the tooltip of a task says, one line each; foreign text last. */
export function taskFacts(scene: Scene, task: Task): string[] {
  const attempt = lastAttempt(task);
  const facts = [taskDescription(scene, task)];
  if (attempt)
    facts.push(
      l10n.t(
        '{0}, attempt {1}. Started {2}, worked {3}.',
        agentName(scene.board, attempt.agentId),
        attempt.n,
        clock(attempt.startedAt, scene.now),
        duration(runningMs(attempt, scene.now)),
      ),
    );
  const usual = scene.estimateOf?.(attempt?.agentId, task.kind);
  if (usual && !isFinal(task.status)) facts.push(l10n.t('Usually {0} (median of {1}).', duration(usual.medianMs), usual.n));
  const cost = costFact(scene.board, task);
  if (cost !== undefined) facts.push(l10n.t('Cost {0}', cost));
  if (task.priority !== 'normal') facts.push(l10n.t('{0} priority', word(task.priority)));
  if (task.skills.length > 0) facts.push(l10n.t('Needs {0}', task.skills.join(', ')));
  return facts;
}
