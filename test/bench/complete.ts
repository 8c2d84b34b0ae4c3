import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ratioAtLeast } from './figure';
import { inPairs } from './pairs';
import { Bullmq } from './redis';
import type { Report } from './report';
import { HeadlessTower } from '../support/headlessTower';
import { SocketAgent } from '../support/towerClient';
import { TowerBench, person } from '../support/towerBench';

const TASKS = 10_000;
const AGENTS = 100;

/** Tasks from the queue to their result through 100 agents on sockets, with one stored progress each; and jobs of BullMQ with as many at once. */
export async function completeBench(report: Report, count = TASKS): Promise<void> {
  const bench = new TowerBench();
  const bull = await Bullmq.start('everysec');
  try {
    await bench.start({ cap: AGENTS });
    await bench.tower.execute({ type: 'PauseQueue', when: 'now' }, person);
    for (let n = 0; n < count; n++) await bench.create(`Task ${n}`, { prompt: 'Do it.' });
    await bench.stop();
    const { ours, peer } = await inPairs(
      () => ofTower(bench.home, count),
      () => ofBull(bull, count),
    );
    report.note(`${count} tasks ended with their own result on both sides, every time`);
    report.add({
      metric: `assign, progress, result by ${AGENTS} agents`,
      unit: 'tasks/s',
      ours,
      peer: { name: `${bull.label}, concurrency ${AGENTS}`, samples: peer },
      goal: ratioAtLeast(1),
    });
  } finally {
    await bench.close();
    await bull.stop();
  }
}

/** @returns tasks a second. */
async function ofTower(prepared: string, count: number): Promise<number> {
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  cpSync(join(prepared, 'storage'), join(home, 'storage'), { recursive: true });
  const tower = await HeadlessTower.start(home, [], AGENTS);
  const results = new Map<string, string>();
  let finished = (): void => undefined;
  const all = new Promise<void>((resolve) => (finished = resolve));
  const agents: SocketAgent[] = [];
  try {
    for (let n = 0; n < AGENTS; n++)
      agents.push(
        await SocketAgent.join(tower.url, tower.keys.client, { name: `Agent ${n}` }, async (agent, task) => {
          await agent.send(task, { type: 'progress', progress: 0.5 });
          await agent.send(task, { type: 'result', result: `Result of ${task.title}` });
          results.set(task.title, task.taskId);
          if (results.size === count) finished();
        }),
      );
    const from = performance.now();
    await tower.ask('POST', '/api/queue/resume');
    await all;
    const ms = performance.now() - from;
    const { body } = await tower.ask('GET', '/api/tasks?status=completed&limit=1');
    if (body.total !== count) throw new Error(`${String(body.total)} of ${count} tasks are completed.`);
    for (const title of ['Task 0', `Task ${count >> 1}`, `Task ${count - 1}`]) {
      const { body: task } = await tower.ask('GET', `/api/tasks/${results.get(title)}`);
      if (task.result !== `Result of ${title}`) throw new Error(`${title} ended with ${JSON.stringify(task.result)}.`);
    }
    return (count / ms) * 1000;
  } finally {
    for (const agent of agents) agent.close();
    await tower.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** @returns jobs a second. */
async function ofBull(bull: Bullmq, count: number): Promise<number> {
  const queue = bull.queue();
  await queue.addBulk(Array.from({ length: count }, (_, n) => ({ name: `Task ${n}`, data: { prompt: 'Do it.' } })));
  const from = performance.now();
  const worker = bull.worker(AGENTS, async (job) => {
    await job.updateProgress(50);
    return `Result of ${job.name}`;
  });
  const results = new Set<string>();
  await new Promise<void>((resolve, reject) =>
    worker.on('completed', (job, result) => {
      if (result !== `Result of ${job.name}`) reject(new Error(`${job.name} ended with ${result}.`));
      results.add(job.name);
      if (results.size === count) resolve();
    }),
  );
  const ms = performance.now() - from;
  const { completed } = await queue.getJobCounts('completed');
  if (completed !== count) throw new Error(`${completed} of ${count} jobs are completed.`);
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  return (count / ms) * 1000;
}
