import assert from 'node:assert/strict';
import { askRow } from '../../../src/server/domain/rows/askRow';
import { calmLine, needsYou } from '../../../src/server/domain/needsYou';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { AFTERNOON, lines, MINUTE, rowText, sceneOf } from '../../support/scene';

describe('What needs you', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = AFTERNOON;
    bench.join('Kimi', { capacity: 20 });
  });

  const text = (): string => {
    const scene = sceneOf(bench);
    return needsYou(scene.board, scene.live)
      .map((ask) => rowText(askRow(scene, ask)))
      .join('\n');
  };
  const later = (minutes: number): number => (bench.now += minutes * MINUTE);
  const started = (title: string, spec: Parameters<RuleBench['create']>[1] = {}): string => {
    const task = bench.create(title, spec);
    bench.run(task, 'kimi');
    return task.id;
  };
  const ask = (taskId: string, question: string): void =>
    void bench.do({ type: 'AskInput', taskId, attempt: 1, question: { id: 'q', text: question } }, agent('kimi'));
  const fail = (taskId: string, attempt: number, message: string): void =>
    void bench.do({ type: 'ReportError', taskId, attempt, kind: 'agent_error', message }, agent('kimi'));

  it('is said in one calm line when there is nothing', () => {
    assert.equal(text(), '');
    assert.equal(calmLine(bench.board), 'Nothing needs you.');
    started('Works');
    assert.equal(calmLine(bench.board), 'Nothing needs you. 1 working.');
  });

  it('is told to a screen reader with the reason that is shown', () => {
    fail(started('Fix flaky cart test'), 1, '5 of 41 tests red');
    ask(started('Publish'), 'Now?');
    const scene = sceneOf(bench);
    const rows = needsYou(scene.board, scene.live).map((one) => askRow(scene, one));
    assert.equal(rows.length, 2);
    for (const { spoken, label, description } of rows) assert.ok(spoken.startsWith(label) && spoken.endsWith(`, ${description}`), spoken);
  });

  it('is questions and reviews, oldest first, then what failed, newest first', () => {
    const flaky = started('Fix flaky cart test');
    fail(flaky, 1, '5 of 41 tests red');
    bench.do({ type: 'RetryTask', taskId: flaky });
    bench.run(bench.task(flaky), 'kimi');
    fail(flaky, 2, '3 of 41 tests red');
    later(1);
    const first = started('Add dark mode toggle');
    const second = started('Add a footer');
    ask(second, 'Which colour?');
    later(1);
    ask(first, 'Run npm install?\nIt is needed.');
    const audit = started('Audit the login page', { requires: ['signoff'] });
    bench.do({ type: 'ReportResult', taskId: audit, attempt: 1, result: 'Done.' }, agent('kimi'));
    later(1);
    const broken = started('Broken');
    fail(broken, 1, 'exit code 1');
    bench.create('Follows', { after: [broken] });
    const lost = started('Lost');
    later(1);
    bench.do({ type: 'LoseAttempt', taskId: lost, attempt: 1 }, TOWER);
    bench.do({ type: 'ConfigureAgents', agents: [{ name: 'Codex', run: 'service' }] }, TOWER);
    for (let n = 1; n <= 5; n++) bench.do({ type: 'ReportAgentFailure', agentId: 'codex', message: 'exit code 1' }, TOWER);
    later(1);
    assert.equal(
      text(),
      lines(`
        #3 Add a footer  Question: Which colour? · 4m
        #2 Add dark mode toggle  Question: Run npm install? It is needed. · 3m
        #4 Audit the login page  Review: your sign-off · 3m
        #7 Lost  Lost contact · 1m ago
        Codex  Crashed 5 times, not restarted · 1m ago
        #5 Broken  Failed: exit code 1 · 2m ago
        #6 Follows  queue 1 · waits for #5, which failed
        #1 Fix flaky cart test  Failed: 3 of 41 tests red · 2 attempts
      `),
    );
  });

  it('goes when it is answered, accepted, retried or dismissed', () => {
    const question = started('Question');
    ask(question, 'Go?');
    const review = started('Review', { requires: ['signoff'] });
    bench.do({ type: 'ReportResult', taskId: review, attempt: 1, result: 'Done.' }, agent('kimi'));
    const [retried, dismissed] = [started('Retried'), started('Dismissed')];
    for (const id of [retried, dismissed]) fail(id, 1, 'boom');
    bench.do({ type: 'ConfigureAgents', agents: [{ name: 'Codex', run: 'service' }] }, TOWER);
    bench.do({ type: 'ReportAgentFailure', agentId: 'codex', message: 'no such command', restart: false }, TOWER);
    assert.equal(text().split('\n').length, 5);
    bench.do({ type: 'AnswerInput', taskId: question, answer: 'yes' });
    bench.do({ type: 'SignOff', taskId: review, verdict: 'accepted' });
    bench.do({ type: 'RetryTask', taskId: retried });
    bench.do({ type: 'DismissTask', taskId: dismissed });
    bench.do({ type: 'DismissAgent', agentId: 'codex' });
    assert.equal(text(), '');
  });

  it('is a failure also of a task that was dismissed before it failed', () => {
    const task = started('Hasty');
    bench.do({ type: 'DismissTask', taskId: task });
    fail(task, 1, 'boom');
    assert.equal(text(), '#1 Hasty  Failed: boom · <1m ago');
  });

  it('is an agent that failed with why it failed', () => {
    bench.do({ type: 'ConfigureAgents', agents: [{ name: 'Codex', run: 'service' }] }, TOWER);
    bench.do({ type: 'ReportAgentFailure', agentId: 'codex', message: 'command "codex" was not found', restart: false }, TOWER);
    assert.equal(text(), 'Codex  command "codex" was not found · <1m ago');
  });
});
