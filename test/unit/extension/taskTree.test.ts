import assert from 'node:assert/strict';
import { agentRow } from '../../../src/server/domain/rows/agentRow';
import { taskFacts, taskRow } from '../../../src/server/domain/rows/taskRow';
import { TaskModel } from '../../../src/extension/tree/taskModel';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { AFTERNOON, lines, MINUTE, rowText, sceneOf, SECOND, treeText, withoutClock } from '../../support/scene';

const SHA = 'a'.repeat(64);

describe('The Tasks tree', () => {
  let bench: RuleBench;
  let ids = 0;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = AFTERNOON;
    bench.do({ type: 'ConfigureQueue', cap: 10 }, TOWER);
  });

  const evidence = (taskId: string, attempt: number, by: string, head: object): void => {
    const piece = { kind: 'screenshot' as const, name: 'login', id: `e${++ids}`, sha256: SHA, bytes: 48_200, mime: 'image/png', ...head };
    bench.do({ type: 'AddEvidence', taskId, attempt, evidence: { ...piece, addedAt: bench.now } }, agent(by));
    if (piece.kind !== 'screenshot') return;
    const comparison = { state: 'changed' as const, changed: 23_552, ratio: 0.023, areas: [], width: 1280, height: 800 };
    bench.do({ type: 'RecordComparison', taskId, attempt, evidenceId: piece.id, comparison }, TOWER);
  };
  const finish = (taskId: string, attempt: number, by: string): void =>
    void bench.do({ type: 'ReportResult', taskId, attempt, result: 'Done.' }, agent(by));
  const fail = (taskId: string, attempt: number, by: string, message: string): void =>
    void bench.do({ type: 'ReportError', taskId, attempt, kind: 'agent_error', message }, agent(by));
  const started = (title: string, by: string, spec: Parameters<RuleBench['create']>[1] = {}): ReturnType<RuleBench['create']> => {
    const task = bench.create(title, spec);
    bench.run(task, by);
    return task;
  };

  it('is empty while there is nothing', () => {
    assert.equal(treeText(sceneOf(bench)), '');
  });

  it('groups tasks by what they are at, the state fact first', () => {
    for (const [name, capacity] of [
      ['Code Gen', 1],
      ['Browser', 3],
      ['Kimi', 2],
      ['Claude', 1],
    ] as const)
      bench.join(name, { capacity });
    const review = started('Audit the login page', 'browser', { requires: ['screenshot', 'signoff'] });
    evidence(review.id, 1, 'browser', { viewport: { width: 1280, height: 800 } });
    evidence(review.id, 1, 'browser', {
      ...{ kind: 'metrics', name: 'axe', mime: 'application/json', bytes: 840 },
      metrics: [{ category: 'accessibility', name: 'score', value: 97.6 }],
    });
    finish(review.id, 1, 'browser');
    const asking = started('Add dark mode toggle', 'kimi');
    bench.do({ type: 'AskInput', taskId: asking.id, attempt: 1, question: { id: 'q', text: 'Run npm install?' } }, agent('kimi'));
    const spent = started('Summarise open issues', 'claude', { agent: 'Claude' });
    const retryAt = bench.now + 65 * MINUTE;
    bench.do({ type: 'ReportError', taskId: spent.id, attempt: 1, kind: 'limit', message: 'Quota is used up.', retryAt }, agent('claude'));
    bench.now += 4 * MINUTE;
    const measured = started('Review auth module', 'code-gen');
    const stepping = started('Check docs for links', 'browser');
    bench.now += 12 * MINUTE;
    bench.do({ type: 'AssignTask', taskId: bench.create('Translate README').id, agentId: 'kimi' }, TOWER);
    bench.create('Bump dependencies', { priority: 'urgent', agent: 'Code Gen' });
    const first = bench.create('Compress hero images');
    bench.create('Draft release notes', { skills: ['writing'] });
    bench.create('Lint scripts folder', { after: [first.id], priority: 'low' });
    const going = {
      [measured.id]: { attempt: 1, progress: 0.629, steps: 3 },
      [stepping.id]: { attempt: 1, progress: null, steps: 4 },
    };
    assert.equal(
      treeText(sceneOf(bench, going)),
      lines(`
        Running  3
          #4 Review auth module  62% · 12m · Code Gen
          #5 Check docs for links  step 4 · 12m · Browser
          #6 Translate README  starting · Kimi
        Needs input  1
          #2 Add dark mode toggle  Question: Run npm install? · 16m
        In review  1
          #1 Audit the login page  Review: 1 of 1 picture changed · 16m
            Attempt 1  Browser · 0ms · cost unknown
            login@1280x800  2.3% changed · 48.2 kB
            axe  score 98 · 840 B
        Parked  1
          #3 Summarise open issues  until HH:MM · quota · Claude
        Pending  4
          #7 Bump dependencies  queue 1 · waits for Code Gen (busy)
          #8 Compress hero images  queue 2 · waits for its turn
          #9 Draft release notes  queue 3 · waits for an agent with skill: writing
          #10 Lint scripts folder  queue 4 · waits for #8
      `),
    );
  });

  it('shows what finished, newest first, with each try and its cost', () => {
    bench.join('Browser', { capacity: 5 });
    const proved = started('Proved', 'browser', { requires: ['screenshot'] });
    const claimed = started('Claimed', 'browser');
    const failed = started('Fix flaky cart test', 'browser');
    const lost = started('Lost', 'browser');
    const stopped = started('Stopped', 'browser');
    bench.now += 3 * MINUTE + 10 * SECOND;
    evidence(proved.id, 1, 'browser', {});
    finish(proved.id, 1, 'browser');
    bench.do({ type: 'ReportUsage', taskId: claimed.id, attempt: 1, usage: { costUsd: 0.12, inputTokens: 41_000 } }, agent('browser'));
    finish(claimed.id, 1, 'browser');
    fail(failed.id, 1, 'browser', '3 of 41 tests red\nin cart.test.ts');
    bench.do({ type: 'RetryTask', taskId: failed.id });
    bench.run(failed, 'browser');
    bench.now += MINUTE;
    fail(failed.id, 2, 'browser', '1 of 41 tests red');
    bench.do({ type: 'LoseAttempt', taskId: lost.id, attempt: 1 }, TOWER);
    bench.now += SECOND;
    bench.do({ type: 'CancelTask', taskId: stopped.id });
    bench.do({ type: 'ReportCancelled', taskId: stopped.id, attempt: 1 }, agent('browser'));
    bench.now += 20 * MINUTE;
    assert.equal(
      treeText(sceneOf(bench)),
      lines(`
        Finished  5 today · 2 failed
          #5 Stopped  Cancelled by you · 20m ago
          #3 Fix flaky cart test  agent error: 1 of 41 tests red · 20m ago
            Attempt 2  Browser · 1m 00s · 1 of 41 tests red · cost unknown
            Attempt 1  Browser · 3m 10s · 3 of 41 tests red in cart.test.ts · cost unknown
          #4 Lost  Lost contact · 20m ago
          #1 Proved  3m 10s · 21m ago
            Attempt 1  Browser · 3m 10s · cost unknown
            login  2.3% changed · 48.2 kB
          #2 Claimed  3m 10s · 21m ago
      `),
    );
    const icon = (id: string): string => [taskRow(sceneOf(bench), bench.task(id))].map(({ icon, color }) => `${icon} ${color}`).join();
    assert.equal(icon(proved.id), 'pass-filled charts.green');
    assert.equal(icon(claimed.id), 'pass charts.green');
    assert.equal(icon(failed.id), 'error charts.red');
    assert.equal(icon(lost.id), 'debug-disconnect charts.yellow');
    assert.equal(icon(stopped.id), 'circle-slash disabledForeground');
  });

  it('does not count the time a task waited for a person as work', () => {
    bench.join('Kimi');
    const task = started('Asks', 'kimi');
    bench.now += MINUTE;
    bench.do({ type: 'AskInput', taskId: task.id, attempt: 1, question: { id: 'q', text: 'Go on?' } }, agent('kimi'));
    bench.now += 60 * MINUTE;
    bench.do({ type: 'AnswerInput', taskId: task.id, answer: 'yes' });
    bench.now += MINUTE;
    assert.equal(rowText(taskRow(sceneOf(bench), task)), '#1 Asks  working · 2m · Kimi');
    assert.deepEqual(taskFacts(sceneOf(bench), task).map(withoutClock), [
      'working · 2m · Kimi',
      'Kimi, attempt 1. Started HH:MM, worked 2m 00s.',
    ]);
  });

  it('shows no progress that belongs to an attempt before', () => {
    bench.join('Kimi');
    const task = started('Job', 'kimi');
    const scene = sceneOf(bench, { [task.id]: { attempt: 2, progress: 0.9, steps: 0 } });
    assert.equal(rowText(taskRow(scene, task)), '#1 Job  working · <1m · Kimi');
  });

  it('shows 10,000 pending tasks in pages of 500', () => {
    for (let n = 1; n <= 10_000; n++) bench.create(`Task ${n}`);
    const model = new TaskModel();
    const scene = sceneOf(bench);
    const page = treeText(scene, model).split('\n');
    assert.deepEqual(
      [page.length, page[0], page.at(-2), page.at(-1)],
      [502, 'Pending  10,000', '  #500 Task 500  queue 500 · waits for an agent', '  Show 500 more of 9,500'],
    );
    const [group] = model.children(scene);
    const more = model.children(scene, group).at(-1);
    assert.ok(more?.kind === 'more');
    for (let pages = 2; pages < 20; pages++) model.more(more.group);
    bench.do({ type: 'CancelTask', taskId: '#10000' });
    assert.equal(treeText(scene, model).split('\n')[9501], '  Show 499 more of 499');
    model.more(more.group);
    assert.equal(treeText(scene, model).split('\n')[10_000 - 1], '  #9999 Task 9999  queue 9999 · waits for an agent');
  });

  it('shows the last 50 that finished', () => {
    for (let n = 1; n <= 60; n++) {
      bench.now += SECOND;
      bench.do({ type: 'CancelTask', taskId: bench.create(`Task ${n}`).id });
    }
    const shown = treeText(sceneOf(bench)).split('\n');
    assert.equal(shown[0], 'Finished  60 today');
    assert.deepEqual(
      [shown.length, shown[1], shown.at(-1)],
      [51, '  #60 Task 60  Cancelled by you · <1m ago', '  #11 Task 11  Cancelled by you · <1m ago'],
    );
  });

  it('gives a node as the same object again, finds its parent, and forgets what was deleted', () => {
    bench.join('Kimi');
    const task = started('Job', 'kimi');
    fail(task.id, 1, 'kimi', 'boom');
    const model = new TaskModel();
    const scene = sceneOf(bench);
    const [group] = model.children(scene);
    const [node] = model.children(scene, group);
    assert.ok(group && node);
    assert.equal(model.children(scene, group)[0], node);
    assert.equal(model.parent(scene, node), group);
    assert.equal(model.parent(scene, group), undefined);
    bench.do({ type: 'RetryTask', taskId: task.id });
    assert.equal(model.parent(scene, node)?.id, 'group/pending');
    bench.do({ type: 'CancelTask', taskId: task.id });
    bench.do({ type: 'PurgeTask', taskId: task.id });
    assert.equal(model.row(scene, node), undefined);
    model.forget(bench.board);
    assert.notEqual(model.taskNode(task.id), node);
  });

  it('cuts a long title and says in words to a screen reader what icon and badge say', () => {
    const task = bench.create('x'.repeat(200), { priority: 'urgent' });
    const { label, spoken, contextValue } = taskRow(sceneOf(bench), task);
    assert.equal(label, `#1 ${'x'.repeat(79)}…`);
    assert.equal(spoken, `${label}, pending, queue 1 · waits for an agent, urgent priority`);
    assert.equal(contextValue, 'task.pending');
  });
});

describe('The row of an agent', () => {
  it('says its state first, and whom it waits for', () => {
    const bench = new RuleBench();
    bench.now = AFTERNOON;
    const text = (id: string): string => {
      const agent = bench.board.agents.get(id);
      assert.ok(agent);
      return rowText(agentRow(sceneOf(bench), agent));
    };
    bench.join('Kimi', { capacity: 2 });
    bench.join('Browser', { skills: ['browser', 'images'] });
    assert.equal(text('kimi'), 'Kimi  idle');
    assert.equal(text('browser'), 'Browser  idle · browser, images');
    const asking = bench.create('Asks');
    bench.run(asking, 'kimi');
    bench.do({ type: 'AskInput', taskId: asking.id, attempt: 1, question: { id: 'q', text: 'Go?' } }, agent('kimi'));
    assert.equal(text('kimi'), 'Kimi  busy 1 of 2 · #1 waits for you');
    bench.run(bench.create('Works'), 'kimi');
    assert.equal(text('kimi'), 'Kimi  busy 2 of 2 · #1 waits for you, #2');
    bench.run(bench.create('Looks'), 'browser');
    bench.now += 12 * MINUTE;
    assert.equal(text('browser'), 'Browser  busy · #3 · 12m');
    bench.online.delete('browser');
    bench.do({ type: 'LoseAttempt', taskId: '#3', attempt: 1 }, TOWER);
    assert.equal(text('browser'), 'Browser  offline · browser, images');
  });

  it('that is managed tells a crash from being stopped', () => {
    const bench = new RuleBench();
    bench.do({ type: 'ConfigureAgents', agents: [{ name: 'Codex', run: 'service' }] }, TOWER);
    const row = (): string => {
      const codex = bench.board.agents.get('codex');
      assert.ok(codex);
      const { label, description, icon, contextValue } = agentRow(sceneOf(bench), codex);
      return `${icon} ${label}  ${description} (${contextValue})`;
    };
    assert.equal(row(), 'debug-disconnect Codex  offline (agent.managed.offline)');
    bench.online.set('codex', { presence: 'starting', since: bench.now });
    assert.equal(row(), 'loading~spin Codex  starting (agent.managed.starting)');
    bench.online.delete('codex');
    const crash = (): void => void bench.do({ type: 'ReportAgentFailure', agentId: 'codex', message: 'exit code 1' }, TOWER);
    crash();
    assert.equal(row(), 'error Codex  error · exit code 1 (agent.managed.error)');
    for (let n = 2; n <= 5; n++) crash();
    assert.equal(row(), 'error Codex  error · crashed 5 times (agent.managed.error)');
    bench.do({ type: 'StopAgent', agentId: 'codex' });
    assert.equal(row(), 'debug-disconnect Codex  offline · stopped (agent.managed.offline)');
  });
});
