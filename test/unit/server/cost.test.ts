import assert from 'node:assert/strict';
import { costText } from '../../../src/server/domain/format';
import type { TaskDetailsOut } from '../../../src/server/protocol/rest';
import { TowerBench } from '../../support/towerBench';
import { rest, type Assigned, type SocketAgent } from '../../support/towerClient';
import { until } from '../../support/until';

describe('What work costs', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  /** Reports the prompt, which is JSON, as its usage, then a result unless told otherwise. */
  const spend = async (agent: SocketAgent, task: Assigned): Promise<void> => {
    await agent.send(task, { type: 'usage', usage: JSON.parse(task.prompt) as unknown });
    if (task.title !== 'Goes on') await agent.send(task, { type: 'result', result: 'Done.' });
  };
  const spending = (title: string, usage: Record<string, unknown>): Promise<string> =>
    bench.create(title, { prompt: JSON.stringify(usage) });
  const done = (id: string): Promise<unknown> => until('the task to be done', () => bench.task(id).status === 'completed');
  const get = async (id: string): Promise<TaskDetailsOut> =>
    (await rest(bench.url, bench.keys.client, 'GET', `/api/tasks/${id}`)).body as unknown as TaskDetailsOut;

  it('is known by the bundled prices with the very first usage, and REST tells it with its basis', async () => {
    await bench.start({ tariff: { prices: {}, freeModels: ['qwen3:*'] } });
    await bench.agent('Worker', spend);
    // 0.2M × 0.60 + 1M × 0.10 + 0.01M × 3.00
    const kimi = await spending('Kimi', { inputTokens: 1_200_000, cachedTokens: 1_000_000, outputTokens: 10_000, model: 'kimi-k2.5' });
    await done(kimi);
    assert.deepEqual(bench.task(kimi).attempts[0]?.cost, { usd: 0.25, basis: 'estimated' });
    const { cost, attempts } = await get(kimi);
    assert.deepEqual(cost, { usd: 0.25, basis: 'estimated', unknown: 0 });
    assert.deepEqual(attempts[0]?.cost, cost);
    assert.equal(attempts[0]?.usage?.cachedTokens, 1_000_000);
    const others = [
      await spending('Local', { inputTokens: 5, outputTokens: 5, model: 'qwen3:8b' }),
      await spending('Unknown', { inputTokens: 5, outputTokens: 5, model: 'who-knows' }),
      await spending('Said', { costUsd: 3.18 }),
    ];
    await Promise.all(others.map(done));
    assert.deepEqual(
      others.map((id) => costText(bench.task(id).attempts[0]?.cost)),
      ['$0.00 free', 'unknown', '$3.18'],
    );
    assert.deepEqual((await get(others[1] ?? '')).cost, { usd: null, basis: 'unknown', unknown: 1 });
  });

  it('and stands when prices change', async () => {
    const usage = { inputTokens: 1_000_000, outputTokens: 0, model: 'own-1' };
    const tariff = (input: number): { prices: Record<string, { input: number; output: number }>; freeModels: string[] } => ({
      prices: { 'own-*': { input, output: 1 } },
      freeModels: [],
    });
    const running = await bench.start({ tariff: tariff(2) });
    await bench.agent('Worker', spend);
    const before = await spending('Before', usage);
    await done(before);
    await running.configure({ agents: [], cap: 10, tariff: tariff(5) });
    const after = await spending('After', usage);
    await done(after);
    assert.deepEqual(
      [before, after].map((id) => costText(bench.task(id).attempts[0]?.cost)),
      ['~$2.00', '~$5.00'],
    );
  });

  it('stops new work when the budget of the day is used up, also after a restart, until midnight', async () => {
    const midnight = new Date(2026, 10, 24).getTime();
    let since = new Date(2026, 10, 23, 12).getTime() - performance.now();
    const clock = { now: () => Math.trunc(since + performance.now()), monotonic: () => performance.now() };
    await bench.start({ clock, budget: { perDay: 5 } });
    await bench.agent('Worker', spend);
    await done(await spending('Dear', { costUsd: 5 }));
    const next = await spending('Next', { costUsd: 1 });
    assert.equal((await get(next)).waitsFor, "today's budget of $5.00 is used up");
    const claim = await rest(bench.url, bench.keys.client, 'POST', '/api/tasks/claim', { agent: 'Puller' });
    assert.deepEqual(claim.body, { reason: 'paused' });
    await bench.stop();
    await bench.start({ clock, budget: { perDay: 5 } });
    await bench.agent('Worker', spend);
    assert.equal((await get(next)).waitsFor, "today's budget of $5.00 is used up");
    since = midnight - 300 - performance.now();
    // Whatever happens, the alarm is set by the clock of then.
    await spending('Later', { costUsd: 0 });
    await done(next);
    const { startedAt = 0 } = bench.task(next).attempts[0] ?? {};
    assert.ok(startedAt >= midnight, 'it waited for the next day');
    assert.deepEqual(
      bench.tower.board.spent.map(({ day, agents }) => [day, agents.worker?.usd]),
      [
        ['2026-11-23', 5],
        ['2026-11-24', 1],
      ],
    );
  });

  it('lets waiting work go on at once when the budget is raised, and what runs all along', async () => {
    const running = await bench.start({ budget: { perAgentDay: 1 } });
    const worker = await bench.agent('Worker', spend);
    const job = await spending('Goes on', { costUsd: 1.2 });
    await until('the usage to be told', () => bench.task(job).attempts[0]?.usage !== undefined);
    const next = await spending('Next', { costUsd: 0.1 });
    assert.equal(bench.task(job).status, 'running');
    await worker.send({ taskId: job, attempt: 1 }, { type: 'result', result: 'Done.' });
    assert.equal((await get(next)).waitsFor, "today's budget of $1.00 for Worker is used up");
    await running.configure({ agents: [], cap: 10, budget: { perAgentDay: 2 } });
    await done(next);
  });

  it('ends an attempt with which the task costs more than it may, by an estimate too', async () => {
    await bench.start({ budget: { perTask: 1 } });
    const worker = await bench.agent('Worker', spend);
    const job = await spending('Goes on', { inputTokens: 1_000_000, outputTokens: 1_000_000, model: 'kimi-k2.5' });
    await until('the end', () => bench.task(job).status === 'failed');
    assert.match(bench.task(job).error?.message ?? '', /^It cost ~\$3\.60, estimated from its tokens, more than its limit of \$1\.00\./);
    const answer = await worker.send({ taskId: job, attempt: 1 }, { type: 'progress', progress: 0.5 }).catch(String);
    assert.match(JSON.stringify(answer), /has ended|"cancel":true/);
  });
});
