import assert from 'node:assert/strict';
import { Churn } from '../../../src/extension/tree/churn';
import { until } from '../../support/until';

/** Keeps the thread for so long, ms. */
function blockFor(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('What is shown of changes', () => {
  const opened: Churn[] = [];
  const order: string[] = [];
  const churn = (name: string): Churn => {
    const made = new Churn(() => order.push(name) > 0);
    opened.push(made);
    return made;
  };
  beforeEach(() => void order.splice(0));
  afterEach(() => opened.splice(0).forEach((one) => one.dispose()));
  const ends = (count: number): Promise<unknown> => until(`${count} refreshes`, () => order.length >= count);

  it('is a state sooner than what changes all the time, also when that came first', async () => {
    const [live, both] = [churn('live'), churn('state')];
    for (const one of [live, both]) one.touch('live');
    await ends(2);
    live.touch('live');
    both.touch('live');
    both.touch('state');
    await ends(4);
    assert.deepEqual(order.slice(2), ['state', 'live']);
  });

  it('is what changes all the time too, as soon as any state, where nothing was shown lately', async () => {
    const [live, state] = [churn('live'), churn('state')];
    live.touch('live');
    state.touch('state');
    await ends(2);
    assert.deepEqual(order, ['live', 'state']);
  });

  it('is one refresh for all that comes meanwhile', async () => {
    const [busy, later] = [churn('busy'), churn('later')];
    for (let n = 0; n < 100; n++) busy.touch(n % 2 === 0 ? 'state' : 'live');
    later.touch('live');
    await ends(2);
    assert.deepEqual(order, ['busy', 'later']);
  });

  it('leaves VS Code the 200 ms of silence between two refreshes without which it draws nothing', async () => {
    const times: number[] = [];
    const busy = new Churn(() => times.push(performance.now()) > 0);
    opened.push(busy);
    await until('four refreshes', () => {
      busy.touch('state');
      return times.length >= 4;
    });
    const gaps = times.slice(1).map((time, at) => time - (times[at] ?? 0));
    assert.ok(Math.min(...gaps) > 200, String(gaps));
  });

  it('is not put off for long by a machine that stood still', async () => {
    const stalled = new Churn(() => {
      order.push('stalled');
      if (order.length > 1) return true;
      blockFor(1_000);
      return true;
    });
    opened.push(stalled);
    stalled.touch('state');
    await ends(1);
    const from = performance.now();
    stalled.touch('state');
    await ends(2);
    assert.ok(performance.now() - from < 3_500);
  });

  it('waits longer where a refresh takes long', async () => {
    const slow = new Churn(() => {
      order.push('slow');
      blockFor(150);
      return true;
    });
    opened.push(slow);
    slow.touch('state');
    await ends(1);
    slow.touch('state');
    churn('live').touch('live');
    await ends(3);
    assert.deepEqual(order, ['slow', 'live', 'slow']);
  });
});
