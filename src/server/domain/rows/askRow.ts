import * as l10n from '@vscode/l10n';
import { ago, counted } from '../format';
import type { Ask } from '../needsYou';
import { lastAttempt, type Task } from '../task';
import { join, oneLine, type Row, type Scene } from './row';
import { reason, reviewFact, spokenTask, taskRow } from './taskRow';

/** Something that needs a person. */
export function askRow(scene: Scene, ask: Ask): Row {
  if (ask.kind === 'agent') {
    const { agent } = ask;
    const givenUp = agent.halted === true && agent.crashes > 1;
    const fact = givenUp ? l10n.t('Crashed {0} times, not restarted', agent.crashes) : oneLine(agent.failure?.message, 80);
    const description = join(fact, ago(ask.since, scene.now));
    const row = { id: `ask/agent/${agent.id}`, label: agent.name, description, icon: 'error', color: 'charts.red' };
    return {
      ...row,
      contextValue: `ask.agent;agent.${agent.managed ? 'managed' : 'connected'}${agent.broken ? '.error;broken' : ''}`,
      spoken: l10n.t('{0}, agent in error, {1}', agent.name, description),
    };
  }
  const row = taskRow(scene, ask.task);
  const kinds = { question: 'input', review: 'review', pictures: 'pictures', failed: 'failed', stuck: 'stuck' } as const;
  const icon =
    ask.kind === 'stuck'
      ? { icon: 'warning', color: 'list.warningForeground' }
      : ask.kind === 'pictures'
        ? { icon: 'file-media', color: 'charts.blue' }
        : {};
  const description =
    ask.kind === 'failed'
      ? failedAsk(ask.task, scene.now)
      : ask.kind === 'pictures'
        ? join(l10n.t('To look at: {0}', reviewFact(lastAttempt(ask.task))), ago(ask.since, scene.now))
        : row.description;
  const spoken = spokenTask(ask.task, row.label, description);
  return { ...row, ...icon, id: `ask/${ask.task.id}`, description, spoken, contextValue: `ask.${kinds[ask.kind]};${row.contextValue}` };
}

/** A failure among what needs a person: the reason, then how often it was tried. */
function failedAsk(task: Task, now: number): string {
  const tries = task.attempts.length;
  const fact = task.error?.kind === 'lost_contact' ? l10n.t('Lost contact') : l10n.t('Failed: {0}', reason(task));
  return join(fact, tries > 1 ? counted(tries, l10n.t('{0} attempt'), l10n.t('{0} attempts')) : ago(task.since, now));
}
