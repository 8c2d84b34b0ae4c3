import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { WantedAgent } from '../../../src/server/domain/agent';
import { AgentReport, type FinalReport } from '../../../src/server/domain/report';
import type { AssignParams } from '../../../src/server/protocol/agent';
import { localPicture } from '../../../src/server/runner/call/localPicture';
import { runToolhost } from '../../../src/server/runner/drivers/toolhost';
import { DriverRun } from '../../support/driverBench';
import { fail, FakeService, flood, ollamaAnswer, type Answer } from '../../support/fakeServices';
import { plain, pngOf } from '../../support/pictures';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const PNG = pngOf(plain(8, 8));
const NAMES = ['kimi.chat', 'kimi.swarm_review', 'fs.read', 'fs.write', 'rag.search', 'image.generate', 'test_html'];
const tools: Answer = () => NAMES.map((name) => ({ name, description: name, inputSchema: { type: 'object', properties: {} } }));

describe("The plan's toolhosts", () => {
  let service: FakeService | undefined;
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(async () => {
    await service?.close();
    service = undefined;
    removeTempFolders();
  });

  const run = async (
    name: string,
    answer: Answer,
    change: Partial<WantedAgent> = {},
    assignment: Partial<AssignParams> = {},
  ): Promise<DriverRun> => {
    await service?.close();
    service = await FakeService.start({ 'GET /tools': tools, 'POST /tools/call': answer });
    const agent = { name: 'Toolhost', url: service.url, cwd: folder, tool: { name, input: {} }, ...change };
    return new DriverRun(runToolhost, { agent, assignment });
  };
  const ends = async (...args: Parameters<typeof run>): Promise<FinalReport> => {
    const attempt = await run(...args);
    const final = await attempt.final();
    for (const report of attempt.reports) AgentReport.parse(report);
    return final;
  };

  it('hand on the whole answer of Ollama, whose text is the result', async () => {
    for (const content of [ollamaAnswer('Hello.'), 'Hello.']) {
      const attempt = await run('kimi.chat', () => ({ content, model: 'kimi-k2.5:cloud' }));
      assert.deepEqual(await attempt.final(), { type: 'result', result: 'Hello.' });
      assert.deepEqual(attempt.log, ['info Hello.']);
      assert.deepEqual(
        attempt.of('tool').map(({ name, status }) => [name, status]),
        [
          ['kimi.chat', 'in_progress'],
          ['kimi.chat', 'completed'],
        ],
      );
    }
  });

  it('read and write files, and say why they do not', async () => {
    assert.deepEqual(await ends('fs.read', () => ({ success: true, content: 'text', error: null })), { type: 'result', result: 'text' });
    assert.equal((await ends('fs.write', () => ({ success: true, error: null }))).type, 'result');
    const denied = await ends('fs.read', () => ({ success: false, content: null, error: 'Access denied: path' }));
    assert.ok(denied.type === 'error' && denied.kind === 'agent_error' && /fs\.read failed: Access denied: path/.test(denied.message));
  });

  it('get the values of the task in every text of the input, however deep', async () => {
    const input = {
      html: '<p>{prompt}</p>',
      screenshots: [{ name: '{taskId}', scrollY: 0 }],
      visualDiff: { baselineDir: '{cwd}/b' },
      '{title}': true,
    };
    await ends('test_html', () => ({ passed: true, screenshots: [] }), { tool: { name: 'test_html', input } }, { prompt: '{cwd} & "x"' });
    assert.deepEqual(service?.asked[1]?.body, {
      toolName: 'test_html',
      input: {
        html: '<p>{cwd} & "x"</p>',
        screenshots: [{ name: 'T1', scrollY: 0 }],
        visualDiff: { baselineDir: `${folder}/b` },
        '{title}': true,
      },
    });
  });

  it('whose checks failed say so, also when a picture of theirs is gone', async () => {
    const here = join(folder, 'here.png');
    writeFileSync(here, PNG);
    const attempt = await run('test_html', () => ({
      passed: false,
      screenshots: [join(folder, 'gone.png'), here],
      diffs: [{ name: 'here', diff_percent: 1.7, diff_path: '/x' }],
      metrics: { screenshots_taken: 2, diffs_found: 1 },
    }));
    const final = await attempt.final();
    assert.ok(final.type === 'error' && final.kind === 'verification');
    assert.match(attempt.log[0] ?? '', /^warn The picture .*gone\.png was not taken: there is no such file/);
    assert.deepEqual(
      attempt.evidence.map(({ head }) => head),
      [{ kind: 'screenshot', name: 'here' }],
    );
  });

  it('give no picture from the disk of another machine', async () => {
    const path = join(folder, 'real.png');
    writeFileSync(path, PNG);
    await assert.rejects(localPicture('http://browser.example:8011', path), /on the disk of another machine/);
    await assert.rejects(localPicture('http://127.0.0.1.example:8011', path), /on the disk of another machine/);
    for (const host of ['localhost', '127.0.0.1', '[::1]']) assert.equal((await localPicture(`http://${host}:8011`, path)).name, 'real');
  });

  for (const [what, answer, kind, message] of [
    ['only say that they are stubs', () => ({ result: 'Swarm review not yet implemented' }), 'agent_error', /nothing behind this/],
    ['have the status of a stub', () => ({ status: 'stub', result: {} }), 'agent_error', /nothing behind it yet/],
    ['say that they failed', () => ({ error: { message: 'no browser' } }), 'agent_error', /failed: no browser/],
    ['answer with text', () => 'yes', 'protocol_error', /not understood \(no object\)/],
    ['answer with an odd list of pictures', () => ({ passed: true, screenshots: [7] }), 'protocol_error', /not understood \(screenshots/],
    [
      'do not know the tool',
      (_, __, response) => fail(response, 404, { detail: 'Unknown tool: x' }),
      'agent_error',
      /404: Unknown tool: x/,
    ],
    ['want a key', (_, __, response) => fail(response, 401, { detail: 'Invalid token' }), 'auth_required', /Invalid token.*Set API Key/],
    ['are at their limit', (_, __, response) => fail(response, 429, { detail: 'Slow down' }, { 'retry-after': '9' }), 'limit', /Slow down/],
    ['close the connection', (_, __, response) => void response.destroy(), 'agent_error', /closed the connection without an answer/],
    [
      'drop the connection in mid-answer',
      (_, __, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.write('{"content": "Hel', () => response.destroy());
      },
      'agent_error',
      /dropped the connection in mid-answer/,
    ],
    [
      'answer without end',
      (_, __, response) => void flood(response, 'application/json', ' '.repeat(2 ** 16)),
      'agent_error',
      /more than 16 MiB/,
    ],
  ] as [string, Answer, string, RegExp][])
    it(`that ${what} end the attempt in a clear state`, async () => {
      const final = await ends('kimi.chat', answer);
      assert.ok(final.type === 'error', JSON.stringify(final));
      assert.equal(final.kind, kind);
      assert.match(final.message, message);
      assert.equal(final.retryAt !== undefined, what === 'are at their limit');
    });

  it('that do not answer at all are named with their address', async () => {
    service = await FakeService.start({});
    const { url } = service;
    await service.close();
    service = undefined;
    const final = await new DriverRun(runToolhost, {
      agent: { name: 'Browser', url, cwd: folder, tool: { name: 'test_html', input: {} } },
    }).final();
    assert.ok(final.type === 'error' && final.kind === 'spawn_failed' && final.message.includes(`Browser does not answer at ${url}`));
  });

  it('that compute without a word are left within 2 s of a cancel, and given up at the limit of the task', async () => {
    const silent: Answer = () => new Promise(() => undefined);
    const attempt = await run('kimi.chat', silent);
    await until('it to be called', () => service?.asked.length === 2);
    const from = performance.now();
    attempt.work.end({ type: 'cancelled' });
    assert.deepEqual(await attempt.final(), { type: 'cancelled' });
    assert.ok(performance.now() - from < 2_000);
    assert.match(attempt.log.join(), /may go on computing/);
    const late = await ends('kimi.chat', silent, {}, { limits: { timeMs: 1_000 } });
    assert.ok(late.type === 'error' && late.kind === 'timeout');
  });
});
