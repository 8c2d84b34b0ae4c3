import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AcpBench, OPTIONS } from '../../support/acpBench';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

describe('ACP driver: how it ends', () => {
  let bench: AcpBench;
  beforeEach(() => (bench = new AcpBench(tempFolder())));
  afterEach(removeTempFolders);

  it('cancels in mid-work at once, with a question open', async () => {
    for (const steps of [
      [{ say: 'busy\n' }, { forever: true }],
      [{ say: 'busy\n' }, { ask: ['a', 'b'].map((id) => ({ toolCallId: id, title: id })), options: OPTIONS }],
    ]) {
      const work = bench.run(steps);
      await until('work', () => work.log.length > 0 && (steps[1] && 'forever' in steps[1] ? true : work.questions.length > 0));
      const since = Date.now();
      work.work.end({ type: 'cancelled' });
      assert.deepEqual(await bench.ended(work), { type: 'cancelled' });
      assert.ok(Date.now() - since < 2_000);
      assert.ok(work.questions.length <= 1);
      assert.deepEqual(bench.sent('session/cancel').at(-1), { sessionId: 'session-1' });
    }
  });

  it('ends an agent that does not listen', async () => {
    const work = bench.run([{ say: 'busy\n' }, { forever: true }], { how: { deaf: true }, graceMs: 400 });
    await until('work', () => work.log.length > 0);
    work.work.end({ type: 'error', kind: 'timeout', message: 'Too long.' });
    await bench.failed(work, 'timeout', /Too long/);
    assert.ok(work.log.some((line) => line.includes('did not stop')));
    assert.ok(bench.sent('SIGTERM').length > 0);
  });

  it('can be cancelled before there is a session', async () => {
    const work = bench.run('hi', { how: { hang: true } });
    await until('the greeting', () => bench.sent('initialize').length > 0);
    work.work.end({ type: 'cancelled' });
    assert.deepEqual(await bench.ended(work), { type: 'cancelled' });
  });

  it('says why an agent did not get ready', async () => {
    await bench.failed(
      bench.run('hi', { how: { crash: 'no model configured' } }),
      'spawn_failed',
      /before it was ready \(exit code 3\): no model configured/,
    );
    await bench.failed(bench.run('hi', { agent: { command: ['no-such-agent'] } }), 'spawn_failed', /command "no-such-agent" was not found/);
    await bench.failed(bench.run('hi', { agent: { cwd: join(bench.folder, 'gone') } }), 'spawn_failed', /folder ".*gone" was not found/);
    await bench.failed(
      bench.run('hi', { how: { version: 2 } }),
      'protocol_error',
      /speaks version 2 of the Agent Client Protocol, Tasktower version 1/,
    );
    await bench.failed(bench.run('hi', { how: { hang: true }, times: { initialize: 200 } }), 'spawn_failed', /did not answer within 0.2 s/);
    await bench.failed(bench.run('hi', { how: { endsOutput: true } }), 'protocol_error', /connection to Echo was lost/);
  });

  it('names the way to log in', async () => {
    const authMethods = [{ id: 'login', name: 'Login', description: 'Run `echo login` in a terminal' }];
    const how = { auth: 'Not logged in', authMethods };
    await bench.failed(
      bench.run('hi', { how }),
      'auth_required',
      /Echo needs a login: .*Not logged in\. To log in: Run `echo login` in a terminal/,
    );
    const meta = { 'terminal-auth': { command: 'echo-agent', args: ['login'] } };
    await bench.failed(
      bench.run('hi', { how: { ...how, authMethods: [{ ...authMethods[0], _meta: meta }] } }),
      'auth_required',
      /run: echo-agent login$/,
    );
    await bench.failed(bench.run('hi', { how: { auth: 'Who?' } }), 'auth_required', /Start .*node.* in a terminal to log in/);
  });

  it('parks at a limit until it returns', async () => {
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const work = bench.run([
      { fail: { code: -32603, message: 'Internal error', data: { details: `429 quota exceeded, resets at ${at}` } } },
    ]);
    await bench.failed(work, 'limit', /429 quota exceeded/);
    const final = await work.final();
    assert.equal(final.type === 'error' && final.retryAt, at);
  });

  it('tells a refusal, a limit of the model and a crash from a result', async () => {
    await bench.failed(bench.run([{ say: 'I will not.' }, { stop: 'refusal' }]), 'refused', /Echo refused to go on: I will not\./);
    await bench.failed(bench.run([{ stop: 'end_turn' }]), 'agent_error', /without a word/);
    await bench.failed(bench.run([{ stop: 'max_tokens' }]), 'agent_error', /limit of tokens/);
    await bench.failed(bench.run([{ stop: 'max_turn_requests' }]), 'agent_error', /as many requests as it may/);
    await bench.failed(bench.run([{ stop: 'cancelled' }]), 'agent_error', /nobody here asked/);
    await bench.failed(
      bench.run([{ stderr: 'out of memory' }, { exit: 9 }]),
      'agent_error',
      /in the middle of its work \(exit code 9\): out of memory/,
    );
  });

  it('fails alone when its end cannot be noted', async () => {
    const broken = (): never => {
      throw new Error('too deep');
    };
    const work = bench.run('hi', { processes: { started: () => undefined, ended: broken } });
    const message = 'What Echo said could not be read: too deep. Retry the task.';
    assert.deepEqual(await work.final(), { type: 'error', kind: 'agent_error', message });
  });

  it('takes a flood of updates, and ends an agent whose message has no end', async () => {
    const work = bench.run([{ flood: 20_000 }]);
    const final = await bench.ended(work);
    assert.equal(work.log.length, 20_000);
    assert.ok(final.type === 'result' && final.result.endsWith('line 19999') && Buffer.byteLength(final.result) <= 256 * 1024);
    await bench.failed(bench.run([{ big: 40 * 1024 * 1024 }, { forever: true }]), 'protocol_error', /larger than 32 MiB/);
  });

  it('reads nothing while the tower does not keep up', async () => {
    const go = join(bench.folder, 'go');
    const work = bench.run([{ say: 'one\n' }, { untilFile: go }, { say: 'two\n' }, { note: 'both' }]);
    await until('the first line', () => work.log.length === 1);
    work.work.pause();
    writeFileSync(go, '');
    await until('both lines to be said', () => bench.sent('note').length > 0);
    assert.deepEqual(work.log, ['info one']);
    work.work.resume();
    assert.deepEqual(await bench.ended(work), { type: 'result', result: 'one\ntwo' });
  });
});
