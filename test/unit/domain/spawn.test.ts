import assert from 'node:assert/strict';
import { agent, PERSON, RuleBench } from '../../support/ruleBench';

describe('Tasks that agents create', () => {
  it('count for the attempt that creates them, and a new attempt may create as many again', () => {
    const bench = new RuleBench();
    bench.join('Kimi');
    const { id: taskId } = bench.create('Split');
    const create = { type: 'CreateTask' as const, spec: { title: 'Part' } };
    for (let attempt = 1; attempt <= 2; attempt++) {
      bench.do({ type: 'AssignTask', taskId, agentId: 'kimi' }, { kind: 'tower', name: 'tower' });
      const parent = { taskId, attempt };
      for (let n = 0; n < 20; n++) bench.do({ ...create, parent }, agent('kimi'));
      assert.match(bench.refusal({ ...create, parent }, agent('kimi')), /^forbidden: .*has created 20 tasks/);
      bench.do({ type: 'ReportError', taskId, attempt, kind: 'agent_error', message: 'Enough' }, agent('kimi'));
      assert.match(bench.refusal({ ...create, parent }, agent('kimi')), /^conflict: .*has ended/);
      bench.do({ type: 'RetryTask', taskId });
    }
    assert.deepEqual(
      bench.task(taskId).attempts.map(({ created }) => created),
      [20, 20],
    );
  });

  it('are of the agent at work alone', () => {
    const bench = new RuleBench();
    bench.join('Kimi');
    const { id: taskId } = bench.create('Split');
    bench.do({ type: 'AssignTask', taskId, agentId: 'kimi' }, { kind: 'tower', name: 'tower' });
    const create = { type: 'CreateTask' as const, spec: { title: 'Part' }, parent: { taskId, attempt: 1 } };
    assert.match(bench.refusal(create, agent('other')), /worked on by another agent/);
    assert.match(bench.refusal(create, PERSON), /Only an agent/);
  });
});
