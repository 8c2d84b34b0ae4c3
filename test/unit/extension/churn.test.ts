import assert from 'node:assert/strict';
import { Churn } from '../../../src/extension/tree/churn';
import { until } from '../../support/until';

describe('What is shown of changes', () => {
  const opened: Churn[] = [];
  const order: string[] = [];
  const churn = (name: string): Churn => {
    const made = new Churn(() => order.push(name));
    opened.push(made);
    return made;
  };
  beforeEach(() => void order.splice(0));
  afterEach(() => opened.splice(0).forEach((one) => one.dispose()));
  const ends = (count: number): Promise<unknown> => until(`${count} refreshes`, () => order.length >= count);

  it('is a state sooner than what changes all the time, also when that came first', async () => {
    const [live, both] = [churn('live'), churn('state')];
    live.touch('live');
    both.touch('live');
    both.touch('state');
    await ends(2);
    assert.deepEqual(order, ['state', 'live']);
  });

  it('is one refresh for all that comes meanwhile', async () => {
    const [busy, later] = [churn('busy'), churn('later')];
    for (let n = 0; n < 100; n++) busy.touch(n % 2 === 0 ? 'state' : 'live');
    later.touch('live');
    await ends(2);
    assert.deepEqual(order, ['busy', 'later']);
  });

  it('waits longer where a refresh takes long', async () => {
    const slow = new Churn(() => {
      order.push('slow');
      const end = performance.now() + 80;
      while (performance.now() < end);
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
