import assert from 'node:assert/strict';
import type { Comparison } from '../../../src/server/domain/comparison';
import { owed } from '../../../src/server/domain/owed';
import { checkRequirements, parseRequirement, percentText, requirementText } from '../../../src/server/domain/requirement';
import type { Task } from '../../../src/server/domain/task';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';

const SHA = 'a'.repeat(64);
const BASE = 'b'.repeat(64);
const NOTHING = { changed: 0, ratio: 0, areas: [], width: 100, height: 100 };
const FRESH: Comparison = { ...NOTHING, state: 'new', ignore: [] };
const EQUAL: Comparison = { ...NOTHING, state: 'equal', ignore: [], baseline: BASE };
const CHANGED: Comparison = {
  ...{ state: 'changed', changed: 230, ratio: 0.023, width: 100, height: 100, ignore: [], baseline: BASE },
  areas: [{ x: 1, y: 2, width: 30, height: 40, pixels: 230 }],
};

describe('Proof', () => {
  let bench: RuleBench;
  let task: Task;
  beforeEach(() => (bench = new RuleBench()));

  /** A task whose agent has handed in these screenshots. */
  const begin = (requires: string[], ...names: string[]): Task => {
    const worker = bench.join('Worker');
    task = bench.create('Job', { requires });
    bench.run(task, worker);
    for (const name of names) hand(name);
    return task;
  };
  const hand = (name: string, more: object = {}): void => {
    const evidence = { id: name, kind: 'screenshot' as const, name, sha256: SHA, bytes: 9, mime: 'image/png', addedAt: bench.now, ...more };
    bench.do({ type: 'AddEvidence', taskId: task.id, attempt: task.attempts.length, evidence }, agent('worker'));
  };
  const done = (): void =>
    void bench.do({ type: 'ReportResult', taskId: task.id, attempt: task.attempts.length, result: 'Done.' }, agent('worker'));
  const compared = (name: string, comparison: Comparison): void =>
    void bench.do({ type: 'RecordComparison', taskId: task.id, attempt: task.attempts.length, evidenceId: name, comparison }, TOWER);
  const judge = (verdict: 'accepted' | 'rejected' | 'unreviewed', names: string[], note?: string): void =>
    void bench.do({
      type: 'JudgeEvidence',
      taskId: task.id,
      attempt: task.attempts.length,
      evidenceIds: names,
      verdict,
      ...(note ? { note } : {}),
    });
  const state = (): string => `${task.status}${task.phase ? ` ${task.phase}` : ''}${task.error ? `: ${task.error.message}` : ''}`;

  it('is checked before a result counts: the last comparison ends the attempt', () => {
    begin([], 'login', 'menu');
    assert.deepEqual(
      owed(bench.board).comparisons.map(({ piece }) => piece.name),
      ['login', 'menu'],
    );
    compared('login', EQUAL);
    done();
    assert.equal(state(), 'running checking');
    bench.do({ type: 'LoseAttempt', taskId: task.id, attempt: 1 }, TOWER);
    done();
    assert.match(
      bench.refusal(
        { type: 'AddEvidence', taskId: task.id, attempt: 1, evidence: { ...task.attempts[0]!.evidence[0]!, id: 'late' } },
        agent('worker'),
      ),
      /reported done already/,
    );
    assert.equal(state(), 'running checking');
    compared('menu', CHANGED);
    assert.equal(state(), 'completed');
    assert.deepEqual(owed(bench.board).comparisons, []);
    const [now, again, decoded] = bench.refolded();
    assert.deepEqual([now, now], [again, decoded]);
  });

  it('that is missing keeps the result: work that is reported done is neither given back nor asked about', () => {
    const worker = bench.join('Worker');
    task = bench.create('Job');
    bench.do({ type: 'AssignTask', taskId: task.id, agentId: worker }, TOWER);
    hand('login');
    done();
    bench.do({ type: 'DeclineAttempt', taskId: task.id, attempt: 1, reason: 'No answer in time.' }, agent(worker));
    const question = { id: 'q', text: 'Was it good?' };
    assert.match(
      bench.refusal({ type: 'AskInput', taskId: task.id, attempt: 1, question }, agent(worker)),
      /^conflict: #1 Job is reported done already/,
    );
    assert.equal(state(), 'running checking');
    compared('login', CHANGED);
    assert.equal(state(), 'completed');
  });

  it('that is missing ends a question: whoever reports the end waits for no answer', () => {
    begin([], 'login');
    bench.do({ type: 'AskInput', taskId: task.id, attempt: 1, question: { id: 'q', text: 'Which?' } }, agent('worker'));
    bench.now += 500;
    done();
    assert.equal(state(), 'running checking');
    assert.equal(task.attempts[0]?.waitedMs, 500);
    assert.match(bench.refusal({ type: 'AnswerInput', taskId: task.id, answer: 'This.' }), /does not wait for that answer any more/);
    compared('login', CHANGED);
    assert.equal(state(), 'completed');
    const [now, again, decoded] = bench.refolded();
    assert.deepEqual([now, now], [again, decoded]);
  });

  it('is given up with a cancel, and the comparison is still kept', () => {
    begin([], 'login');
    done();
    bench.do({ type: 'CancelTask', taskId: task.id });
    assert.equal(state(), 'cancelled');
    compared('login', CHANGED);
    assert.equal(task.attempts[0]?.evidence[0]?.comparison?.areas, 1);
  });

  for (const [requires, comparison, expected] of [
    ['diff<=0.1%', EQUAL, 'completed'],
    ['diff<=2.3%', CHANGED, 'completed'],
    ['diff<=0.1%', CHANGED, 'failed: Done is not proved: login changed 2.3%, more than 0.1%. Retry, or change what the task requires.'],
    ['diff:login<=0.1%', FRESH, 'review'],
    ['diff:menu<=0.1%', FRESH, 'failed: Done is not proved: no picture for diff:menu<=0.1%. Retry, or change what the task requires.'],
    ['screenshot', FRESH, 'completed'],
    ['screenshot', { ...EQUAL, sameBytes: true }, 'review'],
    [
      'screenshot',
      { ...NOTHING, state: 'unreadable', ignore: [], message: 'truncated PNG.' },
      'failed: Done is not proved: login cannot be compared: truncated PNG.. Retry, or change what the task requires.',
    ],
    ['patch', FRESH, 'failed: Done is not proved: patch is missing. Retry, or change what the task requires.'],
  ] as [string, Comparison, string][])
    it(`"${requires}" with a picture that is ${comparison.state}${comparison.sameBytes ? ', byte for byte,' : ''} ends ${expected.split(':')[0]}`, () => {
      begin([requires], 'login');
      done();
      compared('login', comparison);
      assert.equal(state(), expected);
    });

  it('is not a file that was handed in for something else before', () => {
    begin(['screenshot']);
    hand('login', { reused: true });
    done();
    compared('login', CHANGED);
    assert.equal(state(), 'review');
    const checks = checkRequirements(task.requires, task.attempts[0]?.evidence ?? []);
    assert.equal(checks[0]?.reason, 'login shows nothing new: the same file was handed in before');
  });

  it('becomes the baseline when a person accepts it, and can be taken back', () => {
    begin(['signoff'], 'login', 'menu');
    compared('login', CHANGED);
    compared('menu', EQUAL);
    done();
    assert.equal(state(), 'review');
    judge('accepted', ['login']);
    assert.equal(state(), 'completed', 'nothing else is left to look at');
    assert.deepEqual(
      owed(bench.board).baselines.map(({ piece }) => piece.baseline),
      ['owed'],
    );
    bench.do({ type: 'RecordBaseline', taskId: task.id, attempt: 1, evidenceId: 'login', state: 'kept', before: BASE }, TOWER);
    assert.deepEqual(owed(bench.board).baselines, []);
    judge('unreviewed', ['login']);
    assert.deepEqual(
      owed(bench.board).baselines.map(({ piece }) => [piece.baseline, piece.baselineBefore]),
      [['undo', BASE]],
    );
    bench.do({ type: 'RecordBaseline', taskId: task.id, attempt: 1, evidenceId: 'login', state: 'undone' }, TOWER);
    assert.deepEqual([owed(bench.board).baselines, task.attempts[0]?.evidence[0]?.baseline], [[], undefined]);
  });

  it('that is rejected fails the task with every note, which the next attempt gets', () => {
    begin(['signoff'], 'login', 'menu');
    compared('login', CHANGED);
    compared('menu', FRESH);
    done();
    judge('rejected', ['login'], 'The button is cut off.');
    assert.equal(state(), 'review', 'menu is not looked at yet');
    judge('accepted', ['menu']);
    assert.equal(state(), 'failed: Rejected: login: The button is cut off.');
  });

  it('is judged by people alone', () => {
    begin([], 'login');
    const verdict = 'accepted' as const;
    const ask = { type: 'JudgeEvidence' as const, taskId: task.id, attempt: 1, evidenceIds: ['login'], verdict };
    assert.match(bench.refusal(ask, agent('worker')), /^forbidden/);
    assert.match(bench.refusal(ask, { kind: 'client', name: 'client' }), /^forbidden/);
    assert.match(bench.refusal({ ...ask, evidenceIds: ['nothing'] }), /no such evidence/);
  });

  it('by metrics looks at the score of a category where there is one', () => {
    begin(['metric:accessibility>=90']);
    const metrics = [
      { category: 'accessibility', name: 'score', value: 96 },
      { category: 'accessibility', name: 'critical', value: 0 },
    ];
    assert.equal(checkRequirements(task.requires, [])[0]?.state, 'missing');
    hand('axe', { kind: 'report', metrics });
    done();
    assert.equal(state(), 'completed');
  });

  it('is asked for in a grammar that refuses all else', () => {
    for (const text of [
      'diff<=0.1%',
      'diff:login@1280x800<=5%',
      'screenshot:a',
      'metric:quality.errors<=0',
      'tests:pass',
      'patch',
      'signoff',
    ]) {
      const requirement = parseRequirement(text);
      assert.ok(requirement, text);
      assert.equal(requirementText(requirement), text);
    }
    for (const text of [
      'diff',
      'diff<=',
      'diff<=101%',
      'diff<=-1%',
      'diff<1%',
      'diff:<=1%',
      'diff:a b<=1%',
      'screenshot:',
      'metric:a',
      'metric:a<=1e',
      'metric:a<=1e999',
      'Signoff',
      'tests',
    ])
      assert.equal(parseRequirement(text), undefined, text);
    for (const text of ['metric:shift<=0.0000001', 'metric:bytes<=1000000000000000000000']) {
      const requirement = parseRequirement(text);
      assert.ok(requirement, text);
      assert.deepEqual(parseRequirement(requirementText(requirement)), requirement, 'It is read in its own words.');
    }
    assert.deepEqual([0, 0.001, 0.25, 2.34].map(percentText), ['0%', '<0.01%', '0.25%', '2.3%']);
  });
});
