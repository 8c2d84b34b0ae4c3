import assert from 'node:assert/strict';
import { TowerBench } from '../support/towerBench';
import type { Assigned } from '../support/towerClient';
import { until } from '../support/until';

const FRAMES = 100;
const LINES = 1000;

describe('A flood of log lines', function () {
  this.timeout(120_000);
  let bench: TowerBench;
  before(async () => {
    bench = new TowerBench();
    await bench.start();
  });
  after(() => bench.close());

  it('is kept whole and in order: 100,000 lines sent at once', async () => {
    let task: Assigned | undefined;
    const agent = await bench.agent('Flood', (_, assigned) => void (task = assigned));
    await bench.create('Flood');
    const work = await until('the assignment', () => task);
    const scope = { taskIds: [work.taskId] };
    const from = performance.now();
    await Promise.all(
      Array.from({ length: FRAMES }, (_, frame) =>
        agent.send(work, { type: 'log', lines: Array.from({ length: LINES }, (__, n) => ({ text: `flood ${frame * LINES + n}.` })) }),
      ),
    );
    console.log(`${FRAMES * LINES} lines acknowledged in ${((performance.now() - from) / 1000).toFixed(1)} s`);
    const match = { text: 'flood ', regex: false, wholeWord: false, matchCase: true };
    const { total } = await bench.tower.query({ type: 'LogSearch', scope, match, limit: 1, stopEarly: false });
    assert.equal(total, FRAMES * LINES);
    const { lines } = await bench.tower.query({ type: 'LogPage', scope, direction: 'older', limit: 2000 });
    assert.deepEqual(
      lines.map(({ text }) => text),
      Array.from({ length: 2000 }, (_, n) => `flood ${FRAMES * LINES - 2000 + n}.`),
    );
  });
});
