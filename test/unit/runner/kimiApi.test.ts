import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WantedAgent } from '../../../src/server/domain/agent';
import { AgentReport, type FinalReport } from '../../../src/server/domain/report';
import type { AssignParams } from '../../../src/server/protocol/agent';
import { runKimiApi } from '../../../src/server/runner/drivers/kimiApi';
import { DriverRun } from '../../support/driverBench';
import { events, fail, FakeService, flood, imageApi, ollamaAnswer, type Answer } from '../../support/fakeServices';
import { plain, pngOf } from '../../support/pictures';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const PNG = pngOf(plain(8, 8));
const STREAM = 'POST /api/chat/stream';
const CHAT = 'POST /api/chat';
const SWARM = 'POST /api/swarm';
const IMAGE = 'POST /api/image/generate';

describe("The plan's Kimi API", () => {
  let service: FakeService | undefined;
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(async () => {
    await service?.close();
    service = undefined;
    removeTempFolders();
  });

  const run = async (
    answers: Readonly<Record<string, Answer>>,
    change: Partial<WantedAgent> = {},
    assignment: Partial<AssignParams> = {},
  ): Promise<DriverRun> => {
    await service?.close();
    service = await FakeService.start(answers);
    return new DriverRun(runKimiApi, { agent: { name: 'Kimi', url: service.url, cwd: folder, ...change }, assignment });
  };
  const ends = async (...args: Parameters<typeof run>): Promise<FinalReport> => {
    const attempt = await run(...args);
    const final = await attempt.final();
    for (const report of attempt.reports) AgentReport.parse(report);
    return final;
  };
  const silent: Answer = () => new Promise(() => undefined);

  it('hands on the whole answer of Ollama or Moonshot, whose text is the result', async () => {
    const moonshot = { id: '1', choices: [{ index: 0, message: { role: 'assistant', content: 'Hello.\nBye.' } }] };
    for (const response of [ollamaAnswer('Hello.\nBye.'), moonshot, 'Hello.\nBye.']) {
      const attempt = await run({ [CHAT]: () => ({ success: true, response, timestamp: 'now' }) });
      assert.deepEqual(await attempt.final(), { type: 'result', result: 'Hello.\nBye.' });
      assert.deepEqual(attempt.log, ['info Hello.', 'info Bye.']);
    }
  });

  it('gives the text of its swarm, without what is around it', async () => {
    const swarm_result = { task: 'Think', num_agents: 7, result: ollamaAnswer('We agree.'), timestamp: 'now' };
    const attempt = await run(
      { [SWARM]: () => ({ success: true, swarm_result, timestamp: 'now' }) },
      { endpoint: 'swarm' },
      { prompt: 'Think', fields: { num_agents: '7', context: 'In a bakery.' } },
    );
    assert.deepEqual(await attempt.final(), { type: 'result', result: 'We agree.' });
    assert.deepEqual(attempt.log, ['info 7 agents worked on it.', 'info We agree.']);
    assert.deepEqual(service?.asked[0]?.body, { task: 'Think', num_agents: 7, context: { note: 'In a bakery.' } });
    assert.deepEqual(attempt.of('progress')[0], { type: 'progress', progress: null, step: 'waiting for Kimi' });
  });

  it('is not asked for a swarm of a size that it refuses, nor for a task that is too long', async () => {
    for (const num_agents of [0, 101, 2.5, 'many']) {
      const final = await ends({ [SWARM]: () => ({}) }, { endpoint: 'swarm' }, { fields: { num_agents } });
      assert.ok(final.type === 'error' && final.kind === 'refused', String(num_agents));
      assert.deepEqual(service?.asked, []);
    }
    const long = await ends({ [SWARM]: () => ({}) }, { endpoint: 'swarm' }, { prompt: 'x'.repeat(10_001) });
    assert.ok(long.type === 'error' && /takes 10000 characters; this task has 10001/.test(long.message));
    const swarm = (): object => ({ success: true, swarm_result: 'Done.' });
    assert.equal((await ends({ [SWARM]: swarm }, { endpoint: 'swarm' }, { prompt: '👋'.repeat(10_000) })).type, 'result');
  });

  for (const [what, answer, expected] of [
    ['no swarm result', () => ({ success: true, swarm_result: null }), /without a result/],
    ['an empty swarm result', () => ({ success: true, swarm_result: { result: '' } }), /without a result/],
    ['a stub', () => ({ success: true, swarm_result: { result: 'Swarm review not yet implemented' } }), /nothing behind this/],
    ['success: false', () => ({ success: false, error: 'no agents left' }), /failed: no agents left/],
    ['a detail', () => ({ detail: 'Internal server error' }), /failed: Internal server error/],
    ['text', () => 'what?', /does not answer as the Kimi API does/],
  ] as [string, Answer, RegExp][])
    it(`that answers with ${what} has failed`, async () => {
      const final = await ends({ [SWARM]: answer }, { endpoint: 'swarm' });
      assert.ok(final.type === 'error');
      assert.match(final.message, expected);
    });

  for (const [what, answer, kind, message] of [
    [
      'wants a key',
      (_, __, response) => fail(response, 401, { detail: 'Authentication required' }),
      'auth_required',
      /Authentication required/,
    ],
    ['is at its limit', (_, __, response) => fail(response, 429, { detail: 'Rate limit exceeded.' }), 'limit', /Rate limit exceeded/],
    [
      'finds the prompt invalid',
      (_, __, response) => fail(response, 422, { detail: [{ loc: ['body', 'messages'], msg: 'Field required' }] }),
      'agent_error',
      /status 422.*Field required/,
    ],
    [
      'has a fault that speaks of a 404',
      (_, __, response) => fail(response, 500, { detail: 'answered with status 404.' }),
      'agent_error',
      /500/,
    ],
    ['closes the connection', (_, __, response) => void response.destroy(), 'agent_error', /closed the connection without an answer/],
    [
      'drops it in mid-answer',
      (_, __, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: Half a\n\ndata:  word\n\n', () => response.destroy());
      },
      'agent_error',
      /dropped the connection in mid-answer/,
    ],
    ['streams nothing', (_, __, response) => events(response), 'agent_error', /answered with nothing/],
    [
      'is a web page',
      (_, __, response) => {
        response.writeHead(200, { 'content-type': 'text/html' });
        response.end('<!doctype html><title>Vite</title>');
      },
      'protocol_error',
      /does not answer as the Kimi API does \(text\/html\)/,
    ],
  ] as [string, Answer, string, RegExp][])
    it(`that ${what} ends the attempt in a clear state`, async () => {
      const final = await ends({ [STREAM]: answer, [CHAT]: () => ({ success: true, response: 'not asked' }) });
      assert.ok(final.type === 'error', JSON.stringify(final));
      assert.equal(final.kind, kind);
      assert.match(final.message, message);
    });

  it('is left with what it said in the log when it drops the connection', async () => {
    const attempt = await run({
      [STREAM]: (_, __, response) => {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        response.write('data: Half a\n\ndata:  word\n\n', () => response.destroy());
      },
    });
    assert.equal((await attempt.final()).type, 'error');
    assert.deepEqual(attempt.log, ['info Half a word']);
  });

  it('is asked without a stream where it has only an object to say', async () => {
    const answers: Record<string, Answer> = { [STREAM]: () => ({ success: true }), [CHAT]: () => ({ success: true, response: 'Whole.' }) };
    assert.deepEqual(await ends(answers), { type: 'result', result: 'Whole.' });
    for (const status of [404, 405]) {
      const none: Answer = (_, __, response) => fail(response, status, { detail: 'no' });
      assert.deepEqual(await ends({ ...answers, [STREAM]: none }), { type: 'result', result: 'Whole.' });
    }
  });

  it('that does not answer at all is named with its address', async () => {
    service = await FakeService.start({});
    const { url } = service;
    await service.close();
    service = undefined;
    for (const endpoint of ['chat', 'swarm', 'image'] as const) {
      const attempt = new DriverRun(runKimiApi, { agent: { name: 'Kimi', url, endpoint, cwd: folder } });
      const final = await attempt.final();
      assert.ok(final.type === 'error' && final.kind === 'spawn_failed');
      assert.ok(
        final.message.includes(`Kimi does not answer at ${url}`) && /Start it, or check its url in tasktower\.agents/.test(final.message),
      );
    }
  });

  for (const [what, text] of [
    ['pieces', `data: ${'word '.repeat(1_000)}\n\n`],
    ['one piece', 'x'.repeat(64 * 1024)],
  ] as const)
    it(`that streams ${what} without end is given up`, async () => {
      let written: (() => number) | undefined;
      const final = await ends({ [STREAM]: (_, __, response) => void (written = flood(response, 'text/event-stream', text)) });
      assert.ok(final.type === 'error' && /longer than 1 MiB/.test(final.message), JSON.stringify(final));
      assert.ok((written?.() ?? 0) < 64 * 2 ** 20);
    });

  it('whose answer is huge is given up', async () => {
    const final = await ends(
      { [SWARM]: (_, __, response) => void flood(response, 'application/json', ' '.repeat(2 ** 16)) },
      { endpoint: 'swarm' },
    );
    assert.ok(final.type === 'error' && /more than 16 MiB/.test(final.message), JSON.stringify(final));
  });

  it('that computes without a word is left within 2 s of a cancel, and given up at the limit of the task', async () => {
    const all = { [SWARM]: silent, 'GET /openapi.json': () => imageApi, [IMAGE]: silent, [STREAM]: silent };
    for (const [endpoint, path] of [
      ['chat', STREAM],
      ['swarm', SWARM],
      ['image', IMAGE],
    ] as const) {
      const attempt = await run(all, { endpoint });
      await until('it to be asked', () => service?.asked.some((one) => `POST ${one.path}` === path));
      const from = performance.now();
      attempt.work.end({ type: 'cancelled' });
      assert.deepEqual(await attempt.final(), { type: 'cancelled' });
      assert.ok(performance.now() - from < 2_000);
      assert.match(attempt.log.join(), /may go on computing/);
    }
    const late = await ends(all, { endpoint: 'swarm' }, { limits: { timeMs: 1_000 } });
    assert.ok(late.type === 'error' && late.kind === 'timeout' && /no answer in 1s/.test(late.message));
  });

  describe('asked for a picture', () => {
    const picture = async (answer: Answer, assignment: Partial<AssignParams> = {}): Promise<DriverRun> => {
      const attempt = await run(
        { 'GET /openapi.json': () => imageApi, [IMAGE]: answer },
        { endpoint: 'image' },
        { title: 'Loaf', ...assignment },
      );
      await attempt.final();
      return attempt;
    };
    const made = (image_path: string | null, image_base64: string | null): object => {
      return { success: true, image_path, image_base64, generation_time_ms: 3, metadata: { prompt: 'A "coming soon" sign', backend: 'x' } };
    };

    it('gives its bytes, wherever else it says that the picture lies', async () => {
      for (const path of ['/tmp/kimi_generated_images/sd_1.png', 'http://169.254.169.254/x.png', 'http://[', null]) {
        const attempt = await picture(() => made(path, PNG.toString('base64')));
        assert.deepEqual(await attempt.final(), { type: 'result', result: 'The picture is handed in.' }, String(path));
        assert.ok(attempt.evidence[0]?.bytes.equals(PNG));
      }
    });

    it('may leave it on the disk', async () => {
      const path = join(folder, 'made.png');
      writeFileSync(path, PNG);
      const attempt = await picture(() => made(path, null));
      assert.deepEqual(
        attempt.evidence.map(({ head, mime, bytes }) => [head, mime, bytes.equals(PNG)]),
        [[{ kind: 'image', name: 'Loaf' }, 'image/png', true]],
      );
    });

    it('is given the fields that it has, and the others as its params', async () => {
      const attempt = await picture(() => made(null, PNG.toString('base64')), {
        prompt: 'A loaf',
        fields: { width: 256, steps: 5, image_type: 'shapes', prompt: 'not this' },
      });
      assert.equal((await attempt.final()).type, 'result');
      assert.deepEqual(service?.asked[1]?.body, { params: { width: 256, steps: 5 }, image_type: 'shapes', prompt: 'A loaf' });
    });

    for (const [what, answer, message] of [
      ['has none', () => made(null, null), /without a picture/],
      ['leaves it on another server', () => made('http://169.254.169.254/x.png', null), /another server .* was not fetched/],
      ['fails', (_, __, response) => fail(response, 500, { detail: 'Image generation failed' }), /status 500: Image generation failed/],
      ['is a stub', () => ({ result: 'Image generation not yet implemented' }), /nothing behind this/],
      ['answers a million times nothing', () => new Array<number>(1_000_000).fill(1), /without a picture/],
      ['answers with endless spaces', () => ({ image: `${' '.repeat(4_000_000)}!` }), /without a picture/],
      [
        'sends broken JSON',
        (_, __, response) => {
          response.setHeader('content-type', 'application/json');
          response.end('{"a":');
        },
        /no JSON/,
      ],
    ] as [string, Answer, RegExp][])
      it(`and ${what}: a clear error`, async () => {
        const from = performance.now();
        const attempt = await picture(answer);
        const final = await attempt.final();
        assert.ok(final.type === 'error');
        assert.match(final.message, message);
        assert.deepEqual(attempt.evidence, []);
        assert.ok(performance.now() - from < 5_000);
      });

    it('and without that call, or of another kind, says so', async () => {
      const without = await ends({ 'GET /openapi.json': () => ({ paths: {} }) }, { endpoint: 'image' });
      assert.ok(without.type === 'error' && /has no \/api\/image\/generate/.test(without.message));
      const other = await ends({ 'GET /openapi.json': () => ['no'] }, { endpoint: 'image' });
      assert.ok(other.type === 'error' && other.kind === 'protocol_error');
    });
  });
});
