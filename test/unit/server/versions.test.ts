import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import type { SharedTower } from '../../../src/server/sharedTower';
import { TowerProcess } from '../../chaos/towerProcess';
import { bundleNewer } from '../../support/newerVersion';
import { finish, person, TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

describe('Windows of an older and a newer version on one folder', function () {
  this.timeout(40_000);
  let bench: TowerBench;
  let newer: TowerProcess[];

  beforeEach(() => {
    bench = new TowerBench();
    newer = [];
  });
  afterEach(async () => {
    await Promise.all(newer.map((window) => window.kill()));
    await bench.close();
  });

  const bundle = async (options = {}): Promise<void> => bundleNewer(script(), options);
  const script = (): string => join(bench.home, 'newer.cjs');
  const openNewer = async (): Promise<TowerProcess> => {
    const setup = { storage: bench.storage, dist: resolve('dist'), cap: 10, fsync: false, seize: false };
    const wrong = (text: string): void => assert.fail(text);
    const window = new TowerProcess(script(), setup, process.env.TASKTOWER_HOME ?? '', () => undefined, wrong);
    newer.push(window);
    return window.start();
  };
  const role = (window: SharedTower): string => window.standing.role;
  const create = async (window: SharedTower, title: string): Promise<string> =>
    (await window.execute({ type: 'CreateTask', spec: { title } }, person)).taskId ?? '';
  const titles = (window: SharedTower): string[] => [...window.board.tasks.values()].map(({ title, status }) => `${title} ${status}`);

  it('work together, whichever of them runs the tower, and agents find it at the same port with the same token', async () => {
    await bundle();
    const first = await openNewer();
    assert.equal(first.role, 'owner');
    const older = await bench.window();
    assert.equal(role(older), 'follower');
    const { url, token } = older.address;
    const id = await create(older, 'Asked by the older');
    const agent = await bench.agent('Worker', finish, url);
    await until('the work to be done', () => older.board.tasks.get(id)?.status === 'completed');
    assert.equal((older.board.tasks.get(id) as { colour?: string } | undefined)?.colour, 'blue', 'The newer one has it.');
    agent.close();

    await first.kill();
    await until('the older to run the tower', () => role(older) === 'owner');
    assert.deepEqual([older.address.url, older.address.token], [url, token]);
    const second = await openNewer();
    assert.equal(second.role, 'follower');
    await bench.agent('Worker', finish, older.address.url);
    const { body } = await rest(url, token, 'POST', '/api/tasks', { title: 'Asked by an agent' });
    await until('the work to be done', () => older.board.tasks.get(String(body.id))?.status === 'completed');

    await older.close();
    await until('the newer to run the tower', () => second.role === 'owner');
    assert.equal(second.url, url);
    const again = await bench.window();
    assert.equal(role(again), 'follower');
    assert.equal(again.address.token, token);
    assert.deepEqual(titles(again), ['Asked by the older completed', 'Asked by an agent completed']);
  });

  it('show what the older one understands, which then does not write where it does not', async () => {
    await bundle({ withNewEvents: true });
    const first = await openNewer();
    const older = await bench.window();
    await create(older, 'Before');
    await older.execute({ type: 'PauseQueue', when: 'now' }, person);
    await create(older, 'After');
    assert.deepEqual([older.board.queue.state, titles(older)], ['paused', ['Before pending', 'After pending']]);

    await first.kill();
    await until('the older to notice', () => role(older) === 'looking');
    const { reason = '' } = older.standing as { reason?: string };
    assert.match(reason, /A newer version of Tasktower wrote here\. Update the extension/);
    assert.deepEqual(titles(older), ['Before pending'], 'as far as it can read');
    await assert.rejects(create(older, 'No'), { message: reason });

    const second = await openNewer();
    assert.equal(second.role, 'owner');
    await until('the older to follow', () => role(older) === 'follower');
    await create(older, 'Again');
    assert.deepEqual(titles(older), ['Before pending', 'After pending', 'Again pending']);
  });
});
