import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { join } from 'node:path';
import { mock } from 'node:test';
import { ThreadReportReader } from '../../../src/server/proof/reportReader';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

describe('The thread that reads a report', () => {
  afterEach(() => {
    mock.timers.reset();
    removeTempFolders();
  });

  it('ends with a report that takes too long', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const worker = join(tempFolder(), 'endless.cjs');
    writeFileSync(worker, `require('node:net').connect(${port}, '127.0.0.1', () => { for (;;); });`);
    mock.timers.enable({ apis: ['setTimeout'] });
    const reading = new ThreadReportReader(worker).read('report.json', {});
    const [line] = (await once(server, 'connection')) as [Socket];
    line.resume().on('error', () => undefined);
    mock.timers.tick(60_000);
    await assert.rejects(reading, /^HumanError: This report takes too much time or memory to read\. Hand in a smaller one\.$/);
    if (!line.closed) await once(line, 'close');
    server.close();
  });
});
