import assert from 'node:assert/strict';
import { plan } from '../../../src/server/dispatch/plan';
import { compareWaiting, waitingTasks } from '../../../src/server/domain/order';
import { Priority } from '../../../src/server/domain/task';
import { pseudoRandom } from '../../support/pseudoRandom';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';

describe('The queue', () => {
  it('is ordered by priority, then age', () => {
    const bench = new RuleBench();
    for (const priority of ['low', 'normal', 'urgent', 'high', 'urgent'] as const) bench.create('T', { priority });
    assert.deepEqual(bench.queue(), ['urgent #3 T', 'urgent #5 T', 'high #4 T', 'normal #2 T', 'low #1 T']);
  });

  it('takes the order a person gives it, and the priority of the place', () => {
    const bench = new RuleBench();
    for (const title of ['A', 'B', 'C']) bench.create(title);
    bench.create('D', { priority: 'high' });
    bench.do({ type: 'ReorderTask', taskId: '#3', before: '#1' });
    assert.deepEqual(bench.queue(), ['high #4 D', 'normal #3 C', 'normal #1 A', 'normal #2 B']);
    bench.do({ type: 'ReorderTask', taskId: '#2', before: '#4' });
    assert.deepEqual(bench.queue(), ['high #2 B', 'high #4 D', 'normal #3 C', 'normal #1 A']);
    bench.do({ type: 'ReorderTask', taskId: '#3', before: null });
    assert.deepEqual(bench.queue(), ['high #2 B', 'high #4 D', 'normal #1 A', 'normal #3 C']);
  });

  it('keeps its order when the gap between two ranks is used up', () => {
    const bench = new RuleBench();
    for (const title of ['A', 'B', 'C', 'D']) bench.create(title);
    for (let n = 0; n < 200; n++) {
      const third = bench.board.waiting[2] ?? '';
      bench.do({ type: 'ReorderTask', taskId: third, before: bench.board.waiting[1] ?? '' });
      assert.equal(bench.board.waiting[1], third);
    }
    assert.equal(bench.board.waiting.length, 4);
  });

  it('puts "start now" first, past rank and priority', () => {
    const bench = new RuleBench();
    bench.create('A', { priority: 'urgent' });
    bench.create('B', { priority: 'low' });
    bench.do({ type: 'StartNow', taskId: '#2' });
    assert.deepEqual(bench.queue(), ['low #2 B', 'urgent #1 A']);
  });

  it('keeps "start now" when the first agent declines, or meets a limit and another may go on', () => {
    const bench = new RuleBench();
    const [ann, bob, cem] = [bench.join('Ann'), bench.join('Bob'), bench.join('Cem')];
    bench.do({ type: 'SetApproval', on: true });
    const task = bench.create('Urgent');
    const pairs = (): string[] => plan(bench.board, { agents: bench.online }, bench.now).map(({ agentId }) => agentId);
    bench.do({ type: 'StartNow', taskId: task.id });
    assert.deepEqual(pairs(), [ann]);
    bench.do({ type: 'AssignTask', taskId: task.id, agentId: ann }, TOWER);
    bench.do({ type: 'DeclineAttempt', taskId: task.id, attempt: 1, reason: 'Not now.' }, agent(ann));
    assert.deepEqual(pairs(), [bob]);
    bench.run(task, bob);
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 2, kind: 'limit', message: 'The quota is used up.' }, agent(bob));
    assert.deepEqual(pairs(), [cem]);
  });

  it('keeps a task that is moved before one put first with its like', () => {
    const bench = new RuleBench();
    for (const title of ['A', 'B', 'C', 'D']) bench.create(title);
    bench.do({ type: 'StartNow', taskId: '#3' });
    bench.do({ type: 'ReorderTask', taskId: '#4', before: '#3' });
    assert.deepEqual(bench.queue(), ['normal #3 C', 'normal #4 D', 'normal #1 A', 'normal #2 B']);
    bench.do({ type: 'StartNow', taskId: '#2' });
    bench.do({ type: 'ReorderTask', taskId: '#3', before: null });
    assert.deepEqual(bench.queue(), ['normal #2 B', 'normal #3 C', 'normal #4 D', 'normal #1 A']);
  });

  it('puts a new task last, also after others were moved to the end', () => {
    const bench = new RuleBench();
    for (const title of ['A', 'B']) bench.create(title);
    for (const taskId of ['#1', '#2']) bench.do({ type: 'ReorderTask', taskId, before: null });
    bench.create('C');
    assert.deepEqual(bench.queue(), ['normal #1 A', 'normal #2 B', 'normal #3 C']);
  });

  it('equals a naive sort after any series of changes', () => {
    const random = pseudoRandom(7);
    const bench = new RuleBench();
    const pick = () => `#${1 + random(Math.max(1, bench.board.nextNumber - 1))}`;
    for (let n = 0; n < 1500; n++) {
      const priority = Priority.options[random(4)] ?? 'normal';
      const action = random(10);
      try {
        if (action < 4) bench.create(`T${n}`, { priority });
        else if (action < 6) bench.do({ type: 'ReorderTask', taskId: pick(), before: random(4) === 0 ? null : pick() });
        else if (action < 8) bench.do({ type: 'EditTask', taskId: pick(), patch: { priority } });
        else if (action < 9) bench.do({ type: 'CancelTask', taskId: pick() });
        else bench.do({ type: 'StartNow', taskId: pick() });
      } catch {
        continue;
      }
    }
    const naive = [...bench.board.tasks.values()].filter((task) => task.status === 'pending').sort(compareWaiting);
    assert.ok(naive.length > 100);
    assert.deepEqual(
      [...waitingTasks(bench.board)].map((task) => task.number),
      naive.map((task) => task.number),
    );
    const [board, folded, decoded] = bench.refolded();
    assert.deepEqual(folded, board);
    assert.deepEqual(decoded, board);
  });
});
