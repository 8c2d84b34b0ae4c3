import { ago, bytes, clock, duration } from '../../server/domain/format';
import { evidenceLabel, type Evidence } from '../../server/domain/evidence';
import type { TaskDetails } from '../../server/domain/query';
import { requirementText } from '../../server/domain/requirement';
import { agentName, runningMs, type Scene } from '../../server/domain/rows/row';
import { waitReason } from '../../server/domain/waiting';
import { Button } from '../kit/button';

interface Props {
  scene: Scene;
  details: TaskDetails;
  onEvidence: (piece: Evidence) => void;
}

/** All there is to know of a task: what was asked, and what each attempt did. */
export function DetailsView({ scene, details: { task, prompt, results }, onEvidence }: Props) {
  const { board, live, now } = scene;
  const facts: [string, string][] = [
    ['Status', `${task.status.replace('_', ' ')}, ${ago(task.since, now)}`],
    ...(task.status === 'pending' || task.status === 'parked'
      ? ([['Waits', waitReason(board, live, task, now).text]] as [string, string][])
      : []),
    ...(task.error ? ([['Error', `${task.error.kind.replace(/_/g, ' ')}: ${task.error.message}`]] as [string, string][]) : []),
    ['Priority', task.priority],
    ...(task.requires.length > 0 ? ([['Proof', task.requires.map(requirementText).join(', ')]] as [string, string][]) : []),
    ['Created', `${ago(task.createdAt, now)} by ${task.createdBy.name}`],
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
      <h3>Prompt</h3>
      <pre class="words-shown">{prompt || task.title}</pre>
      {[...task.attempts].reverse().map((attempt) => (
        <section key={attempt.n}>
          <h3>
            Attempt {attempt.n}: {attempt.outcome ?? 'under way'}
          </h3>
          <p class="quiet">
            {agentName(board, attempt.agentId)} · started {clock(attempt.startedAt, now)} · worked {duration(runningMs(attempt, now))}
          </p>
          {attempt.note ? <pre class="words-shown">{attempt.note}</pre> : null}
          {attempt.question ? <pre class="words-shown">Asks: {attempt.question.text}</pre> : null}
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
                    {piece.kind}, {bytes(piece.bytes)}
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
