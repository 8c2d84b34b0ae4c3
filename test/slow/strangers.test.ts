import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { HeadlessTower } from '../support/headlessTower';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { RpcSocket } from '../support/towerClient';
import { until } from '../support/until';

const CONNECTIONS = 10_000;
/** As many as may be open that have shown no token, and a few that are being closed. */
const MOST = 256 + 32;

describe('a tower that 10,000 strangers connect to', () => {
  let tower: HeadlessTower;
  const open = new Set<Socket>();
  beforeEach(async () => (tower = await HeadlessTower.start(tempFolder(), [], 1)));
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    await tower.close();
    removeTempFolders();
  });

  const stranger = async (port: number, text: string): Promise<void> => {
    const socket = connect(port, '127.0.0.1');
    open.add(socket);
    socket.on('error', () => undefined).on('close', () => open.delete(socket));
    await Promise.race([once(socket, 'connect'), once(socket, 'close')]);
    if (text && socket.writable) socket.write(text);
  };

  for (const [name, text] of [
    ['who say nothing', ''],
    ['who begin a request', 'GET /api/tasks HTTP/1.1\r\nHost: '],
  ] as const)
    it(`${name} answers who has a token, and holds few of them`, async function () {
      this.timeout(120_000);
      const port = Number(new URL(tower.url).port);
      const viewer = await RpcSocket.open(tower.url, '/board', tower.keys.person);
      await tower.ask('GET', '/api/tasks');
      const before = tower.handles;
      const times: number[] = [];
      let most = 0;
      const began = performance.now();
      for (let n = 1; n <= CONNECTIONS; n++) {
        await stranger(port, text);
        if (n % 250 !== 0) continue;
        most = Math.max(most, tower.handles - before);
        const from = performance.now();
        assert.equal((await tower.ask('GET', '/api/tasks')).status, 200);
        await viewer.ask('logs/unsubscribe', {});
        times.push(performance.now() - from);
      }
      const [slowest, took] = [Math.round(Math.max(...times)), Math.round(performance.now() - began)];
      console.log(`${CONNECTIONS} strangers ${name} in ${took} ms: at most ${most} more handles, the slowest answer took ${slowest} ms.`);
      assert.ok(slowest < 1_000, `the slowest answer took ${slowest} ms`);
      assert.ok(most <= MOST, `${most} more handles`);
      assert.equal(viewer.closed, undefined, 'who has shown a token stays');
      await until('the strangers to be sent away', () => tower.handles - before <= 2, 30_000);
      viewer.close();
    });
});
