import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { until } from '../support/until';
import { Stand } from '../unit/gateway/stand';

/** What takes as long as the tower waits. */
describe('the patience of the doors', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  it('answers 408 to headers that drip in, closes a connection that says nothing, and serves others meanwhile', async () => {
    const from = performance.now();
    const ended = (socket: ReturnType<Stand['dial']>): Promise<number> =>
      once(socket.resume(), 'close').then(() => performance.now() - from);
    let answer = '';
    const slow = stand.dial(`GET /api/health HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\n`);
    slow.on('data', (chunk: Buffer) => (answer += chunk.toString()));
    const drip = setInterval(() => slow.writable && slow.write('X-Drip: 1\r\n'), 500);
    try {
      const times = Promise.all([ended(slow), ended(stand.dial())]);
      assert.equal((await stand.call('GET', '/api/tasks')).status, 200);
      for (const ms of await times) assert.ok(ms > 9_000 && ms < 15_000, `closed after ${ms} ms`);
    } finally {
      clearInterval(drip);
    }
    assert.match(answer, /^HTTP\/1\.1 408 .*did not arrive in time/s);
  });

  it('of agents ends with a missing hello, a missing answer and silence', async () => {
    const headers = { authorization: `Bearer ${stand.keys.client}` };
    const mute = new WebSocket(`${stand.url.replace('http', 'ws')}/agent`, { headers });
    const closed = once(mute, 'close');
    const deaf = new WebSocket(`${stand.url.replace('http', 'ws')}/agent`, { headers, autoPong: false });
    await once(deaf, 'open');
    deaf.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'agent/hello', params: { protocol: 1, name: 'deaf' } }));
    await until('the agent', () => stand.tower.live.agents.get('deaf')?.presence === 'online');
    const busy = await stand.agent('never answers');
    busy.rpc.onCall = () => new Promise(() => undefined);
    const { id } = await stand.create('Work', { agent: 'never answers' });

    assert.equal((await closed)[0], 4003);
    await until('the attempt to be declined', () => stand.task(id).attempts[0]?.outcome === 'declined', 12_000);
    assert.equal(stand.task(id).tries, 0);
    await until('the silent agent to be offline', () => !stand.tower.live.agents.has('deaf'), 16_000);
    assert.equal(stand.tower.live.agents.get('never-answers')?.presence, 'online');
    deaf.terminate();
  });
});
