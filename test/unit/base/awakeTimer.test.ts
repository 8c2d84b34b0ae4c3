import assert from 'node:assert/strict';
import { AwakeTimer } from '../../../src/server/base/awakeTimer';
import { until } from '../../support/until';

/** Blocks this thread, as a stopped process stands still. */
function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

describe('A timer of waking time', () => {
  it('does not count time in which the process stood still', async () => {
    let rung = 0;
    const timer = new AwakeTimer(300, () => rung++);
    const began = performance.now();
    standStill(1_000);
    // What came in meanwhile is read before the timer may ring.
    await new Promise((read) => setImmediate(read));
    await new Promise((read) => setImmediate(read));
    assert.equal(rung, 0);
    await until('the ring', () => rung === 1);
    assert.ok(performance.now() - began >= 1_200, `it rang after ${performance.now() - began} ms`);
    timer.dispose();
  });

  it('begins anew with each sign of life, rings once, and not after it is disposed', async () => {
    const rung: string[] = [];
    const renewed = new AwakeTimer(200, () => rung.push('renewed'));
    const disposed = new AwakeTimer(50, () => rung.push('disposed'));
    disposed.dispose();
    const began = performance.now();
    while (performance.now() - began < 500) {
      renewed.restart();
      await new Promise((turn) => setTimeout(turn, 20));
    }
    assert.equal(rung.length, 0);
    new AwakeTimer(20, () => rung.push('short'));
    await until('both', () => rung.length === 2);
    assert.deepEqual(rung, ['short', 'renewed']);
  });
});
