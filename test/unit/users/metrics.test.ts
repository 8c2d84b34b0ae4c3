import assert from 'node:assert/strict';
import { TowerMetrics } from '../../../src/server/serve/towerMetrics';
import { addTeam, peopleOf, signIn, teamDoor } from '../../support/team';
import { rest, type Assigned } from '../../support/towerClient';
import { until } from '../../support/until';
import { person, problem, Stand } from '../gateway/stand';

describe('A monitoring system', () => {
  let stand: Stand;
  before(async () => {
    stand = await Stand.open({
      door: async (storage) => {
        await addTeam(storage);
        return teamDoor(peopleOf(storage), { metrics: (tower) => new TowerMetrics(tower) });
      },
    });
  });
  after(() => stand.close());

  const metrics = async (): Promise<string> => {
    const response = await stand.fetch('/metrics');
    assert.equal(response.status, 200);
    assert.match(response.headers.get('content-type') ?? '', /^text\/plain; version=0\.0\.4/);
    return response.text();
  };
  const figure = async (name: string): Promise<number | undefined> => {
    const line = (await metrics()).split('\n').find((one) => one.startsWith(`${name} `));
    return line === undefined ? undefined : Number(line.slice(name.length + 1));
  };

  it('reads tasks, agents, outcomes, tokens and cost as they stand', async () => {
    const { number } = await stand.create('Counted', { agent: 'Clerk' });
    await stand.create('Waits', { skills: ['none'] });
    await stand.agent('Clerk', {}, async (agent, task) => {
      await agent.send(task, { type: 'result', result: 'Done.', usage: { inputTokens: 1200, outputTokens: 34, costUsd: 0.25 } });
    });
    await until('the end', () => stand.tower.board.byStatus.completed.size === 1);
    assert.equal(await figure('tasktower_tasks_created_total'), 2, `#${number} and the other one`);
    assert.equal(await figure('tasktower_tasks{status="pending"}'), 1);
    assert.equal(await figure('tasktower_tasks{status="completed"}'), 1);
    assert.equal(await figure('tasktower_agents{status="idle"}'), 1);
    assert.equal(await figure('tasktower_attempts_ended_total{agent="Clerk",outcome="completed"}'), 1);
    assert.equal(await figure('tasktower_tokens_total{agent="Clerk",direction="input"}'), 1200);
    assert.equal(await figure('tasktower_tokens_total{agent="Clerk",direction="output"}'), 34);
    assert.equal(await figure('tasktower_cost_usd_total{agent="Clerk"}'), 0.25);
    assert.equal(await figure('tasktower_attempt_duration_seconds_count{outcome="completed"}'), 1);
    assert.equal(await figure('tasktower_journal_seq'), stand.tower.board.seq);
    assert.ok(((await figure('process_resident_memory_bytes')) ?? 0) > 1e6);
  });

  it('is not led astray by the name of an agent', async () => {
    const name = 'Quote " back \\ slash';
    await stand.create('Named', { agent: name });
    await stand.agent(name, {}, (agent, task) => agent.send(task, { type: 'result', result: 'Done.' }));
    await until('the end', () => stand.tower.board.byStatus.completed.size === 2);
    assert.match(await metrics(), /tasktower_attempts_ended_total\{agent="Quote \\" back \\\\ slash",outcome="completed"\} 1/);
  });

  it('is let in with any token, and not without one', async () => {
    const { access } = await signIn(stand.url, 'vera');
    assert.equal((await fetch(`${stand.url}/metrics`, { headers: { authorization: `Bearer ${access}` } })).status, 200);
    assert.equal((await fetch(`${stand.url}/metrics`)).status, 401);
  });

  it('is not an agent with the token of one attempt', async () => {
    let given: Assigned | undefined;
    await stand.agent('Curious', {}, (_, task) => (given = task));
    const { id } = await stand.create('Looked around', { agent: 'Curious' });
    const { token } = await until('the assignment', () => given);
    const ask = (path: string) => rest(stand.url, token, 'GET', path);
    problem(await ask('/metrics'), 403, /good for one attempt/);
    problem(await ask(`/api/tasks/${id}/trace`), 403, /good for one attempt/);
    await stand.tower.execute({ type: 'CancelTask', taskId: id }, person);
  });

  it('is told whether the tower starts work, without a token and without why', async () => {
    const ready = async (): Promise<{ status: number; body: unknown }> => {
      const response = await fetch(`${stand.url}/api/health/ready`);
      return { status: response.status, body: await response.json() };
    };
    assert.deepEqual(await ready(), { status: 200, body: { ok: true } });
    await stand.tower.execute({ type: 'PauseQueue' }, person);
    assert.equal((await ready()).status, 200, 'a pause is what a person wants');
  });

  it('finds no figures at the tower of one person', async () => {
    const alone = await Stand.open();
    problem(await alone.call('GET', '/metrics'), 404, /no GET \/metrics/);
    await alone.close();
  });
});
