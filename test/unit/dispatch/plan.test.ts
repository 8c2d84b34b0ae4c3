import assert from 'node:assert/strict';
import { plan } from '../../../src/server/dispatch/plan';
import { waitReason } from '../../../src/server/domain/waiting';
import { agent, RuleBench } from '../../support/ruleBench';

function pairs(bench: RuleBench): string[] {
  const presence = { agents: bench.online };
  return plan(bench.board, presence, bench.now).map(({ taskId, agentId }) => `#${bench.task(taskId).number} → ${agentId}`);
}

function why(bench: RuleBench, number: number): string {
  const task = bench.task(bench.board.numbers.get(number) ?? '');
  return waitReason(bench.board, { agents: bench.online }, task, bench.now).text;
}

describe('The plan', () => {
  it('starts nothing new while as many tasks wait for a person as the limit says, except what is started now', () => {
    const bench = new RuleBench();
    bench.do({ type: 'ConfigureQueue', cap: 10, reviewCap: 1 }, { kind: 'tower', name: 'tower' });
    const ann = bench.join('Ann', { capacity: 4 });
    const first = bench.create('To be signed off', { requires: ['signoff'] });
    bench.run(first, ann);
    bench.create('Next');
    assert.deepEqual(pairs(bench), ['#2 → ann']);
    bench.do({ type: 'ReportResult', taskId: first.id, attempt: 1, result: 'Done.' }, agent(ann));
    assert.deepEqual([pairs(bench), why(bench, 2)], [[], '1 of at most 1 wait for you']);
    bench.do({ type: 'StartNow', taskId: '#2' });
    assert.deepEqual(pairs(bench), ['#2 → ann']);
  });

  it('gives the first task in order to a free agent that has the skills', () => {
    const bench = new RuleBench();
    bench.create('Any');
    bench.create('Browse', { skills: ['Browser'], priority: 'urgent' });
    bench.join('Generalist', { skills: ['browser', 'code'] });
    bench.join('Writer', { skills: ['writing'] });
    assert.deepEqual(pairs(bench), ['#2 → generalist', '#1 → writer']);
  });

  it('gives a task that wants an agent to that one alone', () => {
    const bench = new RuleBench();
    bench.create('For Kimi', { agent: 'Kimi' });
    bench.join('Claude');
    assert.deepEqual(pairs(bench), []);
    assert.equal(why(bench, 1), 'waits for an agent named Kimi');
    bench.join('Kimi');
    assert.deepEqual(pairs(bench), ['#1 → kimi']);
  });

  it('fills an agent up to its capacity and the board up to its cap', () => {
    const bench = new RuleBench();
    for (let n = 0; n < 8; n++) bench.create('T');
    bench.join('Wide', { capacity: 6 });
    assert.equal(pairs(bench).length, 4);
    bench.do({ type: 'ConfigureQueue', cap: 100 }, { kind: 'tower', name: 'tower' });
    assert.equal(pairs(bench).length, 6);
  });

  it('lets "start now" past the cap and the pause, never past an agent\'s capacity', () => {
    const bench = new RuleBench();
    bench.do({ type: 'ConfigureQueue', cap: 1 }, { kind: 'tower', name: 'tower' });
    const ann = bench.join('Ann', { capacity: 2 });
    bench.run(bench.create('Running'), ann);
    bench.create('Next');
    assert.deepEqual(pairs(bench), []);
    bench.do({ type: 'PauseQueue' });
    bench.do({ type: 'StartNow', taskId: '#2' });
    assert.deepEqual(pairs(bench), ['#2 → ann']);
    bench.run(bench.task(bench.board.numbers.get(2) ?? ''), ann);
    bench.create('Third');
    bench.do({ type: 'StartNow', taskId: '#3' });
    assert.deepEqual(pairs(bench), []);
    assert.equal(why(bench, 3), 'waits for Ann (busy)');
  });

  it('passes an agent over that declined, for 30 s and then twice as long', () => {
    const bench = new RuleBench();
    const task = bench.create('T');
    const ann = bench.join('Ann');
    for (const pause of [30_000, 60_000]) {
      const { attempt } = bench.do({ type: 'AssignTask', taskId: task.id, agentId: ann }, { kind: 'tower', name: 'tower' });
      bench.do({ type: 'DeclineAttempt', taskId: task.id, attempt: attempt ?? 0, reason: 'not now' }, agent('ann'));
      assert.equal(task.status, 'pending');
      assert.equal(task.tries, 0);
      assert.match(why(bench, 1), /Ann declined; asked again soon/);
      bench.now += pause - 1;
      assert.deepEqual(pairs(bench), []);
      bench.now += 1;
      assert.deepEqual(pairs(bench), ['#1 → ann']);
    }
  });

  it('leaves a task that waits for another until that one is completed', () => {
    const bench = new RuleBench();
    const ann = bench.join('Ann');
    const first = bench.create('First');
    bench.create('Second', { after: ['#1'], priority: 'urgent' });
    assert.deepEqual(pairs(bench), ['#1 → ann']);
    const n = bench.run(first, ann);
    assert.equal(why(bench, 2), 'waits for #1');
    bench.do({ type: 'ReportError', taskId: first.id, attempt: n, kind: 'agent_error', message: 'x' }, agent('ann'));
    assert.equal(why(bench, 2), 'waits for #1, which failed');
    bench.do({ type: 'RetryTask', taskId: first.id });
    bench.do({ type: 'ReportResult', taskId: first.id, attempt: bench.run(first, ann), result: '' }, agent('ann'));
    assert.deepEqual(pairs(bench), ['#2 → ann']);
  });

  it('says for each pending task why it waits', () => {
    const bench = new RuleBench();
    bench.create('No agent at all');
    bench.create('No such skill', { skills: ['welding'] });
    assert.equal(why(bench, 1), 'waits for an agent');
    const ann = bench.join('Ann', { skills: ['code'] });
    assert.equal(why(bench, 2), 'waits for an agent with skill: welding');
    assert.equal(why(bench, 1), 'starts next');
    bench.do({ type: 'PauseQueue' });
    assert.equal(why(bench, 1), 'the queue is paused');
    bench.do({ type: 'ResumeQueue' });
    bench.run(bench.create('Now', { priority: 'urgent' }), ann);
    assert.equal(why(bench, 1), 'waits for Ann (busy)');
    bench.online.clear();
    assert.equal(why(bench, 1), 'waits for Ann (offline)');
    bench.join('Bob');
    bench.do({ type: 'ConfigureQueue', cap: 1 }, { kind: 'tower', name: 'tower' });
    assert.equal(why(bench, 1), 'the cap of 1 running tasks is reached');
  });

  it('says which skill the agent lacks that a task wants by name', () => {
    const bench = new RuleBench();
    bench.join('Ann', { skills: ['html'] });
    bench.create('Style', { agent: 'Ann', skills: ['html', 'css'] });
    assert.deepEqual([pairs(bench), why(bench, 1)], [[], 'waits for Ann, which lacks skill: css']);
  });

  it('pauses after what runs has ended when asked to, its retries included', () => {
    const bench = new RuleBench();
    const tick = (): unknown => bench.do({ type: 'Tick' }, { kind: 'tower', name: 'tower' });
    const ann = bench.join('Ann');
    const task = bench.create('Tried', { limits: { attempts: 2 } });
    const n = bench.run(task, ann);
    bench.create('New');
    bench.do({ type: 'PauseQueue', when: 'afterCurrent' });
    bench.do({ type: 'ReportError', taskId: task.id, attempt: n, kind: 'agent_error', message: 'x' }, agent('ann'));
    bench.now = task.notBefore ?? 0;
    tick();
    assert.deepEqual(pairs(bench), ['#1 → ann']);
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: bench.run(task, ann), result: '' }, agent('ann'));
    tick();
    assert.equal(bench.board.queue.state, 'paused');
    assert.deepEqual(pairs(bench), []);
  });
});
