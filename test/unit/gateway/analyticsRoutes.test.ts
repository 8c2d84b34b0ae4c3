import assert from 'node:assert/strict';
import type { Analytics } from '../../../src/server/domain/analytics';
import type { AnalyticsOut } from '../../../src/server/protocol/analytics';
import { openapiOf } from '../../../src/server/gateway/openapi';
import { analyticsRoutes } from '../../../src/server/gateway/analyticsRoutes';
import { AnalyticsOut as AnswerSchema } from '../../../src/server/protocol/analytics';
import { finish } from '../../support/towerBench';
import { until } from '../../support/until';
import { problem, Stand } from './stand';

/** What REST shows as the tower has it: times in ms, and a sum of nothing known as 0 beside its count. */
function asTold(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, one: unknown) => {
    if (key === 'usd' && one === null) return 0;
    return ['from', 'to', 'at'].includes(key) && typeof one === 'string' ? Date.parse(one) : one;
  });
}

/** The fields of a CSV whose fields hold no line breaks. */
function fieldsOf(text: string): string[][] {
  return text
    .split('\r\n')
    .slice(0, -1)
    .map((line) =>
      [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? ''),
    );
}

describe('GET /api/analytics', () => {
  let stand: Stand;
  beforeEach(async () => {
    stand = await Stand.open();
    await stand.agent('=Danger, "agent"', {}, async (agent, task) => {
      const usage = { one: { costUsd: 0.5, model: '+model' }, two: { inputTokens: 10, outputTokens: 1 } }[task.title];
      if (usage) await agent.send(task, { type: 'usage', usage });
      if (task.title === 'two') await agent.send(task, { type: 'error', kind: 'refused', message: 'No.' });
      else await finish(agent, task);
    });
    for (const title of ['one', 'two', 'three']) await stand.create(title, { kind: title === 'three' ? 'odd' : 'even', folder: '/a' });
    const { byStatus } = stand.tower.board;
    await until('all to end', () => byStatus.completed.size === 2 && byStatus.failed.size === 1);
  });
  afterEach(() => stand.close());

  const get = async (query = ''): Promise<AnalyticsOut> =>
    (await stand.call('GET', `/api/analytics${query}`)).body as unknown as AnalyticsOut;

  it('tells what the query of the tower tells', async () => {
    const to = Date.now() + 1_000;
    const [from, group] = [to - 60_000, 'week'] as const;
    const filter = { from, to, group, agents: ['danger-agent'], kinds: ['even', 'none'], folder: '/a' };
    const search = new URLSearchParams({ group, folder: '/a', agent: 'danger-agent', kind: 'even,none' });
    search.set('from', new Date(from).toISOString());
    search.set('to', new Date(to).toISOString());
    const shown = await get(`?${search.toString()}`);
    const { agents, ...expected }: Analytics = await stand.tower.query({ type: 'Analytics', filter });
    // Idle time goes on between the two.
    const quiet = (list: readonly { idleMs: number }[]): unknown => list.map((agent) => ({ ...agent, idleMs: 0 }));
    const { agents: shownAgents, ...rest } = asTold(shown) as Analytics;
    assert.deepEqual(rest, expected);
    assert.deepEqual(quiet(shownAgents), quiet(agents));
    assert.deepEqual(expected.outcomes, { completed: 1, failed: 1, cancelled: 0 });
    assert.deepEqual([expected.cost.usd, expected.cost.unknown, expected.usage], [0.5, 1, { attempts: 2, told: 2 }]);
    assert.deepEqual(
      agents[0]?.errors.map(({ message }) => message),
      ['No.'],
    );
    AnswerSchema.parse(shown);
  });

  it('never shows an unknown cost as nothing', async () => {
    const { cost, periods } = await get('?kind=odd');
    assert.deepEqual([cost.usd, cost.unknown], [null, 1]);
    assert.equal(periods.at(-1)?.costByAgent['danger-agent']?.usd, null);
    assert.deepEqual((await get('?kind=nothing')).cost.usd, 0);
  });

  it('exports the same figures as CSV that no spreadsheet runs', async () => {
    const response = await stand.fetch('/api/analytics?format=csv&group=month&kind=');
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8; header=present');
    assert.match(response.headers.get('content-disposition') ?? '', /^attachment; filename="tasktower-analytics\.csv"$/);
    const text = await response.text();
    const [head, ...lines] = fieldsOf(text);
    assert.deepEqual(head, ['part', 'from', 'to', 'agent', 'model', 'figure', 'value']);
    assert.ok(lines.every((line) => line.length === 7));
    assert.ok(!/(?:^|,|")[=+@]/m.test(text), text);
    const { outcomes, durations, cost, agents, periods } = await get('?group=month');
    const value = (part: string, figure: string, of: { agent?: string; model?: string } = {}): string[] =>
      lines
        .filter((line) => line[0] === part && line[5] === figure && line[3] === (of.agent ?? '') && line[4] === (of.model ?? ''))
        .map((line) => line[6] ?? '');
    assert.deepEqual(value('all', 'outcomes.completed'), [String(outcomes.completed)]);
    assert.deepEqual(value('all', 'durations.medianMs'), [String(durations.medianMs)]);
    assert.deepEqual(value('all', 'cost.usd'), [String(cost.usd)]);
    assert.deepEqual(value('period', 'outcomes.failed'), ['1']);
    assert.deepEqual(value('agent', 'busyMs', { agent: 'danger-agent' }), [String(agents[0]?.busyMs)]);
    assert.deepEqual(value('cost by model', 'cost.usd', { model: "'+model" }), ['0.5']);
    assert.deepEqual(value('cost by model', 'cost.usd'), [String(periods[0]?.costByModel['']?.usd ?? 'unknown')]);
    assert.deepEqual(value('cost by model', 'cost.usd'), ['unknown']);
  });

  it('refuses what it does not understand, and who may not ask', async () => {
    const ask = (query: string, token?: string) => stand.call('GET', `/api/analytics?${query}`, undefined, token);
    problem(await ask('from=yesterday'), 400, /from/);
    problem(await ask('group=year'), 400, /group/);
    problem(await ask('format=xml'), 400, /format/);
    problem(await ask('agents=one'), 400, /agents/);
    problem(await ask('from=1990-01-01T00:00:00Z'), 400, /more than 3660 periods/);
    problem(await ask('from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z'), 400, /ends before it begins/);
    problem(await ask('', 'wrong'), 401, /./);
    const task = await stand.create('four', { skills: ['none'] });
    problem(await ask('', `${stand.keys.client}${task.id}`), 401, /./);
    assert.equal((await ask('', stand.keys.person)).status, 200);
  });

  it('is in the OpenAPI document', () => {
    const { paths } = openapiOf(analyticsRoutes(stand.tower)) as { paths: Record<string, { get: { parameters: { name: string }[] } }> };
    assert.deepEqual(
      paths['/api/analytics']?.get.parameters.map(({ name }) => name),
      ['from', 'to', 'group', 'agent', 'kind', 'folder', 'format'],
    );
  });
});
