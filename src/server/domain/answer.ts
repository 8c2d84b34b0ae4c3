import type { Answer } from './command';
import type { TowerEvent, TowerRecord } from './event';

const BULK: ReadonlySet<TowerEvent['type']> = new Set(['TaskRetried']);

/** What the asker of a record's command is told; made from the record, so that it is the same after a restart. */
export function answerOf(record: TowerRecord): Answer {
  const answer: Answer = { seq: record.seq };
  const bulk = record.events.filter((event) => BULK.has(event.type));
  if (bulk.length > 0) answer.count = bulk.length;
  // The day may begin with any command; whoever asked did not ask for that.
  const first = record.events.find(({ type }) => type !== 'DayBegan');
  if (!first) return answer;
  if (first.type === 'TaskCreated') Object.assign(answer, { taskId: first.task.id, number: first.task.number });
  else if ('taskId' in first) answer.taskId = first.taskId;
  else if (first.type === 'AgentRegistered') answer.agentId = first.agent.id;
  for (const event of record.events) {
    if (event.type === 'AttemptStarted') answer.attempt = event.attempt.n;
    else if ('attempt' in event) answer.attempt = event.attempt;
    if (event.type === 'EvidenceAdded') answer.evidenceId = event.evidence.id;
  }
  return answer;
}
