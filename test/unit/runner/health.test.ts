import assert from 'node:assert/strict';
import { askHealth } from '../../../src/server/runner/health';
import { fail, FakeService } from '../../support/fakeServices';

describe('A health address', () => {
  let service: FakeService | undefined;
  afterEach(() => service?.close());

  it('with a name and a password is asked with them, and said without', async () => {
    service = await FakeService.start({
      'GET /well': () => ({}),
      'GET /ill': (_, __, response) => fail(response, 503, {}),
    });
    const address = service.url.replace('//', '//me:top%40secret@');
    assert.equal(await askHealth(`${address}/well?deep=yes`, true), undefined);
    assert.deepEqual(service.asked, [{ path: '/well?deep=yes', body: undefined, authorization: `Basic ${btoa('me:top@secret')}` }]);
    assert.equal(await askHealth(`${address}/ill?key=secret`, true), `${service.url}/ill answers with status 503`);
  });
});
