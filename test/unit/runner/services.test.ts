import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WantedAgent } from '../../../src/server/domain/agent';
import type { FinalReport } from '../../../src/server/domain/report';
import type { AssignParams } from '../../../src/server/protocol/agent';
import { TextFrames } from '../../../src/server/runner/call/textFrames';
import { retryAtOf } from '../../../src/server/runner/call/serviceFailure';
import { drivers } from '../../../src/server/runner/drivers/table';
import { DriverRun } from '../../support/driverBench';
import { events, fail, FakeService, type Answer } from '../../support/fakeServices';
import { plain, pngOf } from '../../support/pictures';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const PNG = pngOf(plain(8, 8));
const KEY = 'sk-secret-value';

describe('A service that is asked over HTTP', () => {
  let service: FakeService | undefined;
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(async () => {
    await service?.close();
    service = undefined;
    removeTempFolders();
  });

  const run = async (
    driver: 'openai' | 'kimiApi' | 'toolhost',
    answers: Readonly<Record<string, Answer>>,
    change: Partial<WantedAgent> = {},
    assignment: Partial<AssignParams> = {},
  ): Promise<DriverRun> => {
    service = await FakeService.start(answers);
    const url = driver === 'openai' ? `${service.url}/v1` : service.url;
    const agent = { name: 'Kimi', driver, url, cwd: folder, env: { KIMI_KEY: KEY }, keyFrom: 'KIMI_KEY', ...change };
    return new DriverRun(drivers[driver], { agent, assignment });
  };
  const ends = async (...args: Parameters<typeof run>): Promise<FinalReport> => {
    const attempt = await run(...args);
    const final = await attempt.final();
    assert.ok(!JSON.stringify(attempt.reports).includes(KEY), 'the key is nowhere');
    return final;
  };
  const chunk = (content: string, rest: object = {}): string => JSON.stringify({ choices: [{ delta: { content }, ...rest }] });
  const COMPLETIONS = 'POST /v1/chat/completions';

  describe('as an OpenAI-compatible endpoint', () => {
    it('streams its text into the log, which is the result, and tells its tokens', async () => {
      const attempt = await run(
        'openai',
        {
          [COMPLETIONS]: (_, __, response) =>
            events(
              response,
              JSON.stringify({ model: 'kimi-k2', choices: [{ delta: { reasoning_content: 'Hm.\n' } }] }),
              chunk('First line\nSec'),
              chunk('ond line', { finish_reason: 'stop', usage: { prompt_tokens: 20, completion_tokens: 5, cached_tokens: 12 } }),
              '[DONE]',
            ),
        },
        { model: 'kimi-k2', instructions: 'Be brief.' },
        { prompt: 'Say two lines' },
      );
      assert.deepEqual(await attempt.final(), { type: 'result', result: 'First line\nSecond line' });
      assert.deepEqual(attempt.log, ['debug Hm.', 'info First line', 'info Second line']);
      assert.deepEqual(attempt.of('usage').at(-1)?.usage, { model: 'kimi-k2', inputTokens: 20, outputTokens: 5, cachedTokens: 12 });
      const [asked] = service?.asked ?? [];
      assert.equal(asked?.authorization, `Bearer ${KEY}`);
      const body = asked.body as { model: string; stream: boolean; messages: { content: string }[] };
      assert.deepEqual([body.model, body.stream, body.messages[0]?.content], ['kimi-k2', true, 'Be brief.\n\nSay two lines']);
    });

    it('may answer in one piece, and is asked for its model when none is named', async () => {
      const attempt = await run('openai', {
        'GET /v1/models': () => ({ data: [{ id: 'llama' }, { id: 'other' }] }),
        [COMPLETIONS]: () => ({ choices: [{ message: { content: 'Whole.' }, finish_reason: 'stop' }] }),
      });
      assert.deepEqual(await attempt.final(), { type: 'result', result: 'Whole.' });
      assert.match(attempt.log.join(), /asking llama/);
      assert.deepEqual(attempt.of('usage'), []);
    });

    it('takes what a person says meanwhile as the next turn', async () => {
      let release: () => void = () => undefined;
      const attempt = await run(
        'openai',
        {
          [COMPLETIONS]: async (body, _, response) => {
            const { messages } = body as { messages: { content: string }[] };
            if (messages.length === 1) await new Promise<void>((resolve) => (release = resolve));
            events(
              response,
              chunk(messages.length === 1 ? 'One.' : `Two after ${messages.at(-1)?.content}.`, { finish_reason: 'stop' }),
              '[DONE]',
            );
          },
        },
        { model: 'm' },
      );
      await until('it to be asked', () => service?.asked.length === 1);
      attempt.work.message?.('and more');
      release();
      assert.deepEqual(await attempt.final(), { type: 'result', result: 'Two after and more.' });
    });

    for (const [what, answer, expected] of [
      [
        'wants a key',
        (_, __, response) => fail(response, 401, { error: { message: 'Invalid key' } }),
        { kind: 'auth_required', message: /Invalid key.*Set API Key/ },
      ],
      [
        'is at its limit',
        (_, __, response) => fail(response, 429, { error: { message: 'Slow down' } }, { 'retry-after': '30' }),
        { kind: 'limit', message: /Slow down/, later: 30_000 },
      ],
      ['fails', (_, __, response) => fail(response, 500, { detail: 'boom' }), { kind: 'agent_error', message: /status 500: boom/ }],
      [
        'drops the connection',
        (_, __, response) => (
          response.writeHead(200, { 'content-type': 'text/event-stream' }),
          response.write(`data: ${chunk('Half')}\n\n`),
          setTimeout(() => response.destroy(), 20),
          undefined
        ),
        { kind: 'agent_error', message: /dropped the connection in mid-answer/ },
      ],
      [
        'ends without an end',
        (_, __, response) => events(response, chunk('Half')),
        { kind: 'agent_error', message: /dropped the connection in mid-answer/ },
      ],
      ['sends nonsense', (_, __, response) => events(response, '{nonsense'), { kind: 'protocol_error', message: /no JSON/ }],
      ['is something else', () => ['not', 'this'], { kind: 'protocol_error', message: /OpenAI-compatible/ }],
      [
        'refuses',
        (_, __, response) => events(response, chunk('', { finish_reason: 'content_filter' })),
        { kind: 'refused', message: /refused/ },
      ],
      [
        'breaks off with an error',
        (_, __, response) => events(response, JSON.stringify({ error: { message: 'overloaded' } })),
        { kind: 'agent_error', message: /overloaded/ },
      ],
    ] as [string, Answer, { kind: string; message: RegExp; later?: number }][])
      it(`that ${what} ends the attempt in a clear state`, async () => {
        const from = Date.now();
        const final = await ends('openai', { [COMPLETIONS]: answer }, { model: 'm' });
        assert.equal(final.type, 'error');
        assert.equal(final.kind, expected.kind);
        assert.match(final.message, expected.message);
        if (expected.later !== undefined) assert.ok(Math.abs(Date.parse(final.retryAt ?? '') - from - expected.later) < 5_000);
      });

    it('that does not answer is named with its address', async () => {
      const attempt = new DriverRun(drivers.openai, {
        agent: { name: 'Kimi', driver: 'openai', url: 'http://127.0.0.1:1/v1', model: 'm', cwd: folder },
      });
      const final = await attempt.final();
      assert.ok(final.type === 'error' && final.kind === 'spawn_failed');
      assert.match(final.message, /Kimi does not answer at http:\/\/127\.0\.0\.1:1.*Start it/);
    });
  });

  describe('as the Kimi API', () => {
    it('streams raw text, whatever line breaks are in it', async () => {
      const attempt = await run('kimiApi', {
        'POST /api/chat/stream': (_, __, response) => events(response, 'Dear\nBaker,\n\n', 'all is ', 'well.'),
      });
      assert.deepEqual(await attempt.final(), { type: 'result', result: 'Dear\nBaker,\n\nall is well.' });
      assert.deepEqual(attempt.of('usage'), []);
    });

    it('is asked without a stream where it has none', async () => {
      const final = await ends('kimiApi', { 'POST /api/chat': () => ({ success: true, response: 'Plain.', timestamp: 'now' }) });
      assert.deepEqual(final, { type: 'result', result: 'Plain.' });
    });

    it('gives the swarm its size, and its answer back', async () => {
      const swarm: Answer = () => ({ success: true, swarm_result: { agents: ['a', 'b'], summary: 'Both agree.' } });
      const final = await ends(
        'kimiApi',
        { 'POST /api/swarm': swarm },
        { endpoint: 'swarm' },
        { prompt: 'Think', fields: { num_agents: 7 } },
      );
      assert.ok(final.type === 'result');
      assert.match(final.result, /Both agree\./);
      assert.deepEqual(service?.asked[0]?.body, { task: 'Think', num_agents: 7 });
      await service?.close();
      const refused = await ends('kimiApi', { 'POST /api/swarm': swarm }, { endpoint: 'swarm' }, { fields: { num_agents: 1000 } });
      assert.ok(refused.type === 'error' && refused.kind === 'refused');
    });

    const described =
      (post: object): Answer =>
      () => ({ paths: { '/api/image/generate': { post } }, components: { schemas: { Ask: { properties: { prompt: {}, size: {} } } } } });
    const byBody = { requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Ask' } } } } };
    for (const [how, answer] of [
      [
        'as its bytes',
        (_: unknown, __: unknown, response) => (response.writeHead(200, { 'content-type': 'image/png' }), response.end(PNG), undefined),
      ],
      ['as base64', () => ({ success: true, image_base64: PNG.toString('base64').padEnd(400, '=') })],
      ['as a data URL', () => ({ images: [{ url: `data:image/png;base64,${PNG.toString('base64')}` }] })],
      ['as an address of its own', (_: unknown, request) => ({ image_url: `http://${request.headers.host}/made.png` })],
    ] as [string, Answer][])
      it(`hands in a picture that comes ${how}`, async () => {
        const attempt = await run(
          'kimiApi',
          {
            'GET /openapi.json': described(byBody),
            'POST /api/image/generate': answer,
            'GET /made.png': (_, __, response) => (response.end(PNG), undefined),
          },
          { endpoint: 'image' },
          { prompt: 'A loaf', title: 'Loaf', fields: { size: 'small', other: 1 } },
        );
        assert.deepEqual(await attempt.final(), { type: 'result', result: 'The picture is handed in.' });
        assert.deepEqual(
          attempt.evidence.map(({ head, mime, bytes }) => [head.kind, head.name, mime, bytes.equals(PNG)]),
          [['image', 'Loaf', 'image/png', true]],
        );
        assert.deepEqual(service?.asked.find(({ path }) => path === '/api/image/generate')?.body, { prompt: 'A loaf', size: 'small' });
      });

    it('is asked by the query where its description says so', async () => {
      const attempt = await run(
        'kimiApi',
        {
          'GET /openapi.json': described({ parameters: [{ name: 'prompt', in: 'query' }] }),
          'POST /api/image/generate': (_, __, response) => (response.end(PNG), undefined),
        },
        { endpoint: 'image' },
        { prompt: 'A loaf & more' },
      );
      assert.equal((await attempt.final()).type, 'result');
      assert.equal(service?.asked[1]?.path, '/api/image/generate?prompt=A+loaf+%26+more');
    });

    it('does not make us fetch from elsewhere, nor read what is no picture', async () => {
      const secret = join(folder, 'secret.png');
      writeFileSync(secret, 'not a picture');
      for (const answer of [{ url: 'http://169.254.169.254/latest/meta-data' }, { path: secret }, { path: '/etc/passwd' }]) {
        const attempt = await run(
          'kimiApi',
          { 'GET /openapi.json': described(byBody), 'POST /api/image/generate': () => answer },
          { endpoint: 'image' },
        );
        assert.equal((await attempt.final()).type, 'error', JSON.stringify(answer));
        assert.deepEqual(attempt.evidence, []);
        await service?.close();
      }
    });

    it('that says it is not implemented has failed', async () => {
      const final = await ends('kimiApi', { 'POST /api/chat': () => ({ success: true, response: 'Chat not yet implemented' }) });
      assert.ok(final.type === 'error' && /nothing behind this/.test(final.message));
      await service?.close();
      const other = await ends('kimiApi', { 'POST /api/chat': () => ({ success: false, error: 'model is gone' }) });
      assert.ok(other.type === 'error' && /model is gone/.test(other.message));
    });

    it('that never answers is given up at the limit of the task, and stopped within 2 s of a cancel', async () => {
      const silent: Answer = () => new Promise(() => undefined);
      const late = await ends('kimiApi', { 'POST /api/chat/stream': silent }, {}, { limits: { timeMs: 1_000 } });
      assert.ok(late.type === 'error' && late.kind === 'timeout');
      await service?.close();
      const attempt = await run('kimiApi', { 'POST /api/chat/stream': silent });
      await until('it to be asked', () => service?.asked.length === 1);
      const from = performance.now();
      attempt.work.end({ type: 'cancelled' });
      assert.deepEqual(await attempt.final(), { type: 'cancelled' });
      assert.ok(performance.now() - from < 2_000);
      assert.match(attempt.log.join(), /may go on computing/);
    });
  });

  describe('as a toolhost', () => {
    const tools: Answer = () => [{ name: 'kimi.chat', inputSchema: {} }, { name: 'test_html' }, { name: 'rag.search' }];
    const chat = { tool: { name: 'kimi.chat', input: { messages: [{ role: 'user', content: 'Now: {prompt}' }] } } };

    it('is called once with the values of the task in its input', async () => {
      const final = await ends(
        'toolhost',
        { 'GET /tools': tools, 'POST /tools/call': () => ({ content: 'Hello.', model: 'kimi' }) },
        chat,
        { prompt: 'hi {title}' },
      );
      assert.deepEqual(final, { type: 'result', result: 'Hello.' });
      assert.deepEqual(service?.asked[1]?.body, {
        toolName: 'kimi.chat',
        input: { messages: [{ role: 'user', content: 'Now: hi {title}' }] },
      });
    });

    it('leaves screenshots on the disk, which are handed in, and says when its checks failed', async () => {
      const shots = join(folder, 'screenshots');
      mkdirSync(shots);
      writeFileSync(join(shots, 'home.png'), PNG);
      const answer = {
        passed: false,
        screenshots: [join(shots, 'home.png')],
        diffs: [{ name: 'home', diff_percent: 4.2 }],
        metrics: { diffs_found: 1 },
      };
      const attempt = await run(
        'toolhost',
        { 'GET /tools': tools, 'POST /tools/call': () => answer },
        { tool: { name: 'test_html', input: { html: '{prompt}', viewport: { width: 1280, height: 800 } } } },
      );
      const final = await attempt.final();
      assert.ok(final.type === 'error' && final.kind === 'verification');
      assert.deepEqual(
        attempt.evidence.map(({ head, bytes }) => [head.kind, head.name, head.viewport, bytes.equals(PNG)]),
        [['screenshot', 'home', { width: 1280, height: 800 }, true]],
      );
    });

    it('gives no file that is no plain picture', async () => {
      writeFileSync(join(folder, 'real.png'), PNG);
      writeFileSync(join(folder, 'text.png'), 'text');
      symlinkSync(join(folder, 'real.png'), join(folder, 'link.png'));
      for (const path of [join(folder, 'text.png'), join(folder, 'link.png'), 'relative.png', '/nowhere.png', folder]) {
        const attempt = await run(
          'toolhost',
          { 'GET /tools': tools, 'POST /tools/call': () => ({ passed: true, screenshots: [path] }) },
          { tool: { name: 'test_html', input: {} } },
        );
        const final = await attempt.final();
        assert.ok(final.type === 'error' && /was not taken/.test(final.message), path);
        assert.deepEqual(attempt.evidence, []);
        await service?.close();
      }
    });

    it('with a stub, without the tool, or of another kind ends the attempt in a clear state', async () => {
      const stub = await ends(
        'toolhost',
        { 'GET /tools': tools, 'POST /tools/call': () => ({ result: 'RAG search not yet implemented' }) },
        { tool: { name: 'rag.search', input: {} } },
      );
      assert.ok(stub.type === 'error' && /nothing behind this/.test(stub.message));
      await service?.close();
      const missing = await ends('toolhost', { 'GET /tools': tools }, { tool: { name: 'nope', input: {} } });
      assert.ok(missing.type === 'error' && /has no tool nope, only: kimi\.chat/.test(missing.message));
      await service?.close();
      const other = await ends('toolhost', { 'GET /tools': () => ({ tools: [] }) }, chat);
      assert.ok(other.type === 'error' && other.kind === 'protocol_error');
      await service?.close();
      const gone = await ends(
        'toolhost',
        { 'GET /tools': tools, 'POST /tools/call': (_, __, response) => fail(response, 404, { detail: 'Unknown tool: kimi.chat' }) },
        chat,
      );
      assert.ok(gone.type === 'error' && /Unknown tool/.test(gone.message));
    });
  });

  it('says in many ways when a limit returns', () => {
    const at = (headers: Record<string, string>): number | undefined => retryAtOf(new Headers(headers), 1_000_000);
    assert.equal(at({ 'retry-after': '2.5' }), 1_002_500);
    assert.equal(at({ 'retry-after': new Date(1_060_000).toUTCString() }), 1_060_000);
    assert.equal(at({ 'x-ratelimit-reset-requests': '1m30s' }), 1_090_000);
    assert.equal(at({ 'x-ratelimit-reset-tokens': '6ms' }), 1_000_006);
    assert.equal(at({ 'retry-after': 'soon' }), undefined);
    assert.equal(at({}), undefined);
  });

  it('sends the same text however its stream is cut', () => {
    const stream = 'data: a\n\nb\n\ndata: \n\ndata: c\nd\n\n';
    for (let cut = 0; cut <= stream.length; cut++) {
      let text = '';
      const frames = new TextFrames((piece) => (text += piece));
      frames.push(stream.slice(0, cut));
      frames.push(stream.slice(cut));
      frames.end();
      assert.equal(text, 'a\n\nbc\nd', `cut at ${cut}`);
    }
  });
});
