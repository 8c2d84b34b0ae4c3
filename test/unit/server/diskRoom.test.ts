import assert from 'node:assert/strict';
import { statusText } from '../../../src/extension/statusText';
import { readAddress } from '../../../src/server/gateway/addressFile';
import type { TaskOut } from '../../../src/server/protocol/rest';
import { SmallDisk } from '../../support/smallDisk';
import { person, TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

const MB = 1 << 20;

describe('A disk that is full', () => {
  let bench: TowerBench;
  let free = 0;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  it('lets new tasks wait and running ones go on, says so in every window, and starts again when there is room', async () => {
    free = 12 * MB;
    let looks = 0;
    const gauge = { free: () => Promise.resolve((looks++, free)), everyMs: 20 };
    const owner = await bench.window({ gauge, folders: [] });
    const follower = await bench.window({ gauge, folders: [] });
    await until('the room to be looked at', () => owner.live.trouble);
    const { url } = owner.address;
    const agent = await bench.agent('Worker', undefined, url);
    await until('the agent to be there', () => owner.live.agents.size === 1);
    const { taskId = '' } = await follower.execute({ type: 'CreateTask', spec: { title: 'Write much' } }, person);
    const { body } = await rest(url, bench.keys.person, 'GET', `/api/tasks/${taskId}`);
    assert.equal((body as unknown as TaskOut).waitsFor, 'waits for room on the disk');
    const sentence = 'The disk is full: new tasks wait, running ones go on. 12 MB are free. Free some space, or delete old evidence.';
    await until('the other window to hear of it', () => follower.live.trouble === sentence);
    const state = { kind: 'running', board: follower.board, live: follower.live, isTrusted: true } as const;
    assert.deepEqual(statusText({ ...state, standing: { role: 'owner', address: owner.address } }, 0), {
      text: '$(error) Disk full',
      tooltip: [sentence],
      command: 'tasktower.deleteOld',
      background: 'error',
    });
    assert.deepEqual(agent.assigned, []);
    const ready = async (): Promise<number> => (await fetch(`${url}/api/health/ready`)).status;
    assert.equal(await ready(), 503, 'whoever shares the load between towers sends new work elsewhere');

    free = 40 * MB;
    const before = looks;
    await until('a few looks', () => looks > before + 3);
    assert.deepEqual(agent.assigned, [], 'a little more room is not enough');
    free = 100 * MB;
    await until('the task to be done', () => owner.board.tasks.get(taskId)?.status === 'completed');
    assert.equal(await ready(), 200);
    await until('the other window to hear of it', () => follower.live.trouble === undefined);
  });

  it('keeps no tower from starting, which is found as soon as there is room', async function () {
    const disk = SmallDisk.mount(bench.storage, 16);
    // Mounting needs rights that not everybody has.
    if (!disk) return this.skip();
    try {
      await bench.start();
      await bench.create('Before');
      await bench.stop();
      process.env.TASKTOWER_HOME = bench.storage;
      disk.fill();
      const { tower, address } = await bench.start();
      assert.equal(readAddress(address?.id ?? ''), undefined);
      assert.match(bench.said.join('\n'), /The disk is full: agents and other windows cannot find the tower until some space is free/);
      await assert.rejects(bench.create('On a full disk'), /The disk is full: nothing was stored/);
      disk.clear();
      await until('the tower to be found', () => readAddress(address?.id ?? '')?.url === address?.url);
      await bench.create('After');
      assert.deepEqual(
        [...tower.board.tasks.values()].map(({ title }) => title),
        ['Before', 'After'],
      );
      await bench.stop();
    } finally {
      disk.unmount();
    }
  });
});
