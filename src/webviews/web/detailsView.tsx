import * as l10n from '@vscode/l10n';
import { ago, bytes, clock, duration } from '../../server/domain/format';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import type { TaskDetails } from '../../server/domain/query';
import { requirementText } from '../../server/domain/requirement';
import { agentName, runningMs, type Scene } from '../../server/domain/rows/row';
import { waitReason } from '../../server/domain/waiting';
import { Button } from '../kit/button';
import { actorName, word } from '../../server/domain/words';

interface Props {
  scene: Scene;
  details: TaskDetails;
  onEvidence: (piece: Evidence) => void;
}

/** All there is to know of a task: what was asked, and what each attempt did. */
export function DetailsView({ scene, details: { task, prompt, results }, onEvidence }: Props) {
  const { board, live, now } = scene;
  const facts: [string, string][] = [
    [l10n.t('Status'), `${word(task.status)}, ${ago(task.since, now)}`],
    ...(task.status === 'pending' || task.status === 'parked'
      ? ([[l10n.t('Waits'), waitReason(board, live, task, now).text]] as [string, string][])
      : []),
    ...(task.error ? ([[l10n.t('Error'), `${word(task.error.kind)}: ${task.error.message}`]] as [string, string][]) : []),
    [l10n.t('Priority'), word(task.priority)],
    ...(task.requires.length > 0 ? ([[l10n.t('Proof'), task.requires.map(requirementText).join(', ')]] as [string, string][]) : []),
    [l10n.t('Created'), l10n.t('{0} by {1}', ago(task.createdAt, now), actorName(task.createdBy))],
  ];
  return (
    <div class="details">
      <dl class="facts">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt class="quiet">{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <h3>{l10n.t('Prompt')}</h3>
      <pre class="words-shown">{prompt || task.title}</pre>
      {[...task.attempts].reverse().map((attempt) => (
        <section key={attempt.n}>
          <h3>{l10n.t('Attempt {0}: {1}', attempt.n, attempt.outcome === undefined ? l10n.t('under way') : word(attempt.outcome))}</h3>
          <p class="quiet">
            {agentName(board, attempt.agentId)} · {l10n.t('started {0}', clock(attempt.startedAt, now))} ·{' '}
            {l10n.t('worked {0}', duration(runningMs(attempt, now)))}
          </p>
          {attempt.note ? <pre class="words-shown">{attempt.note}</pre> : null}
          {attempt.question ? <pre class="words-shown">{l10n.t('Asks: {0}', attempt.question.text)}</pre> : null}
          {attempt.error ? <pre class="words-shown">{attempt.error.message}</pre> : null}
          {results[attempt.n] ? <pre class="words-shown">{results[attempt.n]}</pre> : null}
          {attempt.evidence.length > 0 ? (
            <ul class="pieces">
              {attempt.evidence.map((piece) => (
                <li key={piece.id}>
                  <Button kind="link" onClick={() => onEvidence(piece)}>
                    {evidenceLabel(piece)}
                  </Button>{' '}
                  <span class="quiet">
                    {word(piece.kind)}, {bytes(piece.bytes)}
                  </span>
                </li>
              ))}
            </ul>
          ) : null}
        </section>
      ))}
    </div>
  );
}
