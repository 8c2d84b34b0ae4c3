import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PRESETS } from '../../src/server/domain/presets';
import { TowerBench } from '../support/towerBench';
import { until } from '../support/until';
import { realAgent, root } from './agents';

interface ChromiumScript {
  ensureChromium: (this: void) => string;
}

describe('Playwright MCP from npm', function () {
  this.timeout(600_000);
  let bench: TowerBench;
  let site: Server;

  before(async () => {
    site = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>Bakery</title><h1>Fresh bread</h1>');
    });
    site.listen(0, '127.0.0.1');
    await once(site, 'listening');
  });
  after(() => void site.close());
  afterEach(() => bench.close());

  it('opens the address of a task and hands in a screenshot as evidence', async () => {
    const { program, path } = await realAgent('playwright');
    const { ensureChromium } = (await import(join(root, 'scripts', 'chromium.mjs'))) as ChromiumScript;
    const { config } = PRESETS.find(({ id }) => id === 'playwright-mcp') ?? {};
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const command = [program, ...(config?.command?.slice(1) ?? []), ...sandbox, '--executable-path', ensureChromium()];
    bench = new TowerBench();
    await bench.start({ agents: [{ name: 'Browser', ...config, command, env: { PATH: path } }] });
    const prompt = `http://127.0.0.1:${(site.address() as AddressInfo).port}/`;
    const taskId = await bench.create('Look at the bakery', { prompt, requires: ['screenshot'], skills: ['browser'] });
    await until('the end', () => ['completed', 'failed', 'review'].includes(bench.task(taskId).status), 90_000);
    const { error, attempts } = bench.task(taskId);
    assert.equal(error, undefined);
    const [picture] = attempts[0]?.evidence ?? [];
    assert.deepEqual([picture?.kind, picture?.mime, picture?.viewport], ['screenshot', 'image/png', { width: 1280, height: 800 }]);
    assert.equal(picture?.comparison?.state, 'new');
  });
});
