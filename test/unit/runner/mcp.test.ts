import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { RunnerAgent } from '../../../src/server/protocol/agent';
import { runMcp } from '../../../src/server/runner/drivers/mcp';
import { DriverRun } from '../../support/driverBench';
import { FakeService, flood } from '../../support/fakeServices';
import { running, withCommand } from '../../support/processTree';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const SERVER = resolve('test/fixtures/mcp/server.mjs');
type Tool = NonNullable<RunnerAgent['tool']>;

describe('MCP driver', () => {
  let folder: string;
  const servers: ChildProcess[] = [];
  let service: FakeService | undefined;
  beforeEach(() => (folder = tempFolder()));
  afterEach(async () => {
    await service?.close();
    service = undefined;
    for (const server of servers.splice(0)) if (server.exitCode === null && server.kill('SIGKILL')) await once(server, 'exit');
    removeTempFolders();
  });

  const over = (tool: Tool, change: Partial<RunnerAgent> = {}, graceMs?: number): DriverRun => {
    const agent = { name: 'Browser', driver: 'mcp' as const, cwd: folder, command: [process.execPath, SERVER], tool, ...change };
    return new DriverRun(runMcp, { agent, assignment: { prompt: 'Look {title}', title: 'Home' }, ...(graceMs ? { graceMs } : {}) });
  };
  const stdio = (name: string, input: Tool['input'] = {}, change: Partial<RunnerAgent> = {}): DriverRun => over({ name, input }, change);
  /** A server on HTTP, and its address. */
  const serve = async (env: Record<string, string> = {}): Promise<{ url: string; server: ChildProcess }> => {
    const server = spawn(process.execPath, [SERVER, '--http'], { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'inherit'] });
    servers.push(server);
    const [port] = (await once(server.stdout, 'data')) as [Buffer];
    return { url: `http://127.0.0.1:${Number(port.toString())}/mcp`, server };
  };
  const gone = async (run: DriverRun): Promise<void> => {
    assert.deepEqual(run.ended, run.started);
    for (const pid of run.started) assert.equal(running(pid), false);
  };

  for (const args of [[], ['--2025']]) {
    it(`fills the task into the input of a tool and makes its text the result${args.length > 0 ? ', with a server of 2025' : ''}`, async () => {
      const input = { text: '{prompt}', more: ['{cwd}', { deep: '{title}' }, 7] };
      const run = stdio('echo', input, { command: [process.execPath, SERVER, ...args] });
      const final = await run.final();
      assert.equal(final.type, 'result', JSON.stringify(final));
      assert.deepEqual(JSON.parse(final.type === 'result' ? final.result : ''), {
        text: 'Look {title}',
        more: [folder, { deep: 'Home' }, 7],
      });
      assert.deepEqual(
        run.of('tool').map(({ name, status }) => `${name} ${status}`),
        ['echo in_progress', 'echo completed'],
      );
      if (args.length > 0) assert.ok(run.log.includes('debug Welcome to the fixture!'), run.log.join('\n'));
      assert.equal(run.started.length, 1);
      await gone(run);
    });
  }

  it('calls steps in order; a picture is a screenshot of the last size', async () => {
    const steps = [
      { name: 'browser_take_screenshot' },
      { name: 'browser_resize', input: { width: 1280, height: 800 } },
      { name: 'browser_take_screenshot', input: {}, as: 'home' },
      { name: 'browser_take_screenshot', as: 'home' },
      { name: 'movie' },
    ];
    const run = stdio('browser', { steps });
    const final = await run.final();
    assert.deepEqual(final, {
      type: 'result',
      result: ['Took the screenshot', 'resized', 'Took the screenshot', 'Took the screenshot'].join('\n'),
    });
    const viewport = { width: 1280, height: 800 };
    assert.deepEqual(
      run.evidence.map(({ head }) => head),
      [
        { kind: 'screenshot', name: 'browser_take_screenshot' },
        { kind: 'screenshot', name: 'home', viewport },
        { kind: 'screenshot', name: 'home-2', viewport },
      ],
    );
    assert.ok(run.evidence.every(({ mime, bytes }) => mime === 'image/png' && bytes.subarray(1, 4).toString() === 'PNG'));
    assert.ok(run.log.includes('warn movie: image/gif cannot be evidence and was left out'));
    assert.deepEqual(
      run.of('progress').map(({ progress }) => progress),
      [0, 0.2, 0.4, 0.6, 0.8],
    );
  });

  it('hands in what reads as an axe report', async () => {
    const run = stdio('audit');
    const final = await run.final();
    assert.deepEqual(final, { type: 'result', result: 'The tool was called; 1 piece of evidence was handed in.' });
    assert.deepEqual(run.evidence[0]?.head, { kind: 'report', name: 'audit' });
    assert.equal(run.evidence[0]?.mime, 'application/json');
  });

  it('fails with the words of a tool that failed, and calls no more', async () => {
    const run = stdio('x', { steps: [{ name: 'broken' }, { name: 'browser_take_screenshot' }] });
    assert.deepEqual(await run.final(), { type: 'error', kind: 'agent_error', message: 'broken: the page is gone' });
    assert.deepEqual(run.evidence, []);
    await gone(run);
  });

  it('names the tools there are when it is told another', async () => {
    const final = await stdio('browse').final();
    assert.equal(final.type === 'error' && final.kind, 'agent_error');
    assert.match(final.type === 'error' ? final.message : '', /has no tool "browse"\. It has: echo, browser_resize, /);
  });

  it('tells the last words of a server that ends in mid-call', async () => {
    const run = stdio('die');
    const message = 'The MCP server of Browser ended while die was called (exit code 3): no memory left';
    assert.deepEqual(await run.final(), { type: 'error', kind: 'agent_error', message });
    assert.ok(run.log.includes('info starting to die'));
    await gone(run);
  });

  it('says why a server did not start', async () => {
    const final = await stdio('echo', {}, { command: ['no-such-server'] }).final();
    assert.equal(final.type === 'error' && final.kind, 'spawn_failed');
    assert.match(final.type === 'error' ? final.message : '', /command "no-such-server" was not found/);
    const early = await stdio('echo', {}, { command: [process.execPath, '-e', `console.error('no browser'); process.exit(1)`] }).final();
    const message = 'The MCP server of Browser ended before it was ready (exit code 1): no browser';
    assert.deepEqual(early, { type: 'error', kind: 'spawn_failed', message });
  });

  it('ends a server whose message has no end', async () => {
    const flood = `const chunk = 'x'.repeat(1 << 20); const more = () => process.stdout.write(chunk, more); more();`;
    const run = stdio('echo', {}, { command: [process.execPath, '-e', flood] });
    const final = await run.final();
    assert.deepEqual(final, {
      type: 'error',
      kind: 'protocol_error',
      message: 'The MCP server of Browser does not speak MCP: a message is larger than 96 MiB.',
    });
    await gone(run);
  });

  it('reads a message of many megabytes', async () => {
    const run = stdio('large', { bytes: 20 * 1024 * 1024 });
    const final = await run.final();
    assert.equal(final.type, 'result', JSON.stringify(final).slice(0, 500));
  });

  it('reports the progress of a tool, and ends within 2 s when it is cancelled', async () => {
    const run = stdio('slow');
    await until('progress', () => run.of('progress').length > 0);
    assert.deepEqual(run.of('progress')[0], { type: 'progress', progress: 0.25, step: 'a quarter' });
    const asked = performance.now();
    run.work.end({ type: 'cancelled' });
    assert.deepEqual(await run.final(), { type: 'cancelled' });
    assert.ok(performance.now() - asked < 2_000);
    await gone(run);
  });

  it('kills a server that does not want to end', async () => {
    const mark = `stubborn-${process.pid}`;
    const deaf = `process.on('SIGTERM', () => undefined); setInterval(() => undefined, 1000); console.error('deaf ${mark}')`;
    const run = stdio('echo', {}, { command: [process.execPath, '-e', deaf] });
    await until('the server', () => run.log.includes(`info deaf ${mark}`));
    const asked = performance.now();
    run.work.end({ type: 'cancelled' });
    assert.deepEqual(await run.final(), { type: 'cancelled' });
    assert.ok(performance.now() - asked < 2_000);
    assert.deepEqual(withCommand(mark), []);
  });

  it('ends as told when it is ended before it began', async () => {
    const run = stdio('echo', { text: 'x' });
    run.work.end({ type: 'cancelled' });
    assert.deepEqual(await run.final(), { type: 'cancelled' });
    assert.deepEqual(run.reports.length, 1);
  });

  it('calls a server over HTTP, with its key', async () => {
    const key = 'secret-key-of-the-fixture';
    const { url } = await serve({ FIXTURE_KEY: key });
    const http = { command: [], url, keyFrom: 'MY_KEY' };
    const run = stdio('browser_take_screenshot', {}, { ...http, env: { MY_KEY: key } });
    assert.deepEqual(await run.final(), { type: 'result', result: 'Took the screenshot' });
    assert.equal(run.evidence[0]?.head.kind, 'screenshot');
    const wrong = await stdio('echo', {}, { ...http, env: { MY_KEY: 'another' } }).final();
    assert.equal(wrong.type === 'error' && wrong.kind, 'auth_required', JSON.stringify(wrong));
    assert.doesNotMatch(JSON.stringify(wrong), /another/);
    const none = await stdio('echo', {}, http).final();
    const message = 'Browser needs its key in MY_KEY. Run "Tasktower: Set API Key", or set that variable.';
    assert.deepEqual(none, { type: 'error', kind: 'auth_required', message });
  });

  it('cancels a call over HTTP, and fails when the server goes away in mid-call', async () => {
    const { url, server } = await serve();
    const started = async (): Promise<DriverRun> => {
      const run = stdio('slow', {}, { command: [], url });
      await until('progress', () => run.of('progress').length > 0);
      return run;
    };
    const cancelled = await started();
    const asked = performance.now();
    cancelled.work.end({ type: 'cancelled' });
    assert.deepEqual(await cancelled.final(), { type: 'cancelled' });
    assert.ok(performance.now() - asked < 2_000);
    const lost = await started();
    server.kill('SIGKILL');
    const final = await lost.final();
    assert.equal(final.type === 'error' && final.kind, 'agent_error', JSON.stringify(final));
    assert.equal(final.type === 'error' && final.message, 'The MCP server went away before it answered.');
  });

  it('reads nothing over HTTP while the tower does not keep up', async () => {
    const { url } = await serve();
    const http = { command: [], url };
    const run = stdio('chatter', {}, http);
    const said = (): number => run.of('progress').length;
    await until('its first words', () => said() > 0);
    run.work.pause();
    // As long as another call takes, which what is under way does not outlast.
    const another = () => stdio('echo', { text: 'x' }, http).final();
    await another();
    const before = said();
    await another();
    assert.equal(said(), before);
    run.work.resume();
    await until('more of its words', () => said() > before);
    run.work.end({ type: 'cancelled' });
    assert.deepEqual(await run.final(), { type: 'cancelled' });
  });

  for (const [type, begin] of [
    ['application/json', '{"jsonrpc":"2.0","id":1,"result":"'],
    ['text/event-stream', 'data: '],
  ] as const)
    it(`gives up an answer over HTTP that has no end, as ${type}`, async () => {
      service = await FakeService.start({ 'POST /mcp': (_, __, response) => void flood(response, type, begin.padEnd(1 << 20, 'x')) });
      const { host } = new URL(service.url);
      const message = `The MCP server at ${host} does not speak MCP: a message is larger than 96 MiB.`;
      const final = await stdio('echo', {}, { command: [], url: `${service.url}/mcp` }).final();
      assert.deepEqual(final, { type: 'error', kind: 'protocol_error', message });
    });

  it('says what is wrong with an address', async () => {
    const final = async (url: string): Promise<string> => {
      const end = await stdio('echo', { text: 'x' }, { command: [], url }).final();
      return end.type === 'error' ? `${end.kind}: ${end.message}` : end.type;
    };
    const { url, server } = await serve();
    server.kill();
    await once(server, 'exit');
    assert.match(await final(url), /^spawn_failed: The MCP server at 127\.0\.0\.1:\d+ cannot be reached \(ECONNREFUSED\)\. Start it/);
    assert.match(await final((await serve({ FIXTURE_STATUS: '404' })).url), /^protocol_error: .* answered 404/);
    assert.match(await final((await serve({ FIXTURE_STATUS: '500' })).url), /^agent_error: .* answered 500/);
  });

  it('parks the task until the time that a server names which has had enough', async () => {
    const { url } = await serve({ FIXTURE_STATUS: '429' });
    const final = await stdio('echo', { text: 'x' }, { command: [], url }).final();
    assert.equal(final.type === 'error' && final.kind, 'limit', JSON.stringify(final));
    const left = Date.parse((final.type === 'error' && final.retryAt) || '') - Date.now();
    assert.ok(left > 100_000 && left <= 120_000, `${left}`);
  });

  it('does not believe a time to try again that is years away', async () => {
    const { url } = await serve({ FIXTURE_STATUS: '429', FIXTURE_RETRY: 'Fri, 31 Dec 9998 23:59:59 GMT' });
    const final = await stdio('echo', { text: 'x' }, { command: [], url }).final();
    assert.ok(final.type === 'error' && final.kind === 'limit' && final.retryAt === undefined, JSON.stringify(final));
  });
});
