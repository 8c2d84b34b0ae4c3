import assert from 'node:assert/strict';
import { isStillSo, newsOf, sinceThen, toastOf, type NewsKind } from '../../../src/server/domain/toast';
import type { Task } from '../../../src/server/domain/task';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { AFTERNOON, MINUTE, withoutClock } from '../../support/scene';

describe('A notification', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = AFTERNOON;
    bench.join('Kimi', { capacity: 5 });
  });

  /** A task that Kimi works on. */
  const started = (title: string, spec: Parameters<RuleBench['create']>[1] = {}): Task => {
    const task = bench.create(title, spec);
    bench.run(task, 'kimi');
    return task;
  };
  const ask = (task: Task, text: string): void =>
    void bench.do({ type: 'AskInput', taskId: task.id, attempt: 1, question: { id: 'q', text } }, agent('kimi'));
  const fail = (task: Task, kind: 'agent_error' | 'auth_required', message: string): void =>
    void bench.do({ type: 'ReportError', taskId: task.id, attempt: task.attempts.length, kind, message }, agent('kimi'));
  /** All that happened, as news: kinds with what they are about. */
  const news = (): [NewsKind, string[]][] => {
    const found = new Map<NewsKind, string[]>();
    for (const event of bench.records.flatMap(({ events }) => events)) {
      const one = newsOf(event);
      if (one) found.set(one.kind, [...(found.get(one.kind) ?? []), one.id]);
    }
    return [...found];
  };
  /** What would be said, with its buttons. */
  const said = (folder: string | undefined = '/home/ada/bakery'): string[] =>
    news().flatMap(([kind, ids]) => {
      const toast = toastOf(bench.board, kind, ids, folder, bench.now);
      return toast ? [withoutClock(`${toast.text} [${toast.buttons.map(({ text }) => text).join('] [')}]`)] : [];
    });

  it('names the folder and the task, and leads to exactly it', () => {
    const task = started('Add dark mode toggle');
    ask(task, 'Run npm install?');
    assert.deepEqual(said(), ['bakery: #1 Add dark mode toggle asks: Run npm install? [Answer...] [Show Task]']);
    const [[kind, ids] = ['question', []] as [NewsKind, string[]]] = news();
    const buttons = toastOf(bench.board, kind, ids, undefined, bench.now)?.buttons;
    assert.deepEqual(
      buttons?.map((button) => ('id' in button ? button.id : '')),
      [task.id, task.id],
    );
  });

  it('names the folder of the task itself, if it has one of its own', () => {
    ask(started('Tidy', { folder: '/home/ada/shop' }), 'Which?');
    assert.match(said()[0] ?? '', /^shop: #1 Tidy asks/);
  });

  it('names a failure with its tries, a review, and a login to do in a terminal', () => {
    const task = started('Fix flaky cart test', { limits: { attempts: 1 } });
    fail(task, 'agent_error', '3 of 41 tests are red');
    const review = started('Audit', { requires: ['signoff'] });
    bench.do({ type: 'ReportResult', taskId: review.id, attempt: 1, result: 'Done.' }, agent('kimi'));
    const login = started('Translate', { limits: { attempts: 1 } });
    fail(login, 'auth_required', 'Kimi needs a login: not signed in. In a terminal, run: kimi login');
    bench.do({ type: 'DismissTask', taskId: login.id });
    assert.deepEqual(said().slice(1), [
      'bakery: #2 Audit is ready for review: your sign-off. [Review]',
      'Kimi needs you to sign in. Run: kimi login [Open Terminal] [Show Output]',
    ]);
    const failed = toastOf(bench.board, 'failed', [task.id], '/home/ada/bakery', bench.now);
    assert.equal(failed?.text, 'bakery: #1 Fix flaky cart test failed after 1 attempt: agent error: 3 of 41 tests are red');
    assert.equal(isStillSo(bench.board, 'failed', login.id, bench.now), false);
  });

  it('is one for several of a kind', () => {
    for (const title of ['A', 'B', 'C']) ask(started(title), 'Go on?');
    assert.deepEqual(said(), ['bakery: 3 tasks ask you something. [Show Next]']);
  });

  it('is of no use any more once it was answered, and says so when it is pressed later', () => {
    const task = started('Add dark mode toggle');
    ask(task, 'Run npm install?');
    assert.equal(isStillSo(bench.board, 'question', task.id, bench.now), true);
    bench.do({ type: 'AnswerInput', taskId: task.id, answer: 'Yes' });
    bench.now += 2 * MINUTE;
    assert.equal(isStillSo(bench.board, 'question', task.id, bench.now), false);
    assert.equal(sinceThen(bench.board, 'question', task.id, bench.now), 'Answered 2m ago.');
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: 1, result: 'Done.' }, agent('kimi'));
    bench.now += MINUTE;
    assert.equal(sinceThen(bench.board, 'question', task.id, bench.now), '#1 is completed since 1m.');
  });

  it('is of an agent that is not started again, but not of one that is', () => {
    const crash = { type: 'AgentFailed', agentId: 'kimi', message: 'exit code 1', crashes: 1 } as const;
    assert.equal(newsOf({ ...crash, restartAt: bench.now }), undefined);
    assert.deepEqual(newsOf(crash), { kind: 'agent', id: 'kimi' });
    bench.do({ type: 'ReportAgentFailure', agentId: 'kimi', message: 'command "kimi" was not found', restart: false }, TOWER);
    assert.deepEqual(said(), ['Kimi: command "kimi" was not found [Show Output]']);
  });
});
