import * as l10n from '@vscode/l10n';

/** A state, outcome, priority or kind of ours as people read it: `input_required` is `input required`. A word that is not ours stays as it is. */
export function word(name: string): string {
  return (Object.hasOwn(WORDS, name) ? WORDS[name]?.() : undefined) ?? name.replace(/_/g, ' ');
}

/** Who did something: the person at the window is `you`. */
export function actorName({ name }: { name: string }): string {
  return name === 'you' ? l10n.t('you') : name;
}

const WORDS: Readonly<Record<string, (() => string) | undefined>> = {
  // Of a task.
  pending: () => l10n.t('pending'),
  running: () => l10n.t('running'),
  input_required: () => l10n.t('input required'),
  parked: () => l10n.t('parked'),
  review: () => l10n.t('review'),
  completed: () => l10n.t('completed'),
  failed: () => l10n.t('failed'),
  cancelled: () => l10n.t('cancelled'),
  quota: () => l10n.t('quota'),
  backoff: () => l10n.t('backoff'),
  // Of an attempt.
  starting: () => l10n.t('starting'),
  working: () => l10n.t('working'),
  cancelling: () => l10n.t('cancelling'),
  checking: () => l10n.t('checking'),
  declined: () => l10n.t('declined'),
  // Of an agent.
  idle: () => l10n.t('idle'),
  busy: () => l10n.t('busy'),
  error: () => l10n.t('error'),
  offline: () => l10n.t('offline'),
  stopping: () => l10n.t('stopping'),
  // Priorities.
  urgent: () => l10n.t('urgent'),
  high: () => l10n.t('high'),
  normal: () => l10n.t('normal'),
  low: () => l10n.t('low'),
  // Verdicts and proof.
  unreviewed: () => l10n.t('unreviewed'),
  accepted: () => l10n.t('accepted'),
  rejected: () => l10n.t('rejected'),
  met: () => l10n.t('met'),
  missing: () => l10n.t('missing'),
  // What evidence is.
  screenshot: () => l10n.t('screenshot'),
  image: () => l10n.t('image'),
  metrics: () => l10n.t('metrics'),
  report: () => l10n.t('report'),
  patch: () => l10n.t('patch'),
  file: () => l10n.t('file'),
  text: () => l10n.t('text'),
  // How a cost is known.
  reported: () => l10n.t('reported'),
  estimated: () => l10n.t('estimated'),
  unknown: () => l10n.t('unknown'),
  free: () => l10n.t('free'),
  // Why an attempt failed.
  agent_error: () => l10n.t('agent error'),
  timeout: () => l10n.t('timeout'),
  stalled: () => l10n.t('stalled'),
  lost_contact: () => l10n.t('lost contact'),
  spawn_failed: () => l10n.t('spawn failed'),
  auth_required: () => l10n.t('auth required'),
  limit: () => l10n.t('limit'),
  refused: () => l10n.t('refused'),
  verification: () => l10n.t('verification'),
  protocol_error: () => l10n.t('protocol error'),
  // Roles at a team's tower.
  viewer: () => l10n.t('viewer'),
  operator: () => l10n.t('operator'),
  admin: () => l10n.t('admin'),
};
