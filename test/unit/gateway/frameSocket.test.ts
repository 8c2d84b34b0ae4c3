import assert from 'node:assert/strict';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { Stand } from './stand';

describe('a frame', () => {
  let stand: Stand;
  before(async () => (stand = await Stand.open()));
  after(() => stand.close());

  const open = (path = '/agent'): Promise<RpcSocket> => RpcSocket.open(stand.url, path, stand.keys.client);
  /** Sends raw frames; answers the first message that comes back to each. */
  const answers = async (frames: (string | Buffer)[], path?: string): Promise<{ error: { code: number; message: string }; id: null }[]> => {
    const rpc = await open(path);
    const got: { error: { code: number; message: string }; id: null }[] = [];
    rpc.socket.on('message', (data: Buffer) => got.push(JSON.parse(data.toString()) as (typeof got)[number]));
    for (const frame of frames) rpc.socket.send(frame);
    await until('an answer to each', () => got.length === frames.length);
    assert.equal(rpc.closed, undefined, 'one mistake is forgiven');
    rpc.close();
    return got;
  };

  for (const path of ['/agent', '/board']) {
    it(`that is not JSON is answered with -32700 on ${path}`, async () => {
      const [torn, binary] = await answers(['{"jsonrpc":', Buffer.from([1, 2, 3])], path);
      assert.equal(torn?.error.code, -32700);
      assert.equal(torn?.id, null);
      assert.equal(binary?.error.code, -32700);
    });

    it(`that is a batch or no JSON-RPC 2.0 message is refused on ${path}`, async () => {
      const call = { jsonrpc: '2.0', id: 1, method: 'agent/hello', params: { protocol: 1, name: 'batch' } };
      const got = await answers(
        [JSON.stringify([call]), '{"id":1,"method":"agent/hello"}', 'null', '{"jsonrpc":"2.0","id":{},"method":"x"}'],
        path,
      );
      assert.deepEqual(
        got.map(({ error }) => error.code),
        [-32600, -32600, -32600, -32600],
      );
      assert.match(got[0]?.error.message ?? '', /Batches are refused/);
      assert.equal(stand.tower.board.agents.has('batch'), false);
    });
  }

  it('that is malformed for the fifth time closes the socket with 4002', async () => {
    const rpc = await open();
    for (let n = 0; n < 5; n++) rpc.socket.send('nonsense');
    await until('the close', () => rpc.closed === 4002);
  });

  it('that comes after the socket was closed is not obeyed', async () => {
    const rpc = await open();
    for (let n = 0; n < 5; n++) rpc.socket.send('nonsense');
    rpc.ask('agent/hello', { protocol: 1, name: 'late' }).catch(() => undefined);
    await until('the close', () => rpc.closed === 4002);
    // Commands are carried out in order.
    await stand.create();
    assert.equal(stand.tower.board.agents.has('late'), false);
  });

  it('of 2 MiB closes that socket alone', async () => {
    const bystander = await open();
    const rpc = await open();
    const closed = once(rpc.socket, 'close') as Promise<[number]>;
    rpc.socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'agent/hello', params: { name: 'x'.repeat(2 * 1024 * 1024) } }));
    const [code] = await closed;
    assert.equal(code, 1009);
    assert.ok(await bystander.ask('agent/hello', { protocol: 1, name: 'bystander' }));
    bystander.close();
  });

  it('comes through in a flood, only more slowly', async () => {
    const [rpc, bystander] = [await open(), await open()];
    await rpc.ask('agent/hello', { protocol: 1, name: 'fast' });
    await bystander.ask('agent/hello', { protocol: 1, name: 'calm' });
    let answered = 0;
    const now = performance.now.bind(performance);
    const at = performance.now();
    // On a machine that is slow itself only a clock that stands still shows that more are held back.
    performance.now = () => at;
    let all: Promise<unknown>;
    try {
      all = Promise.all(Array.from({ length: 900 }, () => rpc.ask('agent/status', { status: 'ready' }).then(() => answered++)));
      await until('the first', () => answered >= 590);
      for (let n = 0; n < 100; n++) await bystander.ask('agent/status', { status: 'ready' });
      assert.ok(answered <= 600, `${answered} came through at once`);
    } finally {
      performance.now = now;
    }
    await all;
    assert.equal(answered, 900);
    assert.equal(rpc.socket.readyState, WebSocket.OPEN);
    rpc.close();
    bystander.close();
  });
});
