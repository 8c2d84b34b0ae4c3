import assert from 'node:assert/strict';
import { deferred } from '../../../src/server/base/deferred';
import { inRepository } from '../../../src/server/runner/worktree/repositoryLock';

describe('Repository lock', () => {
  it('lets one work at a time in one repository, in order, also after a failure', async () => {
    const order: string[] = [];
    const gate = deferred();
    const first = inRepository('/a/.git', undefined, async () => {
      order.push('first begins');
      await gate.promise;
      order.push('first fails');
      throw new Error('no');
    });
    const second = inRepository('/a/.git', undefined, async () => void order.push('second'));
    const elsewhere = inRepository('/b/.git', undefined, async () => void order.push('elsewhere'));
    await elsewhere;
    gate.resolve();
    await assert.rejects(first, /no/);
    await second;
    assert.deepEqual(order, ['first begins', 'elsewhere', 'first fails', 'second']);
  });

  it('lets one who is aborted leave the line, and those behind still wait for those before', async () => {
    const order: string[] = [];
    const gate = deferred();
    const abort = new AbortController();
    const first = inRepository('/a/.git', undefined, () => gate.promise.then(() => void order.push('first')));
    const second = inRepository('/a/.git', abort.signal, async () => void order.push('second'));
    const third = inRepository('/a/.git', undefined, async () => void order.push('third'));
    abort.abort();
    await assert.rejects(second, { name: 'AbortError' });
    assert.deepEqual(order, []);
    gate.resolve();
    await Promise.all([first, third]);
    assert.deepEqual(order, ['first', 'third']);
  });
});
