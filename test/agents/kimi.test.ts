import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FakeModel, type Script } from '../support/fakeModel';
import { person, TowerBench } from '../support/towerBench';
import { until } from '../support/until';
import { realAgent } from './agents';

const CODERS = [
  {
    id: 'kimi',
    name: 'Kimi Code',
    args: ['acp'],
    env: (home: string, url: string) => ({
      KIMI_CODE_HOME: join(home, 'kimi'),
      KIMI_DISABLE_TELEMETRY: '1',
      KIMI_MODEL_NAME: 'fake',
      KIMI_MODEL_API_KEY: 'none',
      KIMI_MODEL_BASE_URL: url,
      KIMI_MODEL_PROVIDER_TYPE: 'openai',
    }),
  },
  {
    id: 'qwen',
    name: 'Qwen Code',
    args: ['--acp'],
    env: (_: string, url: string) => ({
      OPENAI_API_KEY: 'none',
      OPENAI_BASE_URL: url,
      OPENAI_MODEL: 'fake',
      QWEN_TELEMETRY_ENABLED: 'false',
    }),
  },
];

for (const { id, name, args, env } of CODERS) {
  describe(`${name} from npm, over ACP`, function () {
    this.timeout(180_000);
    let bench: TowerBench;
    let model: FakeModel;
    let agent: { program: string; path: string };

    before(async function () {
      this.timeout(600_000);
      agent = await realAgent(id);
    });
    const start = async (script: Script): Promise<void> => {
      bench = new TowerBench();
      model = await FakeModel.start(script);
      const home = { HOME: bench.home, PATH: agent.path };
      const config = { name, driver: 'acp', command: [agent.program, ...args], env: { ...home, ...env(bench.home, model.url) } };
      await bench.start({ agents: [config] });
    };
    afterEach(async () => {
      await bench.close();
      await model.close();
    });
    const log = async (taskId: string): Promise<string> =>
      (await bench.tower.query({ type: 'Logs', filter: { taskId, limit: 500 } })).map(({ level, text }) => `${level} ${text}`).join('\n');
    const ended = (taskId: string): Promise<unknown> =>
      until('the end', () => ['completed', 'failed', 'cancelled'].includes(bench.task(taskId).status), 90_000).catch(
        async (error: unknown) => {
          throw new Error(`${String(error)}\n${JSON.stringify(bench.task(taskId).attempts.at(-1))}\n${await log(taskId)}`);
        },
      );

    it('answers a prompt', async () => {
      await start(() => ({ text: 'Nothing to do here.' }));
      const taskId = await bench.create('Look around');
      await ended(taskId);
      const { results, attempts } = await bench.tower.query({ type: 'TaskDetails', taskId });
      assert.equal(bench.task(taskId).status, 'completed', attempts[0]?.error?.message);
      assert.equal(results[1], 'Nothing to do here.');
      assert.ok((attempts[0]?.usage?.inputTokens ?? 0) > 0 || id !== 'kimi', JSON.stringify(attempts[0]?.usage));
      assert.ok(attempts[0]?.session);
    });

    it('stops within 2 s of a cancel', async () => {
      await start(() => ({ text: 'Too late.', afterMs: 60_000 }));
      const taskId = await bench.create('Think long');
      await until('the model to be asked', () => model.requests.length > 0, 60_000);
      const from = performance.now();
      await bench.tower.execute({ type: 'CancelTask', taskId }, person);
      await ended(taskId);
      assert.equal(bench.task(taskId).status, 'cancelled');
      assert.ok(performance.now() - from < 2_000, `it took ${Math.round(performance.now() - from)} ms`);
    });

    if (id === 'kimi')
      it('asks before it runs a command, uses the tools of the tower, and is told what a person chose', async () => {
        await start((_, turn) => {
          if (turn === 1)
            return {
              tool: model.tool(/bash|shell|terminal|exec/i),
              input: { command: 'echo made > made.txt', description: 'make a file', timeout: 10 },
            };
          if (turn === 2) return { tool: model.tool(/tasktower__append_log$/), input: { lines: ['from the tools of the tower'] } };
          return { text: 'All done.' };
        });
        const taskId = await bench.create('Make a file');
        await until('the question', () => bench.task(taskId).status === 'input_required', 90_000).catch(async (error: unknown) => {
          throw new Error(`${String(error)}\n${JSON.stringify(bench.task(taskId))}\n${await log(taskId)}`);
        });
        const { question } = bench.task(taskId).attempts[0] ?? {};
        assert.match(question?.text ?? '', /made\.txt/);
        const allow = question?.options.find(({ label, id: option }) => /allow|approve|yes/i.test(`${label} ${option}`));
        assert.ok(allow, JSON.stringify(question));
        assert.equal(existsSync(join(bench.workspace, 'made.txt')), false);
        await bench.tower.execute({ type: 'AnswerInput', taskId, answer: allow.label, optionId: allow.id }, person);
        await ended(taskId);
        assert.equal(bench.task(taskId).status, 'completed', `${bench.task(taskId).error?.message}\n${await log(taskId)}`);
        assert.equal(readFileSync(join(bench.workspace, 'made.txt'), 'utf8'), 'made\n');
        assert.match(await log(taskId), /from the tools of the tower/);
        const { usage } = bench.task(taskId).attempts[0] ?? {};
        assert.ok((usage?.inputTokens ?? 0) > 1_000 && (usage?.outputTokens ?? 0) > 0, JSON.stringify(usage));
      });
  });
}
