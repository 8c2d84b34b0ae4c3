import assert from 'node:assert/strict';
import { plan } from '../../../src/server/dispatch/plan';
import { owed } from '../../../src/server/domain/owed';
import { needsYou } from '../../../src/server/domain/needsYou';
import type { ErrorKind, Task } from '../../../src/server/domain/task';
import { waitReason } from '../../../src/server/domain/waiting';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';

const MINUTE = 60_000;

describe('The limits of agents', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = Date.parse('2026-11-23T10:00:00Z');
  });

  const pairs = (): string[] =>
    plan(bench.board, { agents: bench.online }, bench.now).map(({ taskId, agentId }) => `#${bench.task(taskId).number} → ${agentId}`);
  const why = (number: number): string => {
    const task = bench.task(bench.board.numbers.get(number) ?? '');
    return waitReason(bench.board, { agents: bench.online }, task, bench.now).text;
  };
  const fail = (task: Task, by: string, kind: ErrorKind, retryAt?: number): void => {
    bench.run(task, by);
    const attempt = bench.task(task.id).attempts.length;
    bench.do(
      { type: 'ReportError', taskId: task.id, attempt, kind, message: `It was ${kind}.`, ...(retryAt === undefined ? {} : { retryAt }) },
      agent(by),
    );
  };
  const configure = (more: object): void => void bench.do({ type: 'ConfigureQueue', cap: 10, ...more }, TOWER);
  const settings = (...names: [name: string, account?: string][]): void => {
    const agents = names.map(([name, account]) => ({ name, run: 'task' as const, ...(account ? { account } : {}) }));
    bench.do({ type: 'ConfigureAgents', agents }, TOWER);
    for (const [name] of names) bench.online.set(name.toLowerCase(), { presence: 'online', since: bench.now });
  };

  it('hold back every agent of the account until the limit returns, and the task too when nobody else may do it', () => {
    settings(['Kimi', 'moonshot'], ['Swarm', 'moonshot']);
    const first = bench.create('First');
    bench.create('Second');
    fail(first, 'kimi', 'limit', bench.now + 30 * MINUTE);
    assert.deepEqual([bench.task(first.id).status, bench.task(first.id).parkedFor, pairs()], ['parked', 'quota', []]);
    assert.match(why(2), /^waits for the limit of Kimi, which returns /);
    assert.equal(owed(bench.board).nextDue, bench.now + 30 * MINUTE);
    bench.now += 30 * MINUTE;
    bench.do({ type: 'Tick' }, TOWER);
    assert.deepEqual(pairs().sort(), ['#1 → kimi', '#2 → swarm']);
  });

  it('let another agent go on that did not meet the limit, unless the task names its agent', () => {
    settings(['Kimi', 'moonshot'], ['Local']);
    const any = bench.create('Any');
    const named = bench.create('Named', { agent: 'kimi' });
    fail(any, 'kimi', 'limit', bench.now + MINUTE);
    assert.deepEqual([bench.task(any.id).status, pairs()], ['pending', ['#1 → local']]);
    bench.now += MINUTE;
    bench.do({ type: 'Tick' }, TOWER);
    fail(named, 'kimi', 'limit', bench.now + MINUTE);
    assert.equal(bench.task(named.id).status, 'parked');
  });

  it('grow with each limit in a row that does not say when it returns, and are forgotten after work that was done', () => {
    settings(['Kimi']);
    const waits: number[] = [];
    for (let n = 0; n < 7; n++) {
      fail(bench.create(`Task ${n}`), 'kimi', 'limit');
      const until = bench.board.agents.get('kimi')?.limitedUntil ?? 0;
      waits.push((until - bench.now) / MINUTE);
      bench.now = until;
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
    const done = bench.create('Done');
    bench.run(done, 'kimi');
    bench.do({ type: 'ReportResult', taskId: done.id, attempt: 1, result: 'Done.' }, agent('kimi'));
    assert.deepEqual([bench.board.agents.get('kimi')?.limits, bench.board.agents.get('kimi')?.limitedUntil], [undefined, undefined]);
  });

  it('return within 40 days, whatever an agent says', () => {
    settings(['Kimi']);
    const task = bench.create('Do');
    fail(task, 'kimi', 'limit', Date.parse('9998-12-31T23:59:59Z'));
    const latest = bench.now + 40 * 24 * 60 * MINUTE;
    assert.deepEqual([bench.board.agents.get('kimi')?.limitedUntil, bench.task(task.id).notBefore], [latest, latest]);
  });

  it('count once what attempts met side by side, and last as long as the last of them says', () => {
    const ann = bench.join('Ann', { capacity: 3 });
    const [first, second, third] = ['a', 'b', 'c'].map((title) => bench.create(title)) as [Task, Task, Task];
    for (const task of [first, second, third]) bench.run(task, ann);
    const meet = (task: Task, retryAt?: number): (number | undefined)[] => {
      const limit = { kind: 'limit', message: 'Quota.', ...(retryAt === undefined ? {} : { retryAt }) } as const;
      bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, ...limit }, agent(ann));
      const { limits, limitedUntil = 0 } = bench.board.agents.get(ann)!;
      return [limits, (limitedUntil - start) / MINUTE];
    };
    const start = bench.now;
    assert.deepEqual(meet(first), [1, 1]);
    bench.now += MINUTE / 2;
    assert.deepEqual(meet(second), [1, 1]);
    assert.deepEqual(meet(third, start + 5 * MINUTE)[1], 5);
  });

  it('count the running tasks of an account, in the plan and in words', () => {
    settings(['Kimi', 'moonshot'], ['Swarm', 'moonshot'], ['Local']);
    configure({ accountCaps: { moonshot: 1 } });
    for (let n = 0; n < 3; n++) bench.create(`Task ${n}`);
    assert.deepEqual(pairs(), ['#1 → kimi', '#2 → local']);
    bench.run(bench.task(bench.board.numbers.get(1) ?? ''), 'kimi');
    bench.run(bench.task(bench.board.numbers.get(2) ?? ''), 'local');
    assert.equal(why(3), 'the cap of 1 running tasks of moonshot is reached');
    assert.match(
      bench.refusal({ type: 'AssignTask', taskId: '#3', agentId: 'swarm' }, TOWER),
      /^conflict: The account moonshot of Swarm is at its cap of running tasks\.$/,
      'nor for whoever planned before',
    );
  });

  it('break the circuit after so many failures of an agent in a row, until a person starts it', () => {
    settings(['Kimi']);
    configure({ breaker: 3 });
    const ok = bench.create('Well');
    fail(bench.create('a'), 'kimi', 'agent_error');
    fail(bench.create('b'), 'kimi', 'timeout');
    bench.run(ok, 'kimi');
    bench.do({ type: 'ReportResult', taskId: ok.id, attempt: 1, result: 'Done.' }, agent('kimi'));
    for (const name of ['c', 'd']) fail(bench.create(name), 'kimi', 'agent_error');
    fail(bench.create('refused'), 'kimi', 'refused');
    assert.equal(bench.board.agents.get('kimi')?.broken, undefined, "a success resets, and a refusal is the task's");
    fail(bench.create('e'), 'kimi', 'agent_error');
    const broken = bench.board.agents.get('kimi');
    assert.equal(broken?.broken, true);
    assert.match(broken.failure?.message ?? '', /^3 failures in a row.*The last: It was agent_error\./);
    bench.create('Next');
    assert.deepEqual([pairs(), why(bench.board.nextNumber - 1)], [[], 'Kimi was stopped after failures; start it to go on']);
    assert.ok(needsYou(bench.board, { agents: bench.online }).some((ask) => ask.kind === 'agent' && ask.agent.id === 'kimi'));
    bench.do({ type: 'ReportAgentRecovery', agentId: 'kimi' }, { kind: 'runner', name: 'runner' });
    assert.deepEqual(pairs(), [], 'that its process runs mends nothing');
    bench.do({ type: 'StartAgent', agentId: 'kimi' });
    assert.equal(pairs().length, 1);
  });

  it('count each of the tasks that run too long at the same time', () => {
    const own = bench.join('Own', { capacity: 2 });
    configure({ breaker: 2 });
    for (const title of ['a', 'b']) bench.run(bench.create(title, { limits: { timeMs: 60_000 } }), own);
    bench.now += MINUTE;
    bench.do({ type: 'Tick' }, TOWER);
    const { failures, failure } = bench.board.agents.get(own)!;
    assert.equal(failures, 2);
    assert.match(failure?.message ?? '', /^2 failures in a row.*The last: It ran longer than its limit of 60 s\./);
  });

  it('count it as a failure when an agent stops its work by itself', () => {
    const own = bench.join('Own');
    configure({ breaker: 1 });
    const task = bench.create('a');
    bench.run(task, own);
    bench.do({ type: 'ReportCancelled', taskId: task.id, attempt: 1 }, agent(own));
    assert.match(
      bench.board.agents.get(own)?.failure?.message ?? '',
      /^1 failures in a row.*The last: The agent stopped the work by itself\./,
    );
  });

  it('break it at once when an agent has no login, also of one that connects by itself', () => {
    const own = bench.join('Own');
    fail(bench.create('a'), own, 'auth_required');
    assert.equal(bench.board.agents.get(own)?.failure?.message, 'It was auth_required.');
    bench.create('b');
    assert.deepEqual(pairs(), []);
    bench.do({ type: 'StartAgent', agentId: own });
    assert.deepEqual(pairs(), ['#2 → own']);
  });

  it('never break it when the breaker is off', () => {
    const own = bench.join('Own');
    for (let n = 0; n < 20; n++) fail(bench.create(`${n}`), own, 'agent_error');
    assert.equal(bench.board.agents.get(own)?.broken, undefined);
  });

  it('let nothing start without a person while each start is approved; "Start now" is the go for one', () => {
    bench.join('Ann', { capacity: 5 });
    bench.create('One');
    bench.create('Two');
    bench.do({ type: 'SetApproval', on: true });
    assert.deepEqual([pairs(), why(1)], [[], 'waits for your go']);
    bench.do({ type: 'StartNow', taskId: '#2' });
    assert.deepEqual(pairs(), ['#2 → ann']);
    assert.match(bench.refusal({ type: 'SetApproval', on: false }, agent('ann')), /forbidden/);
    bench.do({ type: 'SetApproval', on: false });
    assert.deepEqual(pairs(), ['#2 → ann', '#1 → ann']);
  });

  it('leave a retry to another agent, or to any', () => {
    const [ann, bob] = [bench.join('Ann'), bench.join('Bob')];
    const task = bench.create('Do', { agent: 'ann' });
    fail(task, ann, 'agent_error');
    bench.do({ type: 'RetryTask', taskId: task.id, agent: bob, note: 'Try it your way.' });
    assert.deepEqual([pairs(), bench.task(task.id).note], [['#1 → bob'], 'Try it your way.']);
    fail(task, bob, 'agent_error');
    bench.do({ type: 'RetryTask', taskId: task.id, agent: null });
    assert.equal(bench.task(task.id).agent, undefined);
  });
});
