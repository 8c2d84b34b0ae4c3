import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { nullLog } from '../../src/server/base/log';
import { AnalyticsFilter } from '../../src/server/domain/analytics';
import { RECORD_VERSION, type TowerEvent, type TowerRecord } from '../../src/server/domain/event';
import { WorkerHistory } from '../../src/server/store/history';
import { FolderTaskFiles } from '../../src/server/store/taskFiles';
import { pseudoRandom } from '../support/pseudoRandom';
import { newTask } from '../support/records';
import { below } from './figure';
import { repeated } from './pairs';
import type { Report } from './report';

const DAY = 86_400_000;
const DAYS = 365;
const AGENTS = 8;
const BATCH = 500;
const ROUNDS = 20;
const by = { kind: 'tower', name: 'tower' } as const;

/** How soon the charts and estimates of a long past are there, and how long the asker's thread is blocked. */
export async function analyticsBench(report: Report, finished = 100_000): Promise<void> {
  const dir = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const dist = join(__dirname, '..', '..', '..', 'dist');
  const now = Date.now();
  const past = new FolderTaskFiles({ dir, seq: 0, log: nullLog });
  const history = new WorkerHistory({ dir, dist, seq: 0, tail: [], past, log: nullLog, now: () => now });
  try {
    const filling = performance.now();
    let seq = 0;
    for (const records of recordsOf(finished, now - DAYS * DAY, now)) {
      history.apply(records);
      seq = records.at(-1)?.seq ?? seq;
      await history.idOf(1, seq);
    }
    report.note(`${finished} tasks, ${seq} records, folded in ${((performance.now() - filling) / 1000).toFixed(1)} s`);
    const presence = { present: ['agent-1'], seenAt: now };
    const filters: Record<string, Partial<AnalyticsFilter>> = {
      'all by day': {},
      'all by month': { group: 'month' },
      '365 days by week': { group: 'week', from: now - DAYS * DAY, to: now },
      '30 days': { from: now - 30 * DAY, to: now },
      '7 days a year ago': { from: now - DAYS * DAY, to: now - (DAYS - 7) * DAY },
      'all of one agent': { agents: ['agent-1'] },
      'all of two kinds in a folder': { kinds: ['kind-1', 'kind-2'], folder: '/home/you/project-1' },
    };
    for (const [name, filter] of Object.entries(filters))
      await measure(report, name, () => history.analytics(AnalyticsFilter.parse(filter), presence, seq));
    await measure(report, 'estimates', () => history.estimates(seq));
    await history.dispose();
    report.note(`database ${(statSync(join(dir, 'history.sqlite')).size / 1e6).toFixed(0)} MB`);
  } finally {
    await history.dispose();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(report: Report, name: string, work: () => Promise<unknown>): Promise<void> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const times = await repeated(work, { warmUp: 0, pairs: ROUNDS });
  delay.disable();
  report.add({ metric: name, unit: 'ms', ours: times, goal: below(200) });
  report.add({ metric: `${name}: asker blocked at most`, unit: 'ms', ours: [delay.max / 1e6] });
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
