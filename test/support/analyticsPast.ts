import type { CommandInput } from '../../src/server/domain/command';
import type { TowerRecord } from '../../src/server/domain/event';
import type { Task, Usage } from '../../src/server/domain/task';
import { agent, RuleBench, TOWER } from './ruleBench';

const KIMI = 'kimi';
const CODEX = 'codex';

/** A time of the long weekend of October 2026 in Rome, when Sunday the 25th has 25 hours; `cet` = winter time, by which Sunday ends. */
export const summer = (text: string): number => Date.parse(`2026-10-${text}:00+02:00`);
export const cet = (text: string): number => Date.parse(`2026-10-${text}:00+01:00`);

/** Commands at times, as records. */
class Past extends RuleBench {
  at(time: number): this {
    if (time < this.now) throw new Error('Time does not go back.');
    this.now = time;
    return this;
  }

  presence(agentId: string, present: boolean, lastAt?: number): void {
    this.do({ type: 'ReportPresence', agentId, present, ...(lastAt === undefined ? {} : { lastAt }) }, TOWER);
  }

  use(task: Task, attempt: number, by: string, usage: Usage): void {
    this.do({ type: 'ReportUsage', taskId: task.id, attempt, usage }, agent(by));
  }

  finish(task: Task, attempt: number, by: string, usage?: Usage): void {
    const end: CommandInput = { type: 'ReportResult', taskId: task.id, attempt, result: 'Done.', ...(usage ? { usage } : {}) };
    this.do(end, agent(by));
  }

  fail(task: Task, attempt: number, by: string, message: string): void {
    this.do({ type: 'ReportError', taskId: task.id, attempt, kind: 'agent_error', message }, agent(by));
  }
}

/** The end of it: Monday evening, while Codex waits for an answer. */
export const NOW = cet('26T22:00');

/** The records of that weekend; the figures that they make stand in the test, computed by hand. */
export function weekendRecords(): TowerRecord[] {
  const past = new Past();
  past.tariff = { prices: { m1: { input: 10, cachedInput: 1, output: 100 } }, freeModels: ['local'] };
  const fix = { kind: 'fix', folder: '/b', limits: { attempts: 1 } };

  past.at(summer('23T20:00'));
  past.join('Kimi', { capacity: 2 });
  past.presence(KIMI, true);
  const earlier = past.at(summer('23T20:10')).create('Failed on Friday', fix);
  past.at(summer('23T20:20')).run(earlier, KIMI);
  past.at(summer('23T20:40')).fail(earlier, 1, KIMI, 'Not in the range');
  const overnight = past.at(summer('23T22:00')).create('Over midnight', fix);
  past.at(summer('23T23:00')).run(overnight, KIMI);
  past.at(summer('24T01:00')).finish(overnight, 1, KIMI);

  past.at(summer('24T09:00')).join('Codex');
  past.presence(CODEX, true);
  const asked = past.at(summer('24T10:00')).create('Asked about', { kind: 'review', folder: '/a' });
  const beside = past.create('Beside it', fix);
  past.at(summer('24T10:10')).run(asked, KIMI);
  past.at(summer('24T10:15')).run(beside, KIMI);
  past.use(beside, 1, KIMI, { costUsd: 0.1 });
  past.at(summer('24T10:20')).do({ type: 'AskInput', taskId: asked.id, attempt: 1, question: { id: 'q', text: 'Which?' } }, agent(KIMI));
  past.at(summer('24T10:25')).do({ type: 'AnswerInput', taskId: asked.id, answer: 'That one.' });
  const tokens = { inputTokens: 1000, cachedTokens: 400, outputTokens: 100, model: 'm1' };
  past.use(asked, 1, KIMI, tokens);
  past.use(asked, 1, KIMI, tokens);
  past.at(summer('24T10:30')).finish(asked, 1, KIMI);
  past.at(summer('24T10:45')).finish(beside, 1, KIMI, { costUsd: 0.25 });

  const retried = past.at(summer('24T11:00')).create('Retried', { ...fix, agent: 'Codex' });
  past.run(retried, CODEX);
  past.use(retried, 1, CODEX, { inputTokens: 5000, outputTokens: 500, model: 'mystery' });
  past.at(summer('24T11:20')).fail(retried, 1, CODEX, 'It broke');
  past.at(summer('24T11:30')).do({ type: 'RetryTask', taskId: retried.id, agent: 'Kimi' });
  past.at(summer('24T11:40')).run(retried, KIMI);
  past.at(summer('24T12:00')).finish(retried, 2, KIMI);
  const dropped = past.create('Never mind', fix);
  past.at(summer('24T12:05')).do({ type: 'CancelTask', taskId: dropped.id });

  // The clock goes back from 03:00 to 02:00 while Codex works on this.
  const long = past.at(summer('25T00:30')).create('In the long night', { kind: 'review', folder: '/a' });
  past.at(summer('25T01:30')).run(long, CODEX);
  past.at(cet('25T02:30')).finish(long, 1, CODEX, { inputTokens: 100, outputTokens: 10, model: 'local' });
  const late = past.at(cet('25T23:30')).create('Late on Sunday', fix);
  past.run(late, CODEX);
  past.at(cet('25T23:50')).fail(late, 1, CODEX, 'Lost it');
  past.at(cet('25T23:56')).presence(CODEX, false, cet('25T23:55'));

  const parent = past.at(cet('26T08:00')).create('With a sub-agent', fix);
  past.presence(CODEX, true);
  const { attempt: declined = 0 } = past.do({ type: 'AssignTask', taskId: parent.id, agentId: KIMI }, TOWER);
  past.at(cet('26T08:01')).do({ type: 'DeclineAttempt', taskId: parent.id, attempt: declined, reason: 'Not now.' }, agent(KIMI));
  past.at(cet('26T08:31')).run(parent, KIMI);
  const spec = { title: 'Created by that work', ...fix };
  const { taskId = '' } = past.at(cet('26T08:35')).do({ type: 'CreateTask', spec, parent: { taskId: parent.id, attempt: 2 } }, agent(KIMI));
  past.run(past.task(taskId), CODEX);
  past.at(cet('26T08:40')).finish(past.task(taskId), 1, CODEX, { costUsd: 0.3 });
  past.at(cet('26T08:41')).finish(parent, 2, KIMI, { costUsd: 1, model: 'big' });

  const signed = past.at(cet('26T09:00')).create('Signed off', { kind: 'review', folder: '/a', requires: ['signoff'] });
  past.run(signed, KIMI);
  past.at(cet('26T09:10')).finish(signed, 1, KIMI);
  past.at(cet('26T11:10')).do({ type: 'SignOff', taskId: signed.id, verdict: 'accepted' });
  const deleted = past.at(cet('26T12:00')).create('Deleted', fix);
  past.run(deleted, KIMI);
  past.at(cet('26T12:04')).finish(deleted, 1, KIMI, { costUsd: 0.02 });
  past.at(cet('26T12:10')).do({ type: 'PurgeTask', taskId: deleted.id });
  past.at(cet('26T13:00')).presence(KIMI, false, cet('26T12:30'));

  const open = past.at(cet('26T20:00')).create('Still open', fix);
  past.run(open, CODEX);
  past.at(cet('26T21:30')).do({ type: 'AskInput', taskId: open.id, attempt: 1, question: { id: 'q', text: 'Which?' } }, agent(CODEX));
  return past.records;
}
