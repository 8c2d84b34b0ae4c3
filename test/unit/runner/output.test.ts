import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OutputFormat } from '../../../src/server/domain/agent';
import type { AgentReport, FinalReport } from '../../../src/server/domain/report';
import { runProcess } from '../../../src/server/runner/drivers/process';
import { kindOfWords, retryAtOf } from '../../../src/server/runner/failureWords';
import { OpenclawReader } from '../../../src/server/runner/output/openclaw';
import { DriverRun } from '../../support/driverBench';
import { nodeAgent } from '../../support/fakeTower';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';

/** Prints lines, then ends with a code; real processes, as agents are. */
describe('The output of an agent that is run once', () => {
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(removeTempFolders);

  const run = async (output: OutputFormat, lines: (object | string)[], code = 0, stderr = ''): Promise<[DriverRun, FinalReport]> => {
    const file = join(folder, 'lines.txt');
    writeFileSync(file, lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n'));
    const script = `process.stdout.write(require('fs').readFileSync(${JSON.stringify(file)})); process.stderr.write(${JSON.stringify(stderr)}); process.exitCode = ${code};`;
    const attempt = new DriverRun(runProcess, { agent: nodeAgent('Agent', folder, script, { output }) });
    return [attempt, await attempt.final()];
  };
  const tools = (attempt: DriverRun): string[] =>
    attempt.of('tool').map(({ name, status, detail }) => `${name} ${status}${detail ? ` ${detail}` : ''}`);

  it('of Claude Code gives session, words, tools, cost, and tokens with those from the cache', async () => {
    const [attempt, final] = await run('claude', [
      { type: 'system', subtype: 'init', session_id: 'abc', model: 'claude-sonnet-5', tools: [] },
      {
        type: 'assistant',
        message: {
          content: [
            { type: 'text', text: 'I look.\nThen I write.' },
            { type: 'tool_use', id: 't1', name: 'Bash', input: { command: 'ls' } },
          ],
        },
      },
      { type: 'user', message: { content: [{ type: 'tool_result', tool_use_id: 't1', is_error: false, content: 'a.ts' }] } },
      { type: 'stream_event', event: {} },
      { type: 'novelty', session_id: 'abc' },
      {
        type: 'result',
        subtype: 'success',
        is_error: false,
        result: 'Done.',
        total_cost_usd: 0.0123,
        usage: { input_tokens: 10, cache_creation_input_tokens: 100, cache_read_input_tokens: 1000, output_tokens: 7 },
      },
    ]);
    assert.deepEqual(final, { type: 'result', result: 'Done.' });
    assert.deepEqual(attempt.of('session')[0]?.id, 'abc');
    assert.deepEqual(tools(attempt), ['Bash in_progress {"command":"ls"}', 'Bash completed']);
    assert.deepEqual(attempt.of('usage')[0]?.usage, {
      inputTokens: 1110,
      cachedTokens: 1000,
      outputTokens: 7,
      costUsd: 0.0123,
      model: 'claude-sonnet-5',
    });
    assert.deepEqual(attempt.log.slice(0, 2), ['info I look.', 'info Then I write.']);
    assert.deepEqual(
      attempt.log.slice(2),
      ['debug {"type":"novelty","session_id":"abc"}'],
      'what is not known is for who looks for a fault',
    );
  });

  it('of Claude Code counts what its sub-agent used once, inside its own', async () => {
    const usage = { input_tokens: 400, output_tokens: 90 };
    const said = (text: string, parent: string | null): object => ({
      ...{ type: 'assistant', session_id: 'abc', parent_tool_use_id: parent },
      message: { content: [{ type: 'text', text }], usage },
    });
    const result = { type: 'result', subtype: 'success', is_error: false, result: '', total_cost_usd: 0.5 };
    const [attempt, final] = await run('claude', [
      { type: 'system', subtype: 'init', session_id: 'abc', model: 'claude-sonnet-5' },
      said('I ask another.', null),
      said('I am the other.', 't1'),
      said('All is done.', null),
      said('I was late.', 't1'),
      { ...result, usage: { input_tokens: 1200, output_tokens: 270 } },
    ]);
    assert.deepEqual(final, { type: 'result', result: 'All is done.' });
    assert.deepEqual(
      attempt.of('usage').map((report) => report.usage),
      [{ inputTokens: 1200, cachedTokens: 0, outputTokens: 270, costUsd: 0.5, model: 'claude-sonnet-5' }],
    );
  });

  it('of Claude Code gives its list of things to do as progress, and what it tries again as a warning', async () => {
    const todos = [
      { content: 'Look', status: 'completed' },
      { content: 'Write', status: 'in_progress' },
    ];
    const [attempt] = await run('claude', [
      { type: 'system', subtype: 'api_retry', session_id: 'abc', error_status: 529 },
      { type: 'assistant', message: { content: [{ type: 'tool_use', id: 't1', name: 'TodoWrite', input: { todos } }] } },
      { type: 'result', subtype: 'success', is_error: false, result: 'Done.' },
    ]);
    assert.deepEqual(attempt.of('plan')[0]?.entries, [
      { text: 'Look', status: 'completed' },
      { text: 'Write', status: 'in_progress' },
    ]);
    assert.deepEqual(
      attempt.of('progress').map(({ progress, step }) => [progress, step]),
      [[0.5, 'Write']],
    );
    assert.deepEqual(attempt.log, ['warn trying again after status 529']);
  });

  it('of Claude Code takes the time a limit returns from its own event, when its words hold none', async () => {
    const resetsAt = Math.floor(Date.now() / 1000) + 7200;
    const [, limit] = await run('claude', [
      { type: 'rate_limit_event', rate_limit_info: { status: 'rejected', resetsAt } },
      { type: 'result', subtype: 'success', is_error: true, api_error_status: 429, result: 'No more for now' },
    ]);
    assert.ok(limit.type === 'error' && limit.kind === 'limit');
    assert.equal(Date.parse(limit.retryAt ?? ''), resetsAt * 1000);
  });

  it('of Claude Code without a result is what it said last, or a failure when it said nothing', async () => {
    const init = { type: 'system', subtype: 'init', session_id: 'abc' };
    const said = { type: 'assistant', message: { content: [{ type: 'text', text: 'All is well.' }] } };
    assert.deepEqual((await run('claude', [init, said]))[1], { type: 'result', result: 'All is well.' });
    const [, silent] = await run('claude', [init]);
    assert.ok(silent.type === 'error' && silent.kind === 'protocol_error' && /without a result/.test(silent.message));
  });

  it('of Claude Code says when it needs a login, and when its limit returns', async () => {
    const result = { type: 'result', subtype: 'success', is_error: true };
    const [, login] = await run('claude', [{ ...result, result: 'Invalid API key · Please run /login' }], 1);
    assert.ok(login.type === 'error' && login.kind === 'auth_required');
    const soon = Math.floor(Date.now() / 1000) + 3600;
    const [, limit] = await run('claude', [{ ...result, result: `Claude AI usage limit reached|${soon}` }], 1);
    assert.ok(limit.type === 'error' && limit.kind === 'limit');
    assert.equal(Date.parse(limit.retryAt ?? ''), soon * 1000);
    const [, turns] = await run('claude', [{ type: 'result', subtype: 'error_max_turns', is_error: false }], 1);
    assert.ok(turns.type === 'error' && /as many turns/.test(turns.message));
  });

  it('of Codex gives its plan as progress, commands and changes as tools, and the last message as result', async () => {
    const [attempt, final] = await run('codex', [
      { type: 'thread.started', thread_id: 'thread-1' },
      { type: 'turn.started' },
      {
        type: 'item.started',
        item: {
          id: '1',
          type: 'todo_list',
          items: [
            { text: 'Look', completed: true },
            { text: 'Write', completed: false },
          ],
        },
      },
      { type: 'item.started', item: { id: '2', type: 'command_execution', command: 'npm test', status: 'in_progress' } },
      {
        type: 'item.completed',
        item: { id: '2', type: 'command_execution', command: 'npm test', aggregated_output: '1 failing', exit_code: 1, status: 'failed' },
      },
      { type: 'item.completed', item: { id: '3', type: 'file_change', changes: [{ path: 'a.ts', kind: 'update' }], status: 'completed' } },
      { type: 'item.completed', item: { id: '4', type: 'agent_message', text: 'Mended.' } },
      { type: 'turn.completed', usage: { input_tokens: 50, cached_input_tokens: 20, output_tokens: 5 } },
    ]);
    assert.deepEqual(final, { type: 'result', result: 'Mended.' });
    assert.deepEqual(tools(attempt), ['npm test in_progress', 'npm test failed', 'file change completed update a.ts']);
    assert.deepEqual(
      attempt.of('progress').map(({ progress }) => progress),
      [0.5],
    );
    assert.deepEqual(attempt.of('usage')[0]?.usage, { inputTokens: 50, cachedTokens: 20, outputTokens: 5 });
    assert.equal(attempt.of('session')[0]?.id, 'thread-1');
    const [, failed] = await run(
      'codex',
      [{ type: 'turn.failed', error: { message: 'You have hit your usage limit. Try again in 2 hours 5 minutes.' } }],
      1,
    );
    assert.ok(failed.type === 'error' && failed.kind === 'limit');
    assert.ok(Math.abs(Date.parse(failed.retryAt ?? '') - Date.now() - 125 * 60_000) < 10_000);
  });

  it('of Codex forgets connections that it got back, and is no success when a turn was never completed', async () => {
    const start = [{ type: 'thread.started', thread_id: 't' }, { type: 'turn.started' }];
    const [attempt, well] = await run('codex', [
      ...start,
      { type: 'error', message: 'Reconnecting... 1/5' },
      { type: 'item.completed', item: { id: '1', type: 'agent_message', text: 'Mended.' } },
      { type: 'turn.completed', usage: {} },
    ]);
    assert.deepEqual(well, { type: 'result', result: 'Mended.' });
    assert.deepEqual(attempt.log, ['warn Reconnecting... 1/5', 'info Mended.']);
    const [, broken] = await run('codex', start);
    assert.ok(broken.type === 'error' && broken.kind === 'protocol_error');
    const [, lost] = await run('codex', [...start, { type: 'error', message: 'stream disconnected' }]);
    assert.ok(lost.type === 'error' && /stream disconnected/.test(lost.message), 'its exit code is 0 all the same');
  });

  it('of Kimi Code gives words, tools and its session; without a login it says how to log in', async () => {
    const [attempt, final] = await run('kimi', [
      { role: 'meta', type: 'system.version', version: '2.1.0' },
      { role: 'assistant', content: 'I look.', tool_calls: [{ id: 'c1', function: { name: 'Bash', arguments: '{"command":"ls"}' } }] },
      { role: 'tool', tool_call_id: 'c1', content: 'a.ts' },
      { role: 'assistant', content: 'All done.' },
      { role: 'meta', type: 'session.resume_hint', session_id: 's-1', command: 'kimi -r s-1' },
    ]);
    assert.deepEqual(final, { type: 'result', result: 'All done.' });
    assert.deepEqual(tools(attempt), ['Bash in_progress {"command":"ls"}', 'Bash completed']);
    assert.equal(attempt.of('session')[0]?.id, 's-1');
    const [, login] = await run('kimi', [], 1, 'error: failed to run prompt: No model configured. Run /login\n');
    assert.ok(login.type === 'error' && login.kind === 'auth_required' && /kimi login/.test(login.message));
  });

  it('of OpenClaw is one object over many lines, with its cost', async () => {
    const answer = {
      ok: true,
      status: 'ok',
      final: 'Deployed.',
      usage: { input: 9, output: 2, total: 11 },
      costUsd: 0.5,
      model: 'kimi-k3',
      sessionId: 's',
    };
    const [attempt, final] = await run('openclaw', ['starting…', ...JSON.stringify(answer, null, 2).split('\n')]);
    assert.deepEqual(final, { type: 'result', result: 'Deployed.' });
    assert.deepEqual(attempt.of('usage')[0]?.usage, { inputTokens: 9, outputTokens: 2, costUsd: 0.5, model: 'kimi-k3' });
    assert.deepEqual(attempt.log, ['info starting…', 'info Deployed.']);
    const [, late] = await run('openclaw', [{ ok: false, status: 'timeout', final: null }], 2);
    assert.ok(late.type === 'error' && late.kind === 'timeout');
    const [, login] = await run('openclaw', [{ ok: false, error: { message: 'Not authenticated' } }], 1);
    assert.ok(login.type === 'error' && login.kind === 'auth_required' && /Not authenticated. Run "openclaw onboard"/.test(login.message));
  });

  it('of OpenClaw that becomes no object is let go of after 50000 lines, in few reports', () => {
    const reader = new OpenclawReader();
    reader.line('stdout', '{');
    let reports: AgentReport[] = [];
    let given = 1;
    for (; given < 60_000 && reports.length === 0; given++) reports = reader.line('stdout', given % 2 ? '' : 'x');
    assert.ok(reports.length > 0 && reports.length < 100, `${reports.length} reports after ${given} lines`);
    assert.equal(reports.flatMap((report) => (report.type === 'log' ? report.lines : [])).length, given);
  });

  it('of CLAWS.BOT gives its checkpoints as progress, its trust score and its report as evidence', async () => {
    const reports = join(folder, 'claws-reports');
    mkdirSync(reports);
    writeFileSync(join(reports, 'verification-old.log'), 'old');
    utimesSync(join(reports, 'verification-old.log'), 1, 1);
    writeFileSync(join(reports, 'verification-1.log'), 'tsc: ok');
    symlinkSync('/etc/passwd', join(reports, 'verification-9.log'));
    const [attempt, final] = await run('claws', ['CHECKPOINT 1/4: types', 'CHECKPOINT 2', '✅ Trust Score: 0.95', 'Finished.']);
    assert.equal(final.type, 'result');
    assert.deepEqual(
      attempt.of('progress').map(({ progress, step }) => [progress, step]),
      [
        [0.25, 'Checkpoint 1 of 4: types'],
        [null, 'Checkpoint 2'],
      ],
    );
    assert.deepEqual(
      attempt.evidence.map(({ head, bytes }) => [head.kind, head.name, head.metrics?.[0]?.value ?? bytes.toString()]),
      [
        ['metrics', 'trust score', 95],
        ['report', 'verification-1.log', 'tsc: ok'],
      ],
    );
  });

  for (const output of ['claude', 'codex', 'kimi', 'openclaw', 'claws'] as const)
    it(`of ${output} that is not what it promises is a plain log, and its exit code counts`, async () => {
      const nonsense = ['not json', '{"broken":', '{"type":42}', 'null', 'x'.repeat(200_000)];
      const [attempt, failed] = await run(output, nonsense, 3, 'boom\n');
      assert.ok(failed.type === 'error' && /exit code 3: boom/.test(failed.message));
      assert.ok(attempt.log.join('\n').includes('not json'));
      const [, well] = await run(output, ['only words']);
      assert.deepEqual(well, { type: 'result', result: 'only words' });
    });
});

describe('Words of a failure', () => {
  const now = Date.parse('2026-11-23T10:00:00Z');
  it('tell a limit from a login from anything else', () => {
    assert.equal(kindOfWords('429 Too Many Requests'), 'limit');
    assert.equal(kindOfWords('Please log in: 429'), 'auth_required');
    assert.equal(kindOfWords('segmentation fault'), 'agent_error');
  });

  for (const [words, expected] of [
    ['resets at 2026-11-23T12:00:00Z', '2026-11-23T12:00:00.000Z'],
    ['usage limit reached|1763895600', undefined],
    ['limit reached|1795431600', '2026-11-23T11:00:00.000Z'],
    ['try again in 2h 5m', '2026-11-23T12:05:00.000Z'],
    ['retry after 30 seconds', '2026-11-23T10:00:30.000Z'],
    ['try again in 1 day and 1 hour', '2026-11-24T11:00:00.000Z'],
    ["You've hit your limit · resets 3pm (Europe/Rome)", '2026-11-23T14:00:00.000Z'],
    ['resets at 9:30 (UTC)', '2026-11-24T09:30:00.000Z'],
    ['resets soon', undefined],
    ['resets at 3pm (Nowhere/Land)', undefined],
    ['in 900 days', undefined],
  ] as const)
    it(`say when a limit returns: ${words}`, () => assert.equal(retryAtOf(words, now), expected));

  it('may be very many', () => {
    const words = `rate limit: try again in ${'1s '.repeat(2_600_000)}`;
    assert.equal(kindOfWords(words), 'limit');
    assert.ok(Date.parse(retryAtOf(words, now) ?? '') > now);
  });
});
