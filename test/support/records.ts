import { RECORD_VERSION, TowerRecord } from '../../src/server/domain/event';
import type { Task } from '../../src/server/domain/task';
import { RuleBench } from './ruleBench';

/** The ULID-shaped id of task number `n`. */
export function taskId(n: number): string {
  return String(n).padStart(26, '0');
}

/** A pending task as it is created. */
export function newTask(n: number, rest: Partial<Task> = {}): Task {
  return {
    id: taskId(n),
    number: n,
    title: `Task ${n}`,
    priority: 'normal',
    rank: n,
    kind: 'task',
    skills: [],
    after: [],
    requires: [],
    fields: {},
    limits: {},
    createdBy: { kind: 'person', name: 'you' },
    createdAt: 1_000 + n,
    status: 'pending',
    tries: 0,
    attempts: [],
    since: 1_000 + n,
    ...rest,
  };
}

/** Record number `seq`, which creates task number `seq`. */
export function creation(seq: number, { prompt = `Do thing ${seq}`, commandId = `command-${seq}`, task = newTask(seq) } = {}): TowerRecord {
  const events = [{ type: 'TaskCreated', task, prompt }];
  return TowerRecord.parse({ v: RECORD_VERSION, seq, at: 1_000 + seq, by: { kind: 'person', name: 'you' }, commandId, events });
}

/** Real records of a small day: tasks done, failed, retried, cancelled, asked about, edited and rejected by two agents. */
export function dayOfRecords(): RuleBench {
  const bench = new RuleBench();
  const one = bench.join('One', { capacity: 4 });
  const two = bench.join('Two', { capacity: 4 });
  const by = (name: string) => ({ kind: 'agent' as const, name });
  const step = (): void => void (bench.now += 1_000);
  const done = bench.create('Audit the login page', { prompt: 'Find every unlabelled field.' });
  const failed = bench.create('Fix "quoted" things', { prompt: 'A prompt with OR, NEAR and *.', limits: { attempts: 1 } });
  const cancelled = bench.create('Never mind', { externalId: 'ticket-7', skills: ['browser'], after: [done.id] });
  const asked = bench.create('Needs an answer', { prompt: 'Ask first.' });
  const rejected = bench.create('To be signed off', { requires: ['signoff'] });
  const edited = bench.create('Old title', { agent: 'Two' });
  step();
  const first = bench.run(done, one);
  step();
  bench.do({ type: 'ReportUsage', taskId: done.id, attempt: first, usage: { inputTokens: 5 } }, by(one));
  bench.do({ type: 'ReportResult', taskId: done.id, attempt: first, result: `Found three fields. ${'x'.repeat(400)}` }, by(one));
  const second = bench.run(failed, two);
  step();
  bench.do({ type: 'ReportError', taskId: failed.id, attempt: second, kind: 'refused', message: 'I will not.' }, by(two));
  bench.do({ type: 'CancelTask', taskId: cancelled.id });
  bench.run(asked, one);
  step();
  bench.do({ type: 'AskInput', taskId: asked.id, attempt: 1, question: { id: 'q', text: 'Which?' } }, by(one));
  bench.now += 60_000;
  bench.do({ type: 'AnswerInput', taskId: asked.id, answer: 'That one.' });
  step();
  bench.do({ type: 'ReportResult', taskId: asked.id, attempt: 1, result: 'Answered and done.' }, by(one));
  bench.run(rejected, two);
  step();
  bench.do({ type: 'ReportResult', taskId: rejected.id, attempt: 1, result: 'Look at this.' }, by(two));
  bench.do({ type: 'SignOff', taskId: rejected.id, verdict: 'rejected', note: 'Not this way.' });
  bench.do({
    type: 'EditTask',
    taskId: edited.id,
    patch: { title: 'New title', prompt: 'A better prompt.', agent: null, priority: 'high', skills: ['speech'], requires: ['signoff'] },
  });
  bench.do({ type: 'RetryTask', taskId: failed.id, note: 'Please.' });
  bench.run(failed, one);
  return bench;
}
