import assert from 'node:assert/strict';
import { activitiesOf, merged } from '../../../src/server/domain/activity';
import { agentName } from '../../../src/server/domain/rows/row';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { withoutClock } from '../../support/scene';

describe('Recent activity', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.join('Browser', { skills: ['browser'] });
  });

  /** What happened, newest first, as the list says it. */
  const told = (): string[] => {
    const all = bench.records.flatMap((record) => activitiesOf(bench.board, record)).reverse();
    return merged(all).map(({ number, agentId, text }) =>
      withoutClock(`${number === undefined ? agentName(bench.board, agentId) : `#${number}`} ${text}`),
    );
  };
  const picture = (name: string) => ({
    ...{ id: name, kind: 'screenshot' as const, name, viewport: { width: 1280, height: 800 }, sha256: 'a'.repeat(64), bytes: 10 },
    ...{ mime: 'image/png', addedAt: bench.now, verdict: 'unreviewed' as const },
  });

  it('tells a task from its creation to its end, in words', () => {
    const task = bench.create('Audit the login page', { requires: ['signoff'] });
    bench.run(task, 'browser');
    bench.do({ type: 'AskInput', taskId: task.id, attempt: 1, question: { id: 'q', text: 'Run npm install?' } }, agent('browser'));
    bench.do({ type: 'AnswerInput', taskId: task.id, answer: 'Yes' });
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: 1, result: 'Done.' }, agent('browser'));
    bench.do({ type: 'SignOff', taskId: task.id, verdict: 'rejected', note: 'The headline must stay dark.' });
    bench.do({ type: 'RetryTask', taskId: task.id });
    bench.do({ type: 'CancelTask', taskId: task.id });
    assert.deepEqual(told(), [
      '#1 cancelled',
      '#1 retried',
      '#1 rejected: The headline must stay dark.',
      '#1 is ready for review',
      '#1 answered: Yes',
      '#1 asks: Run npm install?',
      '#1 started by Browser',
      '#1 created: Audit the login page',
    ]);
  });

  it('tells how much a picture changed, and pictures that come together as one', () => {
    const task = bench.create('Audit');
    bench.run(task, 'browser');
    for (const name of ['login', 'menu', 'cart'])
      bench.do({ type: 'AddEvidence', taskId: task.id, attempt: 1, evidence: picture(name) }, agent('browser'));
    bench.now += 20_000;
    bench.do({ type: 'AddEvidence', taskId: task.id, attempt: 1, evidence: picture('late') }, agent('browser'));
    const comparison = { state: 'changed' as const, changed: 23, ratio: 0.023, areas: [], width: 1280, height: 800, ignore: [] };
    bench.do({ type: 'RecordComparison', taskId: task.id, attempt: 1, evidenceId: 'login', comparison }, TOWER);
    assert.deepEqual(told().slice(0, 3), ['#1 login@1280x800 changed by 2.3%', '#1 late@1280x800 captured', '#1 3 pictures received']);
  });

  it('tells what comes together as one also when each picture is compared at once', () => {
    const task = bench.create('Audit');
    bench.run(task, 'browser');
    for (const name of ['login', 'menu', 'cart']) {
      bench.do({ type: 'AddEvidence', taskId: task.id, attempt: 1, evidence: picture(name) }, agent('browser'));
      const comparison = { state: 'new' as const, changed: 0, ratio: 0, areas: [], width: 1280, height: 800, ignore: [] };
      bench.do({ type: 'RecordComparison', taskId: task.id, attempt: 1, evidenceId: name, comparison }, TOWER);
    }
    assert.deepEqual(told().slice(0, 2), ['#1 3 new pictures', '#1 3 pictures received']);
  });

  it('tells when an agent fails, and why a task failed', () => {
    const task = bench.create('Build');
    bench.run(task, 'browser');
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, kind: 'agent_error', message: 'exit code 1' }, agent('browser'));
    bench.do({ type: 'ConfigureAgents', agents: [{ name: 'Codex', run: 'service' }] }, TOWER);
    bench.do({ type: 'ReportAgentFailure', agentId: 'codex', message: 'command "codex" was not found', restart: false }, TOWER);
    assert.deepEqual(told().slice(0, 2), ['Codex failed: command "codex" was not found', '#1 failed: exit code 1']);
  });
});
