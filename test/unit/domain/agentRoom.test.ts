import assert from 'node:assert/strict';
import { MAX_AGENTS } from '../../../src/server/domain/rules/roomRules';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';

describe('The agents on the board', () => {
  let bench: RuleBench;
  beforeEach(() => (bench = new RuleBench()));

  const known = (id: string): boolean => bench.board.agents.has(id);
  /** So many come under names of their own, and are not there for long. */
  const flood = (count: number, name = 'made-up'): void => {
    for (let n = 0; n < count; n++) bench.join(`${name} ${n}`);
  };
  const appear = (id: string): void => void bench.do({ type: 'ReportPresence', agentId: id, present: true }, TOWER);
  const work = (id: string): void => {
    const task = bench.create(`For ${id}`, { agent: id });
    bench.run(task, id);
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: 1, result: 'Done.', usage: { costUsd: 0.5 } }, agent(id));
  };

  it(`are never more than ${MAX_AGENTS}, under however many names they come`, () => {
    flood(MAX_AGENTS * 2);
    assert.equal(bench.board.agents.size, MAX_AGENTS);
    assert.ok(!known('made-up-0') && known(`made-up-${MAX_AGENTS * 2 - 1}`), 'the first are forgotten');
    const [now, again, decoded] = bench.refolded();
    assert.deepEqual([now, now], [again, decoded]);
  });

  it('stay while they are connected, at work or in the settings', () => {
    bench.do(
      {
        type: 'ConfigureAgents',
        agents: [
          { name: 'Ours', run: 'task' },
          { name: 'Theirs', account: 'a' },
        ],
      },
      TOWER,
    );
    appear(bench.join('Here'));
    const task = bench.create('Long');
    bench.run(task, bench.join('Busy'));
    bench.do({ type: 'ReportTask', spec: { title: 'Elsewhere' }, agent: 'Reporter', leaseMs: 60_000 });
    flood(MAX_AGENTS + 10);
    assert.equal(bench.board.agents.size, MAX_AGENTS);
    assert.deepEqual(['ours', 'theirs', 'here', 'busy', 'reporter'].filter(known), ['ours', 'theirs', 'here', 'busy', 'reporter']);
  });

  it('that have worked are forgotten last; their tasks and what was spent stay, and they may come back', () => {
    work(bench.join('Veteran'));
    flood(MAX_AGENTS + 10);
    assert.ok(known('veteran'));
    for (const { id } of [...bench.board.agents.values()].filter(({ name }) => name.startsWith('made-up'))) appear(id);
    bench.join('One more');
    assert.ok(!known('veteran') && known('one-more'));
    const [task] = bench.board.tasks.values();
    assert.deepEqual([task?.status, task?.attempts[0]?.agentId], ['completed', 'veteran']);
    assert.equal(bench.board.spent.at(-1)?.agents.veteran?.usd, 0.5);
    bench.do({ type: 'ReportPresence', agentId: 'made-up-20', present: false }, TOWER);
    bench.join('Veteran');
    assert.ok(known('veteran'));
  });

  it('refuse one more when nobody can be forgotten, and let it in when one has gone', () => {
    flood(MAX_AGENTS);
    for (const id of bench.board.agents.keys()) appear(id);
    const hello = { type: 'RegisterAgent' as const, profile: { name: 'Late' } };
    assert.match(
      bench.refusal(hello, agent('late')),
      /^unavailable: This tower knows 1000 agents, each of them connected, at work or in its settings\. Come under a name that it knows, or later\.$/,
    );
    assert.match(bench.refusal({ type: 'ReportTask', spec: { title: 'x' }, agent: 'Late', leaseMs: 60_000 }), /^unavailable/);
    bench.do({ type: 'RegisterAgent', profile: { name: 'made-up 7', skills: ['css'] } }, agent('made-up-7'));
    bench.do({ type: 'ReportPresence', agentId: 'made-up-3', present: false }, TOWER);
    bench.do(hello, agent('late'));
    assert.ok(known('late') && !known('made-up-3'));
  });
});
