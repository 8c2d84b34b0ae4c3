import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { nullLog } from '../../src/server/base/log';
import { RECORD_VERSION, type TowerEvent, type TowerRecord } from '../../src/server/domain/event';
import { WorkerHistory } from '../../src/server/store/history';
import { FolderTaskFiles } from '../../src/server/store/taskFiles';
import { pseudoRandom } from '../support/pseudoRandom';
import { newTask } from '../support/records';

const DAY = 86_400_000;
const DAYS = 365;
const AGENTS = 8;
const BATCH = 500;
const by = { kind: 'tower', name: 'tower' } as const;

/** A history in `dir` of so many finished tasks over a year, as the fold makes it. @returns it, with its last record's number. */
export async function makePast(dir: string, finished: number, now: number): Promise<{ history: WorkerHistory; seq: number }> {
  mkdirSync(dir, { recursive: true });
  const past = new FolderTaskFiles({ dir, seq: 0, log: nullLog });
  const history = new WorkerHistory({ dir, dist: resolve('dist'), seq: 0, tail: [], past, log: nullLog, now: () => now });
  let seq = 0;
  for (const records of recordsOf(finished, now - DAYS * DAY, now)) {
    history.apply(records);
    seq = records.at(-1)?.seq ?? seq;
    await history.idOf(1, seq);
  }
  return { history, seq };
}

/** Tasks evenly over the time; some fail and are tried again by another agent, some wait for an answer, all tell what they cost. */
function* recordsOf(finished: number, from: number, to: number): Generator<TowerRecord[]> {
  const random = pseudoRandom(7);
  let seq = 0;
  const record = (at: number, ...events: TowerEvent[]): TowerRecord => ({
    ...{ v: RECORD_VERSION, seq: ++seq, at: Math.trunc(at), by, commandId: `${seq}`, events },
  });
  let batch: TowerRecord[] = [];
  for (let n = 1; n <= finished; n++) {
    const createdAt = Math.trunc(from + ((to - from) * n) / (finished + 1));
    const task = newTask(n, { createdAt, kind: `kind-${n % 6}`, folder: `/home/you/project-${n % 5}` });
    batch.push(record(createdAt, { type: 'TaskCreated', task, prompt: 'x'.repeat(200) }));
    let at = createdAt;
    const tries = random(10) < 3 ? 2 : 1;
    for (let attempt = 1; attempt <= tries; attempt++) {
      at += random(600_000);
      const of = { taskId: task.id, attempt };
      const agentId = `agent-${random(AGENTS)}`;
      batch.push(
        record(at, { type: 'AttemptStarted', taskId: task.id, attempt: { n: attempt, agentId, startedAt: at, waitedMs: 0, evidence: [] } }),
      );
      if (n % 20 === 0) {
        batch.push(record((at += 10_000), { type: 'InputAsked', ...of, question: { id: 'q', text: 'Which?', options: [] } }));
        batch.push(record((at += 60_000), { type: 'InputAnswered', ...of, questionId: 'q', answer: 'That one.' }));
      }
      at += random(600_000);
      const usage = { inputTokens: 1000, outputTokens: 100, model: `model-${n % 5}` };
      const failed = attempt < tries || n % 10 === 0;
      batch.push(
        record(
          at,
          {
            type: 'UsageReported',
            ...of,
            usage,
            cost: n % 4 === 0 ? { usd: null, basis: 'unknown' } : { usd: random(1_000) / 10_000, basis: 'estimated' },
          },
          failed
            ? {
                type: 'AttemptEnded',
                ...of,
                outcome: 'failed',
                error: { kind: 'agent_error', message: 'It did not work.' },
                then: { status: attempt < tries ? 'pending' : 'failed' },
              }
            : { type: 'AttemptEnded', ...of, outcome: 'completed', then: { status: 'completed' } },
        ),
      );
    }
    if (n % 10 === 0) batch.push(record(at, { type: 'AgentPresent', agentId: `agent-${n % AGENTS}`, present: n % 20 === 0 }));
    if (n % BATCH !== 0 && n !== finished) continue;
    yield batch;
    batch = [];
  }
}
