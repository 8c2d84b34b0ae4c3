import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { ToastQueue } from '../../../src/extension/toastQueue';

describe('Notifications', () => {
  let told: string[];
  let outcome: 'shown' | 'nothing' | 'later';
  let queue: ToastQueue<string>;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    [told, outcome] = [[], 'shown'];
    queue = new ToastQueue((kind, ids) => {
      if (outcome === 'shown') told.push(`${kind} ${ids.join(' ')}`);
      return outcome;
    });
  });
  afterEach(() => {
    queue.dispose();
    mock.timers.reset();
  });
  const pass = (seconds: number): void => mock.timers.tick(seconds * 1000);

  it('wait five seconds, for what is answered meanwhile', () => {
    queue.add('question', 'a');
    pass(4.9);
    assert.deepEqual(told, []);
    pass(0.1);
    assert.deepEqual(told, ['question a']);
  });

  it('are one for all of a kind that come in the wait, each once', () => {
    for (const id of ['a', 'b', 'a']) queue.add('question', id);
    queue.add('failed', 'c');
    pass(5);
    assert.deepEqual(told, ['question a b', 'failed c']);
  });

  it('come at most once a minute of a kind', () => {
    queue.add('failed', 'a');
    pass(5);
    queue.add('failed', 'b');
    pass(10);
    queue.add('failed', 'c');
    pass(49.9);
    assert.deepEqual(told, ['failed a']);
    pass(0.1);
    assert.deepEqual(told, ['failed a', 'failed b c']);
  });

  it('do not count when there was nothing left to tell', () => {
    outcome = 'nothing';
    queue.add('failed', 'a');
    pass(5);
    outcome = 'shown';
    queue.add('failed', 'b');
    pass(5);
    assert.deepEqual(told, ['failed b']);
  });

  it('wait for one that is still in sight, and forget nothing', () => {
    outcome = 'later';
    queue.add('failed', 'a');
    pass(20);
    queue.add('failed', 'b');
    outcome = 'shown';
    pass(5);
    assert.deepEqual(told, ['failed a b']);
  });

  it('are none after the end', () => {
    queue.add('failed', 'a');
    queue.dispose();
    pass(100);
    assert.deepEqual(told, []);
  });
});
