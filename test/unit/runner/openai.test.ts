import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import type { WantedAgent } from '../../../src/server/domain/agent';
import { AgentReport, type FinalReport } from '../../../src/server/domain/report';
import { runOpenai } from '../../../src/server/runner/drivers/openai';
import { DriverRun } from '../../support/driverBench';
import { events, FakeService, flood, type Answer } from '../../support/fakeServices';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const COMPLETIONS = 'POST /v1/chat/completions';

describe('An OpenAI-compatible endpoint', () => {
  let service: FakeService | undefined;
  afterEach(async () => {
    await service?.close();
    service = undefined;
    removeTempFolders();
  });

  const run = async (
    answer: Answer,
    change: Partial<WantedAgent> = {},
    more: Readonly<Record<string, Answer>> = {},
  ): Promise<DriverRun> => {
    service = await FakeService.start({ [COMPLETIONS]: answer, ...more });
    return new DriverRun(runOpenai, { agent: { name: 'Kimi', url: `${service.url}/v1`, model: 'm', cwd: tempFolder(), ...change } });
  };
  const ends = async (...args: Parameters<typeof run>): Promise<FinalReport> => {
    const attempt = await run(...args);
    const final = await attempt.final();
    for (const report of attempt.reports) AgentReport.parse(report);
    return final;
  };
  const chunk = (content: string, rest: object = {}): string => JSON.stringify({ choices: [{ delta: { content }, ...rest }] });
  const said = (content: string, rest: object = {}): Answer => {
    return (_, __, response) =>
      events(response, chunk(content, { finish_reason: 'stop' }), JSON.stringify({ choices: [], ...rest }), '[DONE]');
  };

  it('is asked without a key when none is found', async () => {
    assert.equal((await ends(said('Hello.'), { keyFrom: 'NO_SUCH_KEY_ANYWHERE' })).type, 'result');
    assert.equal(service?.asked[0]?.authorization, undefined);
  });

  it('tells tokens after the answer, with those from a cache where OpenAI puts them', async () => {
    const usage = { prompt_tokens: 20, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 16 } };
    const attempt = await run(said('Hello.', { model: 'gpt', usage }));
    await attempt.final();
    assert.deepEqual(attempt.of('usage').at(-1)?.usage, { model: 'gpt', inputTokens: 20, outputTokens: 5, cachedTokens: 16 });
  });

  it('sums the tokens of its turns, and gives the last answer', async () => {
    const attempt = await run((body, _, response) => {
      const { messages } = body as { messages: object[] };
      if (messages.length === 1) attempt.work.message?.('More.');
      events(
        response,
        chunk(`After ${messages.length}.`, { finish_reason: 'stop', usage: { prompt_tokens: 10, completion_tokens: 1 } }),
        '[DONE]',
      );
    });
    assert.deepEqual(await attempt.final(), { type: 'result', result: 'After 3.' });
    assert.deepEqual(
      attempt.of('usage').map(({ usage }) => [usage.inputTokens, usage.outputTokens]),
      [
        [10, 1],
        [20, 2],
      ],
    );
    assert.deepEqual(attempt.log, ['info After 1.', 'info After 3.']);
  });

  it('keeps its answer when what it says of tokens or its model is odd', async () => {
    const usage = { prompt_tokens: -1, completion_tokens: '5', prompt_tokens_details: null, cached_tokens: null };
    assert.deepEqual(await ends(said('Hello.', { usage, model: 7 })), { type: 'result', result: 'Hello.' });
    await service?.close();
    const models: Answer = () => ({ data: [{ id: `long\u202e${'x'.repeat(500)}` }] });
    const attempt = await run(said('Hello.', { usage: { prompt_tokens: 1 } }), { model: undefined }, { 'GET /v1/models': models });
    assert.equal((await attempt.final()).type, 'result');
    for (const report of attempt.reports) AgentReport.parse(report);
    assert.equal((service?.asked[1]?.body as { model: string }).model.length, 505);
  });

  it('may talk about what is not implemented: that is an answer', async () => {
    const text = 'The function save() is not implemented; dark mode is coming soon.';
    assert.deepEqual(await ends(said(text)), { type: 'result', result: text });
  });

  it('that answers with nothing, or with an object of another kind, gives no result', async () => {
    const empty = await ends(said(' \n', {}));
    assert.ok(empty.type === 'error' && empty.kind === 'agent_error' && /answered with nothing/.test(empty.message));
    await service?.close();
    const other = await ends(() => ({ hello: 'world' }));
    assert.ok(other.type === 'error' && other.kind === 'protocol_error');
  });

  it('that leaves the connection open after its last event has answered', async () => {
    const final = await ends((_, __, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${chunk('All.')}\n\ndata: [DONE]\n\n`);
      return undefined;
    });
    assert.deepEqual(final, { type: 'result', result: 'All.' });
  });

  it('whose connection breaks after its last word has answered', async () => {
    const final = await ends((_, __, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${chunk('All.', { finish_reason: 'stop' })}\n\n`, () => response.destroy());
      return undefined;
    });
    assert.deepEqual(final, { type: 'result', result: 'All.' });
  });

  it('whose events come in any pieces, with comments and other fields, is understood', async () => {
    const stream = Buffer.from(
      `: ping\r\n\r\nevent: x\r\nid: 1\r\nretry: never\r\ndata: ${chunk('Grüße 👋', { finish_reason: 'stop' })}\r\n\r\ndata: [DONE]\r\n\r\n`,
    );
    const final = await ends(async (_, __, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
      for (const byte of stream) await new Promise<void>((resolve) => response.write(Buffer.of(byte), () => resolve()));
      response.end();
      return undefined;
    });
    assert.deepEqual(final, { type: 'result', result: 'Grüße 👋' });
  });

  for (const [what, type, text] of [
    ['an answer without end', 'text/event-stream', `data: ${chunk('word '.repeat(2_000))}\n\n`],
    ['one event without end', 'text/event-stream', 'data: '.padEnd(64 * 1024, 'x')],
    ['one object without end', 'application/json', '{"a":"'.padEnd(64 * 1024, 'x')],
    ['plain text without end', 'text/plain', 'x'.repeat(64 * 1024)],
  ] as const)
    it(`that sends ${what} is given up with a clear error`, async () => {
      let written: (() => number) | undefined;
      let left: ServerResponse | undefined;
      const final = await ends((_, __, response) => {
        left = response;
        written = flood(response, type, text);
        return undefined;
      });
      assert.ok(final.type === 'error' && final.kind === 'agent_error', JSON.stringify(final));
      assert.match(final.message, /longer than 1 MiB|more than 4 MiB/);
      await until('the connection to be left', () => left?.destroyed === true);
      assert.ok((written?.() ?? 0) < 64 * 2 ** 20);
    });

  it('is left within 2 s of a cancel in mid-answer, with what was said in the log', async () => {
    let left: ServerResponse | undefined;
    const attempt = await run((_, __, response) => {
      left = response;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${chunk('First line\nand half')}\n\n`);
      return undefined;
    });
    await until('the first line', () => attempt.log.includes('info First line'));
    const from = performance.now();
    attempt.work.end({ type: 'cancelled' });
    attempt.work.end({ type: 'result', result: 'too late' });
    assert.deepEqual(await attempt.final(), { type: 'cancelled' });
    assert.ok(performance.now() - from < 2_000);
    assert.ok(attempt.log.includes('info and half'));
    await until('the connection to be left', () => left?.destroyed === true);
    assert.equal(attempt.reports.filter(({ type }) => type === 'cancelled' || type === 'error').length, 1);
  });
});
