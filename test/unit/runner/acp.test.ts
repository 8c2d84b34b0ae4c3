import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AcpBench, OPTIONS } from '../../support/acpBench';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

describe('ACP driver', () => {
  let bench: AcpBench;
  beforeEach(() => (bench = new AcpBench(tempFolder())));
  afterEach(removeTempFolders);

  it('prompts in the folder of the task, and the last message is the result', async () => {
    mkdirSync(join(bench.folder, 'sub'));
    const tool = { sessionUpdate: 'tool_call', toolCallId: 't', title: 'Look' };
    const work = bench.run([{ say: 'I am look' }, { say: 'ing.\nNow' }, { update: tool }, { say: 'All ' }, { say: 'done.\n' }], {
      assignment: { folder: 'sub' },
    });
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'All done.' });
    assert.deepEqual(work.log, ['info I am looking.', 'info Now', 'info All done.']);
    assert.deepEqual(work.of('session'), [{ type: 'session', id: 'session-1' }]);
    assert.deepEqual(bench.sent('session/new'), [{ cwd: join(bench.folder, 'sub'), mcpServers: [] }]);
    const none = { fs: { readTextFile: false, writeTextFile: false }, terminal: false, auth: { terminal: false } };
    assert.deepEqual(bench.sent('initialize')[0]?.clientCapabilities, none);
  });

  it('gives the tower as an MCP server to an agent that takes one over HTTP', async () => {
    await bench.ended(bench.run('hello', { how: { capabilities: { mcpCapabilities: { http: true } } } }));
    const headers = [{ name: 'Authorization', value: 'Bearer attempt-token' }];
    assert.deepEqual(bench.sent('session/new')[0]?.mcpServers, [
      { type: 'http', name: 'tasktower', url: 'http://127.0.0.1:1/mcp', headers },
    ]);
  });

  it('chooses the model that is asked for, and says where it cannot', async () => {
    const models = [
      { group: 'g', name: 'Group', options: [{ value: 'k3', name: 'Kimi K3' }] },
      { value: 'fast', name: 'Fast' },
    ];
    const configOptions = [{ type: 'select', id: 'llm', name: 'Model', category: 'model', currentValue: 'fast', options: models }];
    const chosen = bench.run('hi', { how: { configOptions }, agent: { model: 'Kimi K3' } });
    await bench.ended(chosen);
    assert.deepEqual(bench.sent('session/set_config_option'), [{ sessionId: 'session-1', configId: 'llm', value: 'k3' }]);
    assert.deepEqual(chosen.log, ['info echo: hi']);
    const other = bench.run('hi', { how: { configOptions }, agent: { model: 'k9' } });
    await bench.ended(other);
    assert.equal(other.log[0], 'warn Echo has no model "k9", so it takes its own choice. It offers: k3, fast.');
  });

  it('reports the plan and its progress, tools and thoughts', async () => {
    const entries = [
      { content: 'Read', status: 'completed', priority: 'high' },
      { content: 'Write\u0007 <b>it</b>', status: 'in_progress', priority: 'low' },
    ];
    const work = bench.run([
      { update: { sessionUpdate: 'plan', entries } },
      { update: { sessionUpdate: 'agent_thought_chunk', content: { type: 'text', text: 'Hm.' } } },
      {
        update: {
          sessionUpdate: 'tool_call',
          toolCallId: 't',
          title: 'Run <img src=x>\u0000tests',
          kind: 'execute',
          rawInput: { command: 'npm test' },
        },
      },
      { update: { sessionUpdate: 'tool_call_update', toolCallId: 't', status: 'in_progress' } },
      { update: { sessionUpdate: 'tool_call_update', toolCallId: 't', status: 'in_progress' } },
      { update: { sessionUpdate: 'tool_call_update', toolCallId: 't', status: 'completed' } },
    ]);
    await bench.ended(work);
    const plan = [
      { text: 'Read', status: 'completed' },
      { text: 'Write ‹b>it‹/b>', status: 'in_progress' },
    ];
    assert.deepEqual(work.of('plan'), [{ type: 'plan', entries: plan }]);
    assert.deepEqual(work.of('progress'), [{ type: 'progress', progress: 0.5, step: 'Write ‹b>it‹/b>' }]);
    const statuses = ['pending', 'in_progress', 'completed'];
    const tool = { type: 'tool', name: 'Run ‹img src=x>tests', detail: 'npm test' };
    assert.deepEqual(
      work.of('tool'),
      statuses.map((status) => ({ ...tool, status })),
    );
    assert.deepEqual(work.log, ['debug Hm.']);
  });

  it('hands in one patch of all changes, without those of failed and rejected calls', async () => {
    const diff = (path: string, oldText: string | null, newText: string): object => ({ type: 'diff', path, oldText, newText });
    const edit = (toolCallId: string, content: object[], status = 'completed'): object => ({
      update: { sessionUpdate: 'tool_call', toolCallId, title: 'Edit', status, content },
    });
    const work = bench.run(
      [
        edit('1', [diff(join(bench.folder, 'a.txt'), 'one\ntwo\n', 'one\n2\n')]),
        edit('2', [diff(join(bench.folder, 'a.txt'), 'one\n2\n', 'one\nII\n')]),
        edit('3', [diff('new file.txt', null, 'fresh\n')]),
        edit('4', [diff('b.txt', 'x', 'y')], 'failed'),
        { ask: { toolCallId: '5', title: 'Edit', content: [diff('c.txt', 'x', 'y')] }, options: OPTIONS },
      ],
      { answer: ({ options }) => ({ answer: '', optionId: options[2]?.id }) },
    );
    await bench.ended(work);
    const [patch, ...more] = work.evidence;
    assert.deepEqual(more, []);
    assert.deepEqual([patch?.head.kind, patch?.head.name, patch?.mime], ['patch', 'changes.patch', 'text/x-diff']);
    const expected = [
      ['diff --git a/a.txt b/a.txt', '--- a/a.txt', '+++ b/a.txt', '@@ -1,2 +1,2 @@', ' one', '-two', '+II'],
      [
        'diff --git a/new file.txt b/new file.txt',
        'new file mode 100644',
        '--- /dev/null',
        '+++ b/new file.txt',
        '@@ -0,0 +1,1 @@',
        '+fresh',
        '',
      ],
    ];
    assert.equal(patch?.bytes.toString().replaceAll('\t', ''), expected.flat().join('\n'));
  });

  it('takes cost and tokens from wherever the agent tells them, also after its turn', async () => {
    const cost = (amount: number, currency = 'USD'): object => ({
      sessionUpdate: 'usage_update',
      used: 1,
      size: 2,
      cost: { amount, currency },
    });
    const usage = { totalTokens: 1_115, inputTokens: 100, outputTokens: 15, cachedReadTokens: 1_000 };
    const work = bench.run([{ update: cost(0.1) }, { update: cost(9, 'EUR') }, { late: cost(0.25) }, { stop: 'end_turn', usage }], {
      times: { linger: 5_000 },
    });
    await bench.ended(work);
    const tokens = { inputTokens: 1_100, outputTokens: 15, cachedTokens: 1_000 };
    assert.deepEqual(work.of('usage').at(-1)?.usage, { ...tokens, costUsd: 0.25 });
    assert.deepEqual(work.of('usage')[0]?.usage, { costUsd: 0.1 });
  });

  it('adds up the tokens that an agent tells call by call', async () => {
    const chunk = (inputTokens: number): object => ({
      update: {
        sessionUpdate: 'agent_message_chunk',
        content: { type: 'text', text: '' },
        _meta: { usage: { inputTokens, outputTokens: 2, cachedReadTokens: 1 } },
      },
    });
    const work = bench.run([chunk(10), chunk(20)]);
    await bench.ended(work);
    assert.deepEqual(work.of('usage').at(-1)?.usage, { inputTokens: 30, outputTokens: 4, cachedTokens: 2 });
  });

  it('reads from the session of Kimi Code what it has used, and that a turn failed', async () => {
    const wire = join(bench.folder, 'kimi', 'sessions', 'wd', 'session-1', 'agents', 'main');
    mkdirSync(wire, { recursive: true });
    const usage = { inputOther: 10, output: 5, inputCacheRead: 100, inputCacheCreation: 1 };
    writeFileSync(join(wire, 'wire.jsonl'), `${JSON.stringify({ type: 'usage.record', model: 'kimi-k3', usage, usageScope: 'turn' })}\n`);
    const work = bench.run('hi', { how: { name: 'Kimi Code CLI' } });
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'echo: hi' });
    assert.deepEqual(work.of('usage').at(-1)?.usage, { inputTokens: 111, outputTokens: 5, cachedTokens: 100, model: 'kimi-k3' });
    const error = { code: 'provider.rate_limit', message: '429 quota exceeded' };
    appendFileSync(join(wire, 'wire.jsonl'), `${JSON.stringify({ type: 'turn.ended', reason: 'failed', error })}\n`);
    await bench.failed(bench.run('hi', { how: { name: 'Kimi Code CLI' } }), 'limit', /Echo: provider.rate_limit: 429 quota exceeded/);
  });

  it('goes on in an earlier session where the agent can', async () => {
    const assignment = { session: 'old-1' };
    const resumes = bench.run('hi', { assignment, how: { capabilities: { sessionCapabilities: { resume: {} }, loadSession: true } } });
    assert.deepEqual(await bench.ended(resumes), { type: 'result', result: 'echo: hi' });
    assert.equal(bench.sent('session/resume')[0]?.sessionId, 'old-1');
    const loads = bench.run('hi', { assignment, how: { capabilities: { loadSession: true } } });
    await bench.ended(loads);
    assert.deepEqual(loads.log, ['info echo: hi']);
    assert.deepEqual(loads.of('session'), [{ type: 'session', id: 'old-1' }]);
    assert.equal(bench.sent('session/new').length, 0);
  });

  it('opens a new session, and says so, where the agent cannot', async () => {
    const assignment = { session: 'old-1' };
    const cannot = bench.run('hi', { assignment });
    await bench.ended(cannot);
    assert.match(cannot.log[0] ?? '', /cannot go on with an earlier session/);
    const forgot = bench.run('hi', { assignment, how: { forgotten: true, capabilities: { sessionCapabilities: { resume: {} } } } });
    await bench.ended(forgot);
    assert.match(forgot.log[0] ?? '', /could not go on with the earlier session/);
    assert.deepEqual(forgot.of('session'), [{ type: 'session', id: 'session-1' }]);
  });

  it('sends what a person says on in the same session when the turn ends', async () => {
    const go = join(bench.folder, 'go');
    const work = bench.run([{ say: 'first\n' }, { untilFile: go }, { stop: 'refusal' }]);
    await until('the first turn', () => work.log.length > 0);
    work.work.message?.('and the tests');
    writeFileSync(go, '');
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'echo: and the tests' });
    assert.deepEqual(
      bench.sent('session/prompt').map(({ sessionId }) => sessionId),
      ['session-1', 'session-1'],
    );
    assert.ok(work.log.includes('info Sent on: and the tests'));
  });

  it('lives with output that is no message, unknown updates and malformed ones', async () => {
    const strange = [
      'banner',
      '[1]',
      '{"jsonrpc":"2.0","id":99,"result":{}}',
      '{"jsonrpc":"2.0","id":5,"method":"fs/read_text_file","params":{}}',
    ];
    const work = bench.run(
      [
        ...strange.map((raw) => ({ raw })),
        { update: { sessionUpdate: 'new_in_2027' } },
        { update: { sessionUpdate: 'plan', entries: 3 } },
        { say: 'fine' },
      ],
      { how: { stdout: 'Welcome!\n' } },
    );
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'fine' });
    assert.deepEqual(work.log, ['info Welcome!', 'info banner', 'info [1]', 'info fine', 'warn Got response to unknown request 5']);
  });
});
