import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { FinalReport } from '../../../src/server/domain/report';
import type { Question } from '../../../src/server/domain/task';
import type { AssignParams, InputResult, RunnerAgent } from '../../../src/server/protocol/agent';
import { acpDriver } from '../../../src/server/runner/drivers/acp';
import { DriverRun } from '../../support/driverBench';
import { runningOf } from '../../support/processTree';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const ECHO = resolve('test/fixtures/acp/echoAgent.mjs');
const OPTIONS = [
  { optionId: 'yes', name: 'Allow', kind: 'allow_once' },
  { optionId: 'always', name: 'Always allow', kind: 'allow_always' },
  { optionId: 'no', name: 'Reject', kind: 'reject_once' },
];

interface Given {
  /** How the echo agent greets. */
  how?: object;
  assignment?: Partial<AssignParams>;
  agent?: Partial<RunnerAgent>;
  graceMs?: number;
  answer?: (question: Question) => InputResult | Promise<InputResult>;
  times?: Parameters<typeof acpDriver>[0];
}

describe('ACP driver', () => {
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(removeTempFolders);

  const run = (steps: object[] | string, { how = {}, assignment, agent, graceMs, answer, times }: Given = {}): DriverRun => {
    const env = { ECHO: JSON.stringify(how), ECHO_LOG: join(folder, 'echo.log'), KIMI_CODE_HOME: join(folder, 'kimi'), ...agent?.env };
    return new DriverRun(acpDriver({ linger: 100, ...times }), {
      agent: { name: 'Echo', driver: 'acp', command: [process.execPath, ECHO], cwd: folder, ...agent, env },
      assignment: { prompt: typeof steps === 'string' ? steps : JSON.stringify(steps), ...assignment },
      ...(graceMs === undefined ? {} : { graceMs }),
      ...(answer ? { answer } : {}),
    });
  };
  const sent = (): { method: string; params: Record<string, unknown> }[] =>
    readFileSync(join(folder, 'echo.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as ReturnType<typeof sent>[number]);
  const sentTo = (method: string): Record<string, unknown>[] => sent().flatMap((call) => (call.method === method ? [call.params] : []));
  const ended = async (work: DriverRun): Promise<FinalReport> => {
    const final = await work.final();
    assert.equal(work.reports.at(-1), final);
    assert.deepEqual(work.ended, work.started);
    assert.deepEqual(runningOf(work.started), []);
    return final;
  };
  const failed = async (work: DriverRun, kind: string, message: RegExp): Promise<void> => {
    const final = await ended(work);
    assert.equal(final.type, 'error');
    assert.equal(final.type === 'error' && final.kind, kind);
    assert.match(final.type === 'error' ? final.message : '', message);
  };

  it('prompts in the folder of the task, and the last message is the result', async () => {
    mkdirSync(join(folder, 'sub'));
    const tool = { sessionUpdate: 'tool_call', toolCallId: 't', title: 'Look' };
    const work = run([{ say: 'I am look' }, { say: 'ing.\nNow' }, { update: tool }, { say: 'All ' }, { say: 'done.\n' }], {
      assignment: { folder: 'sub' },
    });
    assert.deepEqual(await ended(work), { type: 'result', result: 'All done.' });
    assert.deepEqual(work.log, ['info I am looking.', 'info Now', 'info All done.']);
    assert.deepEqual(work.of('session'), [{ type: 'session', id: 'session-1' }]);
    assert.deepEqual(sentTo('session/new'), [{ cwd: join(folder, 'sub'), mcpServers: [] }]);
    const none = { fs: { readTextFile: false, writeTextFile: false }, terminal: false, auth: { terminal: false } };
    assert.deepEqual(sentTo('initialize')[0]?.clientCapabilities, none);
  });

  it('gives the tower as an MCP server to an agent that takes one over HTTP', async () => {
    await ended(run('hello', { how: { capabilities: { mcpCapabilities: { http: true } } } }));
    const headers = [{ name: 'Authorization', value: 'Bearer attempt-token' }];
    assert.deepEqual(sentTo('session/new')[0]?.mcpServers, [{ type: 'http', name: 'tasktower', url: 'http://127.0.0.1:1/mcp', headers }]);
  });

  it('reports the plan and its progress, tools and thoughts', async () => {
    const entries = [
      { content: 'Read', status: 'completed', priority: 'high' },
      { content: 'Write\u0007 <b>it</b>', status: 'in_progress', priority: 'low' },
    ];
    const work = run([
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
    await ended(work);
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

  it('asks a person for permission and gives the agent their answer', async () => {
    const ask = {
      toolCallId: 'call-7',
      title: '<script>alert(1)</script> rm\u202e',
      kind: 'execute',
      rawInput: { command: 'rm -rf build' },
    };
    const work = run([{ ask, options: OPTIONS }], { answer: ({ options }) => ({ answer: 'Reject', optionId: options[2]?.id }) });
    assert.deepEqual(await ended(work), { type: 'result', result: 'answer: no' });
    const [question] = work.questions;
    assert.equal(question?.text, 'Echo asks to run: ‹script>alert(1)‹/script> rm\nKind: execute\nrm -rf build');
    assert.deepEqual(
      question?.options.map(({ label }) => label),
      ['Allow', 'Always allow', 'Reject'],
    );
    assert.match(question?.id ?? '', /call-7/);
  });

  it('takes an answer in words for the option of that name, and any other as none', async () => {
    const answers = ['always ALLOW', 'maybe'];
    const ask = (id: string): object => ({ ask: { toolCallId: id, title: id }, options: OPTIONS });
    const work = run([ask('a'), ask('b')], { answer: () => ({ answer: answers.shift() ?? '' }) });
    assert.deepEqual(await ended(work), { type: 'result', result: 'answer: cancelled' });
    assert.ok(work.log.includes('info answer: always'));
  });

  it('asks one question at a time, and not again what was answered for good', async () => {
    const call = (toolCallId: string, command: string): object => ({ toolCallId, title: 'Run', kind: 'execute', rawInput: { command } });
    let open = 0;
    const work = run([{ ask: [call('a', 'ls'), call('b', 'ls'), call('c', 'rm -rf /')], options: OPTIONS }], {
      answer: async ({ options, text }) => {
        assert.equal(open++, 0);
        await new Promise((next) => setImmediate(next));
        open--;
        return { answer: '', optionId: options[text.includes('rm') ? 2 : 1]?.id };
      },
    });
    await ended(work);
    assert.deepEqual(work.questions.length, 2);
    assert.deepEqual(
      work.log.filter((line) => line.includes('answer:')),
      ['info answer: always', 'info answer: yes', 'info answer: no'],
    );
  });

  it('lets through the tools of the tower itself, and nothing that only looks like them', async () => {
    const own = [
      { toolCallId: '1', title: 'x', name: 'mcp__tasktower__report_progress' },
      { toolCallId: 'mcp__tasktower__append_log', title: 'y' },
    ];
    const others = [
      { toolCallId: '2', title: 'mcp__tasktower__report_progress' },
      { toolCallId: 'mcp__tasktower__append_log', title: 'z', name: 'bash' },
      { toolCallId: '3', title: 'z', name: 'mcp__tasktower__x; rm -rf /' },
    ];
    const answer = ({ options }: Question): InputResult => ({ answer: '', optionId: options[2]?.id });
    const how = { capabilities: { mcpCapabilities: { http: true } } };
    const work = run([{ ask: [...own, ...others], options: OPTIONS }], { how, answer });
    await ended(work);
    assert.equal(work.questions.length, 3);
    assert.deepEqual(
      work.log.filter((line) => line.includes('answer:')),
      ['yes', 'yes', 'no', 'no', 'no'].map((id) => `info answer: ${id}`),
    );
    const elsewhere = run([{ ask: own[0], options: OPTIONS }], { answer });
    await ended(elsewhere);
    assert.equal(elsewhere.questions.length, 1);
  });

  it('hands in one patch of all changes, without those of failed and rejected calls', async () => {
    const diff = (path: string, oldText: string | null, newText: string): object => ({ type: 'diff', path, oldText, newText });
    const edit = (toolCallId: string, content: object[], status = 'completed'): object => ({
      update: { sessionUpdate: 'tool_call', toolCallId, title: 'Edit', status, content },
    });
    const work = run(
      [
        edit('1', [diff(join(folder, 'a.txt'), 'one\ntwo\n', 'one\n2\n')]),
        edit('2', [diff(join(folder, 'a.txt'), 'one\n2\n', 'one\nII\n')]),
        edit('3', [diff('new file.txt', null, 'fresh\n')]),
        edit('4', [diff('b.txt', 'x', 'y')], 'failed'),
        { ask: { toolCallId: '5', title: 'Edit', content: [diff('c.txt', 'x', 'y')] }, options: OPTIONS },
      ],
      { answer: ({ options }) => ({ answer: '', optionId: options[2]?.id }) },
    );
    await ended(work);
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
    const work = run([{ update: cost(0.1) }, { update: cost(9, 'EUR') }, { late: cost(0.25) }, { stop: 'end_turn', usage }], {
      times: { linger: 5_000 },
    });
    await ended(work);
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
    const work = run([chunk(10), chunk(20)]);
    await ended(work);
    assert.deepEqual(work.of('usage').at(-1)?.usage, { inputTokens: 30, outputTokens: 4, cachedTokens: 2 });
  });

  it('reads the tokens of Kimi Code from its session', async () => {
    const wire = join(folder, 'kimi', 'sessions', 'wd', 'session-1', 'agents', 'main');
    mkdirSync(wire, { recursive: true });
    const usage = { inputOther: 10, output: 5, inputCacheRead: 100, inputCacheCreation: 1 };
    writeFileSync(join(wire, 'wire.jsonl'), `${JSON.stringify({ type: 'usage.record', model: 'kimi-k3', usage, usageScope: 'turn' })}\n`);
    const work = run('hi', { how: { name: 'Kimi Code CLI' } });
    await ended(work);
    assert.deepEqual(work.of('usage').at(-1)?.usage, { inputTokens: 111, outputTokens: 5, cachedTokens: 100, model: 'kimi-k3' });
  });

  it('cancels in mid-work at once, with a question open', async () => {
    for (const steps of [
      [{ say: 'busy\n' }, { forever: true }],
      [{ say: 'busy\n' }, { ask: { toolCallId: 'a', title: 'A' }, options: OPTIONS }],
    ]) {
      const work = run(steps);
      await until('work', () => work.log.length > 0 && (steps[1] && 'forever' in steps[1] ? true : work.questions.length > 0));
      const since = Date.now();
      work.work.end({ type: 'cancelled' });
      assert.deepEqual(await ended(work), { type: 'cancelled' });
      assert.ok(Date.now() - since < 2_000);
      assert.deepEqual(sentTo('session/cancel').at(-1), { sessionId: 'session-1' });
    }
  });

  it('ends an agent that does not listen', async () => {
    const work = run([{ say: 'busy\n' }, { forever: true }], { how: { deaf: true }, graceMs: 400 });
    await until('work', () => work.log.length > 0);
    work.work.end({ type: 'error', kind: 'timeout', message: 'Too long.' });
    await failed(work, 'timeout', /Too long/);
    assert.ok(work.log.some((line) => line.includes('did not stop')));
    assert.ok(sent().some(({ method }) => method === 'SIGTERM'));
  });

  it('can be cancelled before there is a session', async () => {
    const work = run('hi', { how: { hang: true } });
    await until('the greeting', () => sent().length > 0);
    work.work.end({ type: 'cancelled' });
    assert.deepEqual(await ended(work), { type: 'cancelled' });
  });

  it('says why an agent did not get ready', async () => {
    await failed(
      run('hi', { how: { crash: 'no model configured' } }),
      'spawn_failed',
      /before it was ready \(exit code 3\): no model configured/,
    );
    await failed(run('hi', { agent: { command: ['no-such-agent'] } }), 'spawn_failed', /command "no-such-agent" was not found/);
    await failed(run('hi', { agent: { cwd: join(folder, 'gone') } }), 'spawn_failed', /folder ".*gone" was not found/);
    await failed(
      run('hi', { how: { version: 2 } }),
      'protocol_error',
      /speaks version 2 of the Agent Client Protocol, Tasktower version 1/,
    );
    await failed(run('hi', { how: { hang: true }, times: { initialize: 200 } }), 'spawn_failed', /did not answer within 0.2 s/);
    await failed(run('hi', { how: { endsOutput: true } }), 'protocol_error', /connection to Echo was lost/);
  });

  it('names the way to log in', async () => {
    const authMethods = [{ id: 'login', name: 'Login', description: 'Run `echo login` in a terminal' }];
    const how = { auth: 'Not logged in', authMethods };
    await failed(run('hi', { how }), 'auth_required', /Echo needs a login: .*Not logged in\. To log in: Run `echo login` in a terminal/);
    const meta = { 'terminal-auth': { command: 'echo-agent', args: ['login'] } };
    await failed(
      run('hi', { how: { ...how, authMethods: [{ ...authMethods[0], _meta: meta }] } }),
      'auth_required',
      /run: echo-agent login$/,
    );
    await failed(run('hi', { how: { auth: 'Who?' } }), 'auth_required', /Start .*node.* in a terminal to log in/);
  });

  it('parks at a limit until it returns', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const work = run([{ fail: { code: -32603, message: 'Internal error', data: { details: `429 quota exceeded, resets at ${at}` } } }]);
    await failed(work, 'limit', /429 quota exceeded/);
    const final = await work.final();
    assert.equal(final.type === 'error' && final.retryAt, at);
  });

  it('tells a refusal, a limit of the model and a crash from a result', async () => {
    await failed(run([{ say: 'I will not.' }, { stop: 'refusal' }]), 'refused', /Echo refused to go on: I will not\./);
    await failed(run([{ stop: 'max_tokens' }]), 'agent_error', /limit of tokens/);
    await failed(run([{ stop: 'max_turn_requests' }]), 'agent_error', /as many requests as it may/);
    await failed(run([{ stop: 'cancelled' }]), 'agent_error', /nobody here asked/);
    await failed(
      run([{ stderr: 'out of memory' }, { exit: 9 }]),
      'agent_error',
      /in the middle of its work \(exit code 9\): out of memory/,
    );
  });

  it('goes on in an earlier session where the agent can', async () => {
    const assignment = { session: 'old-1' };
    const resumes = run('hi', { assignment, how: { capabilities: { sessionCapabilities: { resume: {} }, loadSession: true } } });
    assert.deepEqual(await ended(resumes), { type: 'result', result: 'echo: hi' });
    assert.equal(sentTo('session/resume')[0]?.sessionId, 'old-1');
    const loads = run('hi', { assignment, how: { capabilities: { loadSession: true } } });
    await ended(loads);
    assert.deepEqual(loads.log, ['info echo: hi']);
    assert.deepEqual(loads.of('session'), [{ type: 'session', id: 'old-1' }]);
    assert.equal(sentTo('session/new').length, 0);
  });

  it('opens a new session, and says so, where the agent cannot', async () => {
    const assignment = { session: 'old-1' };
    const cannot = run('hi', { assignment });
    await ended(cannot);
    assert.match(cannot.log[0] ?? '', /cannot go on with an earlier session/);
    const forgot = run('hi', { assignment, how: { forgotten: true, capabilities: { sessionCapabilities: { resume: {} } } } });
    await ended(forgot);
    assert.match(forgot.log[0] ?? '', /could not go on with the earlier session/);
    assert.deepEqual(forgot.of('session'), [{ type: 'session', id: 'session-1' }]);
  });

  it('sends what a person says on in the same session when the turn ends', async () => {
    const go = join(folder, 'go');
    const work = run([{ say: 'first\n' }, { untilFile: go }, { stop: 'refusal' }]);
    await until('the first turn', () => work.log.length > 0);
    work.work.message?.('and the tests');
    writeFileSync(go, '');
    assert.deepEqual(await ended(work), { type: 'result', result: 'echo: and the tests' });
    assert.deepEqual(
      sentTo('session/prompt').map(({ sessionId }) => sessionId),
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
    const work = run(
      [
        ...strange.map((raw) => ({ raw })),
        { update: { sessionUpdate: 'new_in_2027' } },
        { update: { sessionUpdate: 'plan', entries: 3 } },
        { say: 'fine' },
      ],
      { how: { stdout: 'Welcome!\n' } },
    );
    assert.deepEqual(await ended(work), { type: 'result', result: 'fine' });
    assert.deepEqual(work.log, ['info Welcome!', 'info banner', 'info [1]', 'info fine', 'warn Got response to unknown request 5']);
  });

  it('takes a flood of updates, and ends an agent whose message has no end', async () => {
    const work = run([{ flood: 20_000 }]);
    const final = await ended(work);
    assert.equal(work.log.length, 20_000);
    assert.ok(final.type === 'result' && final.result.endsWith('line 19999') && Buffer.byteLength(final.result) <= 256 * 1024);
    await failed(run([{ big: 40 * 1024 * 1024 }, { forever: true }]), 'protocol_error', /larger than 32 MiB/);
  });

  it('reads nothing while the tower does not keep up', async () => {
    const go = join(folder, 'go');
    const work = run([{ say: 'one\n' }, { untilFile: go }, { say: 'two\n' }, { note: 'both' }]);
    await until('the first line', () => work.log.length === 1);
    work.work.pause();
    writeFileSync(go, '');
    await until('both lines to be said', () => sentTo('note').length > 0);
    assert.deepEqual(work.log, ['info one']);
    work.work.resume();
    assert.deepEqual(await ended(work), { type: 'result', result: 'one\ntwo' });
  });
});
