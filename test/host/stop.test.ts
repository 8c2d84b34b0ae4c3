import assert from 'node:assert/strict';
import { HostStage } from './stage';

/** The last file in the alphabet, as nothing of the extension works after it. */
describe('A closing window', () => {
  it('stops its tower in under two seconds, and nothing listens any more', async () => {
    const { api } = await HostStage.open();
    const { url } = api.host.here.address;
    await fetch(`${url}/api/health`);
    const before = performance.now();
    await api.host.stop();
    assert.ok(performance.now() - before < 2000, `it took ${Math.round(performance.now() - before)} ms`);
    await assert.rejects(fetch(`${url}/api/health`));
    assert.equal(api.host.tower, undefined);
    assert.throws(() => api.host.here);
    await api.host.start();
    assert.equal(api.host.tower, undefined, 'it starts again after its window has gone');
  });
});
