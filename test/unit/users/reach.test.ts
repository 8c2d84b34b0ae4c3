import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { reach } from '../../../src/server/follower/reach';

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

  it('gets a clear error where nobody answers, or the answer breaks off', async () => {
    const broken = await serve((request) => request.socket.destroy());
    for (const url of [broken, 'http://127.0.0.1:1'])
      await assert.rejects(reach(url, '/', { headers: {} }), /^HumanError: No tower answers at http.*Check the address and the network\.$/);
  });
});
