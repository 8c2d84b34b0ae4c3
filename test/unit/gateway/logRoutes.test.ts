import assert from 'node:assert/strict';
import { TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

describe('Log lines over HTTP', () => {
  let bench: TowerBench;
  beforeEach(async () => {
    bench = new TowerBench();
    await bench.start();
    await bench.agent('Kimi', async (agent, task) => {
      for (const [n, level] of (['info', 'error', 'info'] as const).entries())
        await agent.send(task, { type: 'log', lines: [{ text: `line ${n} of ${task.title}`, level }] });
      await agent.send(task, { type: 'result', result: 'Done.' });
    });
    const ids = [await bench.create('First'), await bench.create('=Second')];
    await until('the ends', () => ids.every((id) => bench.task(id).status === 'completed'));
  });
  afterEach(() => bench.close());

  const get = async (path: string): Promise<Record<string, unknown>> => (await rest(bench.url, bench.keys.client, 'GET', path)).body;
  const texts = (page: Record<string, unknown>): string[] => (page.lines as { text: string }[]).map(({ text }) => text);
  const file = async (path: string): Promise<{ text: string; type: string | null; name: string | null }> => {
    const answer = await fetch(`${bench.url}${path}`, { headers: { authorization: `Bearer ${bench.keys.client}` } });
    return { text: await answer.text(), type: answer.headers.get('content-type'), name: answer.headers.get('content-disposition') };
  };

  it('come page by page, filtered, each with its place', async () => {
    const last = await get('/api/logs/lines?limit=2');
    assert.deepEqual([texts(last).length, last.hasOlder, last.hasNewer], [2, true, false]);
    const place = (last.lines as { place: string }[])[0]?.place ?? '';
    const before = await get(`/api/logs/lines?limit=10&place=${encodeURIComponent(place)}`);
    const whole = await get('/api/logs/lines?limit=100');
    assert.deepEqual([...texts(before), ...texts(last)], texts(whole));
    assert.deepEqual(texts(await get('/api/logs/lines?task=1&level=error')), ['line 1 of First']);
    assert.deepEqual(texts(await get('/api/logs/lines?text=LINE%200&agent=kimi')).length, 2);
    assert.deepEqual(texts(await get('/api/logs/lines?text=%5Eline%20%5B12%5D&regex=true&task=1')), ['line 1 of First', 'line 2 of First']);
    assert.match(String((await get('/api/logs/lines?text=(&regex=true')).detail), /no regular expression/);
    assert.match(String((await get('/api/logs/export?text=(&regex=true')).detail), /no regular expression/);
    assert.equal((await get('/api/logs/lines?place=nonsense')).status, 400);
  });

  it('come as a file in three formats, with names, and nothing in it runs as a formula', async () => {
    const csv = await file('/api/logs/export?format=csv');
    assert.match(csv.type ?? '', /^text\/csv/);
    assert.equal(csv.name, 'attachment; filename="tasktower-log.csv"');
    const rows = csv.text.trim().split('\r\n');
    const { lines: stored } = await get('/api/logs/lines?limit=100');
    assert.equal(rows.length, 1 + (stored as unknown[]).length);
    assert.match(csv.text, /,error,Kimi,#2,'=Second,1,line 1 of =Second\r\n/);
    const lines = (await file('/api/logs/export?task=2&only=info&text=line')).text.trim().split('\n');
    assert.equal(lines.length, 2);
    assert.equal((JSON.parse((await file('/api/logs/export?format=json')).text) as unknown[]).length, (stored as unknown[]).length);
  });
});
