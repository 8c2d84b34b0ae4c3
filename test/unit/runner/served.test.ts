import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { nullLog } from '../../../src/server/base/log';
import { isAlive, type ProcessId } from '../../../src/server/base/processes';
import { join } from 'node:path';
import { launchRunner } from '../../../src/server/runner/launch';
import { bundleScript } from '../../support/bundle';
import { FakeTower, nodeAgent } from '../../support/fakeTower';
import { withCommand } from '../../support/processTree';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

/** Answers its health address only after a while, as services do. */
const SLOW = `
const { createServer } = require('node:http');
const from = Date.now();
createServer((q, r) => { r.statusCode = Date.now() - from > 800 ? 200 : 503; r.end('{}'); }).listen(Number(process.argv[1]), '127.0.0.1');
console.log('token ' + process.env.TASKTOWER_TOKEN);`;

describe('An agent behind a health address', () => {
  let folder: string;
  let script: string;
  let tower: FakeTower;
  let runner: ProcessId;
  const servers: Server[] = [];

  before(() => {
    script = join(tempFolder(), 'runner.cjs');
    bundleScript('src/server/runner/main.ts', script);
  });
  beforeEach(async () => {
    folder = tempFolder();
    tower = await FakeTower.start(folder);
  });
  afterEach(async () => {
    process.kill(runner.pid, 'SIGTERM');
    await until('the end of the runner', async () => !(await isAlive(runner)));
    await tower.close();
    for (const server of servers.splice(0)) server.close();
    assert.deepEqual(withCommand(folder), [], 'processes are left');
  });
  after(removeTempFolders);

  const launch = async (): Promise<void> => {
    const env = { TASKTOWER_RUNNER_TOKEN: 'runner-token', TASKTOWER_RUNNER_AWAY_MS: '60000', TASKTOWER_RUNNER_GRACE_MS: '300' };
    runner = await launchRunner({ script, addressFile: tower.addressFile, env, logFile: join(folder, 'runner.log'), log: nullLog });
  };
  const isThere = (): boolean => tower.hellos.includes('kimi-api');
  const listen = async (server: Server, port = 0): Promise<number> => {
    servers.push(server);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const freePort = async (): Promise<number> => {
    const server = createServer();
    const port = await listen(server);
    servers.pop()?.close();
    return port;
  };
  const served = (port: number, run: 'task' | 'service', code = '') => {
    const base = nodeAgent('Kimi API', folder, code, { run, driver: 'kimiApi', url: `http://127.0.0.1:${port}` });
    return { ...base, command: run === 'service' ? [process.execPath, '-e', code, String(port), folder] : [] };
  };

  it('is started, is starting until it answers, and then takes work', async () => {
    tower.wanted = [served(await freePort(), 'service', SLOW)];
    await launch();
    await tower.hears('processStarted', 'kimi-api');
    assert.equal(isThere(), false);
    await until('it to be there', isThere);
    const { lines } = await tower.hears('output', 'kimi-api');
    assert.match(lines.join(), /Waiting: .* does not answer/);
    const printed = await until('its output', () =>
      tower.said.flatMap((said) => (said.type === 'output' ? said.lines : [])).find((line) => line.startsWith('token')),
    );
    assert.equal(printed, 'token undefined', 'what does not dial in gets no token');
  });

  it('is not started when it answers already, nor stopped with the runner', async () => {
    const port = await listen(createServer((_, response) => response.end('{}')));
    tower.wanted = [served(port, 'service', SLOW)];
    await launch();
    await until('it to be there', isThere);
    assert.ok(!tower.said.some(({ type }) => type === 'processStarted'));
  });

  it('takes no work while what it needs is away, and comes back with it', async () => {
    const port = await freePort();
    tower.wanted = [served(port, 'task')];
    await launch();
    await tower.hears('output', 'kimi-api');
    assert.equal(isThere(), false);
    await listen(
      createServer((_, response) => response.end('{}')),
      port,
    );
    await until('it to be there', isThere);
  });
});
