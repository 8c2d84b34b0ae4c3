import assert from 'node:assert/strict';
import type { WantedAgent } from '../../../src/server/domain/agent';
import { AgentConfig } from '../../../src/server/domain/agent';
import { AgentReport, type FinalReport } from '../../../src/server/domain/report';
import type { AssignParams } from '../../../src/server/protocol/agent';
import { runHttp } from '../../../src/server/runner/drivers/http';
import { DriverRun } from '../../support/driverBench';
import { fail, FakeService, type Answer } from '../../support/fakeServices';

describe('An address that takes a task', () => {
  let service: FakeService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
  });

  const run = async (
    answer: Answer,
    change: Partial<WantedAgent> = {},
    assignment: Partial<AssignParams> = {},
  ): Promise<{ final: FinalReport; attempt: DriverRun }> => {
    await service?.close();
    service = await FakeService.start({ 'POST /webhook/review': answer });
    const attempt = new DriverRun(runHttp, {
      agent: { name: 'Flow', cwd: '/', url: `${service.url}/webhook/review`, ...change },
      assignment,
    });
    const final = await attempt.final();
    for (const report of attempt.reports) AgentReport.parse(report);
    return { final, attempt };
  };
  const text = (body: string, type = 'text/plain', status = 200): Answer => {
    return (_, __, response) => {
      response.writeHead(status, { 'content-type': type });
      response.end(body);
      return undefined;
    };
  };

  it('gets the task, with what a person asked for after the last attempt, and no token', async () => {
    const task = { title: 'Review', prompt: 'Review auth.', note: 'Look at the tests too.', fields: { depth: 2 }, requires: ['report'] };
    await run(() => ({ result: 'Fine.' }), { instructions: 'Be brief.' }, task);
    const { body, authorization } = service?.asked[0] ?? {};
    const { prompt, ...rest } = body as Record<string, unknown>;
    assert.equal(prompt, 'Be brief.\n\nReview auth.\n\nThe last attempt was rejected with this note:\nLook at the tests too.');
    assert.deepEqual([rest.title, rest.fields, rest.requires, rest.attempt], ['Review', { depth: 2 }, ['report'], 1]);
    assert.ok(!('token' in rest) && !('url' in rest));
    assert.equal(authorization, undefined);
  });

  it('is asked as it is written, with the slash at its end', async () => {
    service = await FakeService.start({ 'POST /webhook/': () => ({ result: 'Fine.' }) });
    const attempt = new DriverRun(runHttp, { agent: { name: 'Flow', cwd: '/', url: `${service.url}/webhook/` } });
    assert.deepEqual(await attempt.final(), { type: 'result', result: 'Fine.' });
  });

  it('is shown the key that the agent names, which no report repeats', async () => {
    const { final } = await run(() => ({ error: 'bad key secret-of-the-flow' }), {
      keyFrom: 'FLOW_KEY',
      env: { FLOW_KEY: 'secret-of-the-flow' },
    });
    assert.equal(service?.asked[0]?.authorization, 'Bearer secret-of-the-flow');
    assert.deepEqual(final, { type: 'error', kind: 'agent_error', message: 'Flow failed: bad key [API key]' });
  });

  for (const [what, answer, result] of [
    ['text', text('Two tests fail.\nThe rest is fine.'), 'Two tests fail.\nThe rest is fine.'],
    ['a result', () => ({ result: 'Fine.', took: 3 }), 'Fine.'],
    ['the items of n8n', () => [{ output: 'Fine.' }], 'Fine.'],
    ['the answer of a model', () => ({ choices: [{ message: { content: 'Fine.' } }] }), 'Fine.'],
    ['numbers alone', () => ({ failed: 2 }), '{\n  "failed": 2\n}'],
    ['several items', () => [{ a: 1 }, { b: 2 }], '[{"a":1},{"b":2}]'],
    ['an error that is none', () => ({ error: null, text: 'Fine.' }), 'Fine.'],
  ] as [string, Answer, string][])
    it(`answers with ${what}, which becomes the result and the log`, async () => {
      const { final, attempt } = await run(answer);
      assert.deepEqual(final, { type: 'result', result });
      assert.deepEqual(
        attempt.log,
        result.split('\n').map((line) => `info ${line}`),
      );
    });

  it('may say what it cost; what is no usage is passed over', async () => {
    const { attempt } = await run(() => ({ result: 'Fine.', usage: { inputTokens: 12, costUsd: 0.01 } }));
    assert.deepEqual(attempt.of('usage'), [{ type: 'usage', usage: { inputTokens: 12, costUsd: 0.01 } }]);
    const other = await run(() => ({ result: 'Fine.', usage: 'much' }));
    assert.deepEqual([other.final.type, other.attempt.of('usage')], ['result', []]);
  });

  for (const [what, answer, kind, message] of [
    ['an error', () => ({ error: { message: 'no such file' } }), 'agent_error', /^Flow failed: no such file$/],
    [
      'a status',
      (_, __, response) => fail(response, 500, { message: 'Error in workflow' }),
      'agent_error',
      /status 500: Error in workflow/,
    ],
    ['a wish for a key', (_, __, response) => fail(response, 401, { detail: 'who?' }), 'auth_required', /keyFrom/],
    ['a limit', (_, __, response) => fail(response, 429, { detail: 'slow down' }, { 'retry-after': '60' }), 'limit', /limit: slow down/],
    ['nothing', text(''), 'protocol_error', /answered before it was done/],
    ['that the workflow was started', () => ({ message: 'Workflow was started' }), 'protocol_error', /"When Last Node Finishes"/],
    ['a stub', () => ({ result: 'Review not yet implemented' }), 'agent_error', /nothing behind this/],
    ['a dropped connection', (_, __, response) => void response.destroy(), 'agent_error', /closed the connection/],
  ] as [string, Answer, string, RegExp][])
    it(`that answers with ${what} has failed, and says what to do`, async () => {
      const { final } = await run(answer);
      assert.ok(final.type === 'error' && final.kind === kind, JSON.stringify(final));
      assert.match(final.message, message);
    });

  it('is given up when its answer is too large; one that is nested without end is text', async () => {
    const { final } = await run(text('x'.repeat(17 << 20)));
    assert.ok(final.type === 'error' && /more than 16 MiB/.test(final.message), JSON.stringify(final).slice(0, 200));
    const nested = await run(text('['.repeat(200_000), 'application/json'));
    assert.equal(nested.final.type, 'result');
  });

  it('must be named in the settings', () => {
    const { error } = AgentConfig.safeParse({ name: 'Flow', driver: 'http' });
    assert.deepEqual(
      error?.issues.map(({ path, message }) => [path.join(), message]),
      [['url', 'is needed by the driver http']],
    );
  });
});
