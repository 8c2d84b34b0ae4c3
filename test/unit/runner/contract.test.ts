import assert from 'node:assert/strict';
import { join, resolve } from 'node:path';
import { DriverName } from '../../../src/server/domain/drivers';
import { FakeService, events } from '../../support/fakeServices';
import { withCommand } from '../../support/processTree';
import { person, TowerBench } from '../../support/towerBench';
import { until } from '../../support/until';

type How = 'works' | 'hangs' | 'crashes';
type Config = Record<string, unknown>;
/** All but the one that runs nothing which could hang or crash: folderCheck.test.ts has its rules. */
const drivers = DriverName.exclude(['folderCheck']).options;
type Driver = (typeof drivers)[number];

const ECHO = resolve('test/fixtures/acp/echoAgent.mjs');
const MCP = resolve('test/fixtures/mcp/server.mjs');
const SCRIPTS: Record<How, string> = {
  works: `console.log('hello')`,
  hangs: `console.log('hello'); setInterval(() => {}, 1000)`,
  crashes: `console.error('gone'); process.exit(3)`,
};
const STEPS: Record<How, object[]> = {
  works: [{ say: 'hello' }],
  hangs: [{ say: 'hello' }, { forever: true }],
  crashes: [{ stderr: 'gone' }, { exit: 3 }],
};
const TOOLS: Record<How, { name: string; input: object }> = {
  works: { name: 'echo', input: { text: 'hello' } },
  hangs: { name: 'slow', input: {} },
  crashes: { name: 'die', input: {} },
};

/** What every driver owes the tower, through a real tower, a real runner and the real protocol. */
describe('Every driver', () => {
  let bench: TowerBench;
  let service: FakeService;

  before(async () => {
    const answer = (text: string): unknown =>
      text.includes('hangs') ? new Promise(() => undefined) : text.includes('crashes') ? 'gone' : 'hello';
    const said = async (body: unknown, response: { destroy(): void }): Promise<string | undefined> => {
      const text = await answer(JSON.stringify(body));
      if (text !== 'gone') return String(text);
      response.destroy();
      return undefined;
    };
    service = await FakeService.start({
      'GET /api/health': () => ({ status: 'healthy' }),
      'GET /health': () => ({ ok: true }),
      'GET /tools': () => [{ name: 'kimi.chat' }],
      'POST /tools/call': async (body, _, response) => {
        const content = await said(body, response);
        return content === undefined ? undefined : { content };
      },
      'POST /webhook/work': async (body, _, response) => {
        const output = await said(body, response);
        return output === undefined ? undefined : [{ output }];
      },
      'POST /api/chat/stream': async (body, _, response) => {
        const text = await said(body, response);
        if (text !== undefined) events(response, text);
      },
      'POST /v1/chat/completions': async (body, _, response) => {
        const text = await said(body, response);
        if (text !== undefined)
          events(response, JSON.stringify({ choices: [{ delta: { content: text }, finish_reason: 'stop' }] }), '[DONE]');
      },
    });
    bench = new TowerBench();
    const how = (driver: Driver, one: How): Config => {
      const configs: Record<Driver, Config> = {
        process: { command: [process.execPath, '-e', SCRIPTS[one], bench.home] },
        acp: { command: [process.execPath, ECHO, bench.home] },
        mcp: { command: [process.execPath, MCP, bench.home], tool: TOOLS[one] },
        openai: { url: `${service.url}/v1`, model: 'm' },
        kimiApi: { url: service.url },
        http: { url: `${service.url}/webhook/work` },
        toolhost: { url: service.url, tool: { name: 'kimi.chat', input: { messages: [{ role: 'user', content: '{prompt}' }] } } },
      };
      return { name: `${driver} ${one}`, driver, ...configs[driver] };
    };
    const agents = drivers.flatMap((driver) => (['works', 'hangs', 'crashes'] as const).map((one) => how(driver, one)));
    await bench.start({ agents, cap: 20 });
  });
  after(async function () {
    this.timeout(60_000);
    await bench.close();
    await service.close();
    await until('every process to be gone', () => withCommand(bench.home).length === 0, 40_000);
  });

  const create = (driver: Driver, one: How, spec: Config = {}): Promise<string> => {
    const prompt = driver === 'acp' ? JSON.stringify(STEPS[one]) : `It ${one}.`;
    return bench.create(`${driver} ${one}`, { agent: `${driver} ${one}`, prompt, ...spec });
  };
  const ended = async (id: string): Promise<string> => {
    await until('the end', () => ['completed', 'failed', 'cancelled'].includes(bench.task(id).status), 15_000);
    return bench.task(id).status;
  };

  for (const driver of drivers) {
    it(`(${driver}) does its work: the result and the log are there`, async () => {
      const id = await create(driver, 'works');
      assert.equal(await ended(id), 'completed', bench.task(id).error?.message);
      const { results } = await bench.tower.query({ type: 'TaskDetails', taskId: id });
      assert.match(results[1] ?? '', /hello/);
      const lines = await bench.tower.query({ type: 'Logs', filter: { taskId: id, limit: 100 } });
      assert.ok(lines.some(({ text }) => text.includes('hello')));
    });

    it(`(${driver}) stops within 2 s of a cancel`, async () => {
      const id = await create(driver, 'hangs');
      await until('it to work', () => bench.task(id).phase === 'working');
      const from = performance.now();
      await bench.tower.execute({ type: 'CancelTask', taskId: id }, person);
      assert.equal(await ended(id), 'cancelled');
      assert.ok(performance.now() - from < 2_000, `it took ${Math.round(performance.now() - from)} ms`);
    });

    it(`(${driver}) ends a crash in a clear state, and nobody else is disturbed`, async () => {
      const [id, other] = [await create(driver, 'crashes'), await create(driver, 'works')];
      assert.equal(await ended(id), 'failed');
      assert.equal(bench.task(id).error?.kind, 'agent_error');
      assert.match(bench.task(id).error?.message ?? '', /gone|dropped|closed|exit code|ended/);
      assert.equal(await ended(other), 'completed');
    });

    it(`(${driver}) is not done without the proof that was asked for`, async () => {
      const id = await create(driver, 'works', { requires: ['screenshot'] });
      assert.equal(await ended(id), 'failed');
      assert.equal(bench.task(id).error?.kind, 'verification');
    });
  }

  it('leaves no process behind over ten starts and stops', async () => {
    const id = 'process-works';
    for (let n = 0; n < 10; n++) {
      await bench.tower.execute({ type: 'StopAgent', agentId: id }, person);
      await until('it to be offline', () => !bench.tower.live.agents.has(id));
      await bench.tower.execute({ type: 'StartAgent', agentId: id }, person);
      await until('it to be there', () => bench.tower.live.agents.get(id)?.presence === 'online');
      const task = await create('process', 'works');
      assert.equal(await ended(task), 'completed');
    }
    await until('its processes to be gone', () => withCommand(join(bench.home)).length === 0);
  });
});
