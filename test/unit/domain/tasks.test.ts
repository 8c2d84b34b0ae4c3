import assert from 'node:assert/strict';
import { decodeBoard, encodeBoard } from '../../../src/server/domain/board';
import { agent, PERSON, RuleBench, TOWER } from '../../support/ruleBench';

describe('A task', () => {
  it('is pending after it was created, with a number of its own and no prompt on the board', () => {
    const bench = new RuleBench();
    const task = bench.create('Audit the login page', { prompt: 'Open it and look.', skills: ['browser'] });
    assert.equal(task.number, 1);
    assert.equal(task.status, 'pending');
    assert.equal(task.kind, 'browser');
    assert.ok(!('prompt' in task));
    assert.equal(bench.create('Another').number, 2);
  });

  it('runs, and is completed by a result', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    const n = bench.run(task, bench.join('Ann'));
    assert.equal(task.phase, 'working');
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: n, result: 'All good.' }, agent('ann'));
    assert.equal(task.status, 'completed');
    assert.equal(task.attempts[0]?.outcome, 'completed');
    assert.equal(task.attempts[0]?.summary, 'All good.');
    assert.equal(bench.board.agents.get('ann')?.totals.completed, 1);
  });

  it('keeps attempt 1 as it was when attempt 2 runs', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    const ann = bench.join('Ann');
    bench.do({ type: 'ReportError', taskId: task.id, attempt: bench.run(task, ann), kind: 'agent_error', message: 'boom' }, agent('ann'));
    assert.equal(task.status, 'failed');
    const first = structuredClone(task.attempts[0]);
    bench.do({ type: 'RetryTask', taskId: task.id, note: 'Look again.' });
    assert.equal(task.status, 'pending');
    assert.equal(bench.run(task, ann), 2);
    assert.deepEqual(task.attempts[0], first);
    assert.equal(task.attempts[1]?.note, 'Look again.');
  });

  it('that waits is cancelled at once; one that runs waits for its agent', () => {
    const bench = new RuleBench();
    const waiting = bench.create('Waits');
    bench.do({ type: 'CancelTask', taskId: waiting.id });
    assert.equal(waiting.status, 'cancelled');
    const running = bench.create('Runs');
    const n = bench.run(running, bench.join('Ann'));
    bench.do({ type: 'CancelTask', taskId: running.id });
    assert.deepEqual([running.status, running.phase], ['running', 'cancelling']);
    bench.do({ type: 'ReportCancelled', taskId: running.id, attempt: n }, agent('ann'));
    assert.equal(running.status, 'cancelled');
  });

  it('stays cancelled when a result comes after the cancel, and keeps the result', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    const n = bench.run(task, bench.join('Ann'));
    bench.do({ type: 'CancelTask', taskId: task.id });
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: n, result: 'Too late' }, agent('ann'));
    assert.equal(task.status, 'cancelled');
    assert.equal(task.attempts[0]?.summary, 'Too late');
  });

  it('whose agent says nothing after a cancel ends when the grace is over', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    bench.run(task, bench.join('Ann'));
    bench.do({ type: 'CancelTask', taskId: task.id });
    bench.now += 29_999;
    bench.do({ type: 'Tick' }, TOWER);
    assert.equal(task.status, 'running');
    bench.now += 1;
    bench.do({ type: 'Tick' }, TOWER);
    assert.equal(task.status, 'cancelled');
  });

  it('that lost contact fails, is not run again by itself, and keeps a result that comes later as late', () => {
    const bench = new RuleBench();
    const task = bench.create('Job', { limits: { attempts: 3 } });
    const n = bench.run(task, bench.join('Ann'));
    bench.do({ type: 'LoseAttempt', taskId: task.id, attempt: n }, TOWER);
    assert.deepEqual([task.status, task.error?.kind], ['failed', 'lost_contact']);
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: n, result: 'Here I am' }, agent('ann'));
    assert.equal(task.status, 'failed');
    assert.equal(task.attempts[0]?.outcome, 'failed');
    assert.equal(task.attempts[0]?.lateResult, true);
    const again = { type: 'ReportResult', taskId: task.id, attempt: n, result: 'Again' } as const;
    assert.match(bench.refusal(again, agent('ann')), /^conflict: Attempt 1 of #1 Job has ended/);
  });

  it('is tried again by itself after a doubling pause, as often as its limit says', () => {
    const bench = new RuleBench();
    const task = bench.create('Job', { limits: { attempts: 3 } });
    const ann = bench.join('Ann');
    const pauses: number[] = [];
    for (let n = 1; n <= 3; n++) {
      bench.do({ type: 'ReportError', taskId: task.id, attempt: bench.run(task, ann), kind: 'agent_error', message: 'x' }, agent('ann'));
      if (task.status !== 'parked') break;
      pauses.push((task.notBefore ?? 0) - bench.now);
      bench.now = task.notBefore ?? 0;
      bench.do({ type: 'Tick' }, TOWER);
      assert.equal(task.status, 'pending');
    }
    assert.deepEqual(pauses, [10_000, 20_000]);
    assert.equal(task.status, 'failed');
  });

  it('that its agent calls declined after it took it has failed: it is not handed out for ever', () => {
    const bench = new RuleBench();
    const worker = bench.join('Worker');
    const task = bench.create('Job');
    bench.run(task, worker);
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, kind: 'declined', message: 'No.' }, agent(worker));
    assert.equal(bench.task(task.id).status, 'failed');
  });

  it('is parked until the quota returns', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    const n = bench.run(task, bench.join('Ann'));
    const retryAt = bench.now + 7_200_000;
    bench.do({ type: 'ReportError', taskId: task.id, attempt: n, kind: 'limit', message: 'quota', retryAt }, agent('ann'));
    assert.deepEqual([task.status, task.parkedFor, task.notBefore], ['parked', 'quota', retryAt]);
  });

  it('that runs past its time limit fails with timeout; waiting for a person does not count', () => {
    const bench = new RuleBench();
    const task = bench.create('Job', { limits: { timeMs: 60_000 } });
    const n = bench.run(task, bench.join('Ann'));
    bench.now += 30_000;
    bench.do({ type: 'AskInput', taskId: task.id, attempt: n, question: { id: 'q', text: 'May I?' } }, agent('ann'));
    assert.equal(task.status, 'input_required');
    bench.now += 600_000;
    bench.do({ type: 'AnswerInput', taskId: task.id, answer: 'yes' });
    bench.now += 29_999;
    bench.do({ type: 'Tick' }, TOWER);
    assert.equal(task.status, 'running');
    bench.now += 1;
    bench.do({ type: 'Tick' }, TOWER);
    assert.deepEqual([task.status, task.error?.kind], ['failed', 'timeout']);
  });

  it('is not done without the proof it asks for', () => {
    const bench = new RuleBench();
    const requires = ['screenshot:login', 'metric:accessibility.score>=90', 'signoff'];
    const task = bench.create('Job', { requires });
    const n = bench.run(task, bench.join('Ann'));
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: n, result: 'Done, trust me.' }, agent('ann'));
    assert.equal(task.status, 'failed');
    assert.match(task.error?.message ?? '', /screenshot:login is missing; metric:accessibility\.score>=90 is missing/);
  });

  it('with a sign-off waits for a person, who accepts or rejects it with a note', () => {
    const bench = new RuleBench();
    const ann = bench.join('Ann');
    const [yes, no] = [bench.create('A', { requires: ['signoff'] }), bench.create('B', { requires: ['signoff'] })];
    for (const task of [yes, no]) {
      bench.do({ type: 'ReportResult', taskId: task.id, attempt: bench.run(task, ann), result: '' }, agent('ann'));
      assert.equal(task.status, 'review');
    }
    bench.do({ type: 'SignOff', taskId: yes.id, verdict: 'accepted' });
    bench.do({ type: 'SignOff', taskId: no.id, verdict: 'rejected', note: 'Wrong page.' });
    assert.deepEqual([yes.status, no.status, no.error?.message], ['completed', 'failed', 'Rejected: Wrong page.']);
  });

  it('refuses what its state does not allow, and says what would help', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    assert.match(bench.refusal({ type: 'RetryTask', taskId: task.id }), /conflict: #1 Job is pending and cannot be retried/);
    bench.do({ type: 'CancelTask', taskId: task.id });
    assert.match(bench.refusal({ type: 'CancelTask', taskId: '#1' }), /conflict: #1 Job is cancelled and cannot be cancelled/);
    assert.match(bench.refusal({ type: 'EditTask', taskId: '#1', patch: { title: 'X' } }), /cannot be edited/);
    assert.match(bench.refusal({ type: 'CancelTask', taskId: '#99' }), /not_found: There is no task #99/);
  });

  it('that has ended holds up the deletion of none it waited for, also after a restart', () => {
    const bench = new RuleBench();
    bench.create('A');
    bench.create('B', { after: ['#1'] });
    for (const taskId of ['#1', '#2']) bench.do({ type: 'CancelTask', taskId });
    bench.board = decodeBoard(encodeBoard(bench.board));
    bench.do({ type: 'PurgeTask', taskId: '#1' });
    assert.equal(bench.board.numbers.has(1), false);
  });

  it('cannot wait for itself, in however wide a circle', () => {
    const bench = new RuleBench();
    const a = bench.create('A');
    const b = bench.create('B', { after: ['#1'] });
    bench.create('C', { after: [b.id] });
    assert.match(
      bench.refusal({ type: 'EditTask', taskId: a.id, patch: { after: ['#3'] } }),
      /#1 A cannot wait for #3 C, which waits for it/,
    );
    assert.match(bench.refusal({ type: 'EditTask', taskId: a.id, patch: { after: ['#1'] } }), /cannot wait for #1 A/);
  });
});

describe('Permissions', () => {
  it('let a program cancel what a program created, and nothing a person created', () => {
    const bench = new RuleBench();
    const client = { kind: 'client', name: 'program' } as const;
    const mine = bench.create('Mine');
    const { taskId } = bench.do({ type: 'CreateTask', spec: { title: 'Its own' } }, client);
    assert.match(
      bench.refusal({ type: 'CancelTask', taskId: mine.id }, client),
      /^forbidden: A program with the agent token may not do this/,
    );
    bench.do({ type: 'CancelTask', taskId: taskId ?? '' }, client);
    assert.equal(bench.task(taskId ?? '').status, 'cancelled');
    for (const type of ['PauseQueue', 'RetryFailed', 'Tick'] as const) assert.match(bench.refusal({ type }, client), /^forbidden/);
    assert.match(bench.refusal({ type: 'StartAgent', agentId: 'ann' }, client), /^forbidden/);
    assert.match(bench.refusal({ type: 'Tick' }, PERSON), /^forbidden/);
  });

  it('keep an agent from reporting on the work of another', () => {
    const bench = new RuleBench();
    const task = bench.create('Job');
    const n = bench.run(task, bench.join('Ann'));
    bench.join('Bob');
    const result = { type: 'ReportResult', taskId: task.id, attempt: n, result: '' } as const;
    assert.match(bench.refusal(result, agent('bob')), /^forbidden: #1 Job is worked on by another agent/);
  });
});
