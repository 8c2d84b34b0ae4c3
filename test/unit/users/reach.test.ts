import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reach, textOf } from '../../../src/server/follower/reach';

describe('What an editor asks a team tower', () => {
  const servers: Server[] = [];
  afterEach(() => servers.splice(0).forEach((server) => server.close().closeAllConnections()));

  const serve = async (answer: RequestListener): Promise<string> => {
    const server = createServer(answer).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };

  it('with its token goes nowhere else, whatever the answer says', async () => {
    let asked = 0;
    const elsewhere = await serve((_, response) => (asked++, response.end('{}')));
    const tower = await serve((_, response) => response.writeHead(307, { location: `${elsewhere}/api/sessions` }).end());
    const answer = await reach(tower, '/api/sessions', { headers: { authorization: 'Bearer secret' } });
    assert.deepEqual([answer.status, answer.ok, asked], [307, false, 0]);
  });

  it('is read to a bound, where the answer has no end', async () => {
    let sent = 0;
    const endless = await serve((_, response) => {
      const more = (): void => {
        while (!response.destroyed && response.write('x'.repeat(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    const answer = await reach(endless, '/api/session', { headers: {} });
    await assert.rejects(textOf(answer), /^HumanError: What answers there is no tower: it says too much\. Check the address\.$/);
    assert.ok(sent < 64 * 1024 * 1024, `${sent} bytes`);
  });

  it('gets a clear error where nobody answers, or the answer breaks off', async () => {
    const broken = await serve((request) => request.socket.destroy());
    for (const url of [broken, 'http://127.0.0.1:1'])
      await assert.rejects(reach(url, '/', { headers: {} }), /^HumanError: No tower answers at http.*Check the address and the network\.$/);
  });
});
