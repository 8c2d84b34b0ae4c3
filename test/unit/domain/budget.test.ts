import assert from 'node:assert/strict';
import { plan } from '../../../src/server/dispatch/plan';
import { decodeBoard, encodeBoard } from '../../../src/server/domain/board';
import { budgetNews, budgetOf, isStillMet, type Budget } from '../../../src/server/domain/budget';
import type { TowerEvent } from '../../../src/server/domain/event';
import { costSum } from '../../../src/server/domain/format';
import { owed } from '../../../src/server/domain/owed';
import type { Task, Usage } from '../../../src/server/domain/task';
import { waitReason, whyNotNow } from '../../../src/server/domain/waiting';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';

const NOON = new Date(2026, 10, 23, 12).getTime();
const MIDNIGHT = new Date(2026, 10, 24).getTime();

describe('A budget', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = NOON;
    bench.tariff = { prices: { 'kimi-*': { input: 1, output: 1 } }, freeModels: [] };
    bench.join('Kimi', { capacity: 5 });
    bench.join('Claude', { capacity: 5 });
  });

  const configure = (budget: Budget): TowerEvent[] => {
    const before = bench.records.length;
    bench.do({ type: 'ConfigureQueue', cap: 10, budget }, TOWER);
    return bench.records.slice(before).flatMap(({ events }) => events);
  };
  const use = (task: Task, by: string, usage: Usage): string[] => {
    bench.do({ type: 'ReportUsage', taskId: task.id, attempt: bench.task(task.id).attempts.length, usage }, agent(by));
    return news();
  };
  /** What the last record says of budgets. */
  const news = (): string[] =>
    (bench.records.at(-1)?.events ?? []).flatMap((event) =>
      event.type === 'BudgetMet' ? [budgetNews(bench.board, event, bench.now)] : [],
    );
  const begin = (title: string, by: string, limits = {}): Task => {
    const task = bench.create(title, { agent: by, limits });
    bench.run(task, by);
    return task;
  };
  const finish = (task: Task, by: string, usage?: Usage): void =>
    void bench.do({ type: 'ReportResult', taskId: task.id, attempt: 1, result: 'Done.', ...(usage ? { usage } : {}) }, agent(by));
  const pairs = (): string[] =>
    plan(bench.board, { agents: bench.online }, bench.now).map(({ taskId, agentId }) => `#${bench.task(taskId).number} → ${agentId}`);
  const why = (task: Task): string => waitReason(bench.board, { agents: bench.online }, bench.task(task.id), bench.now).text;
  const today = (): string => costSum(budgetOf(bench.board, bench.now).today);

  describe('of a day', () => {
    it('warns at 80%, lets nothing new start at 100%, and lets go on what runs; each is said once', () => {
      configure({ perDay: 5 });
      const job = begin('Job', 'kimi');
      assert.deepEqual(use(job, 'kimi', { costUsd: 3.9 }), []);
      assert.deepEqual(use(job, 'kimi', { costUsd: 4 }), ["$4.00 of today's budget of $5.00 is spent."]);
      assert.deepEqual(use(job, 'kimi', { costUsd: 4.5 }), []);
      const next = bench.create('Next');
      assert.deepEqual([pairs(), why(next)], [['#2 → claude'], 'starts next']);
      assert.deepEqual(use(job, 'kimi', { costUsd: 5 }), ["Today's budget of $5.00 is used up. Nothing new starts."]);
      assert.deepEqual([pairs(), why(next)], [[], "today's budget of $5.00 is used up"]);
      assert.match(
        bench.refusal({ type: 'AssignTask', taskId: next.id, agentId: 'claude' }, TOWER),
        /^conflict: #2 Next waits: today's budget of \$5\.00 is used up\.$/,
      );
      assert.deepEqual(use(job, 'kimi', { costUsd: 6 }), []);
      assert.equal(bench.task(job.id).status, 'running', 'what runs goes on');
      finish(job, 'kimi');
      assert.deepEqual([bench.task(job.id).status, pairs()], ['completed', []]);
    });

    it('holds for "Start now" too, which says so', () => {
      configure({ perDay: 1 });
      use(begin('Job', 'kimi'), 'kimi', { costUsd: 2 });
      const next = bench.create('Next');
      bench.do({ type: 'StartNow', taskId: next.id });
      assert.deepEqual(pairs(), []);
      assert.equal(
        whyNotNow(bench.board, { agents: bench.online }, bench.task(next.id), bench.now),
        "#2 Next is next in line, but today's budget of $1.00 is used up.",
      );
    });

    it('counts what is estimated, and says how much it cannot count', () => {
      configure({ perDay: 5 });
      for (const title of ['a', 'b', 'c']) finish(begin(title, 'claude'), 'claude');
      finish(begin('d', 'claude'), 'claude', { inputTokens: 5, outputTokens: 5, model: 'who-knows' });
      assert.equal(today(), 'unknown');
      const job = begin('Job', 'kimi');
      assert.deepEqual(use(job, 'kimi', { inputTokens: 4_000_000, outputTokens: 100_000, model: 'kimi-k2' }), [
        "~$4.10 + 4 unknown of today's budget of $5.00 is spent.",
      ]);
      const [state] = budgetOf(bench.board, bench.now).states;
      assert.deepEqual([state?.level, state?.limitUsd, state?.spent.unknown], ['near', 5, 4]);
    });

    it('that is raised lets work go on at once, and warns anew; one that is lowered below what was spent stops it', () => {
      configure({ perDay: 5 });
      use(begin('Job', 'kimi'), 'kimi', { costUsd: 5 });
      const [met] = bench.records.at(-1)?.events.filter((event) => event.type === 'BudgetMet') ?? [];
      bench.create('Next');
      assert.ok(met && isStillMet(bench.board, met, bench.now));
      assert.equal(budgetOf(bench.board, bench.now).isUsed, true);
      configure({ perDay: 10 });
      assert.deepEqual([pairs().length, isStillMet(bench.board, met, bench.now)], [1, false]);
      configure({ perDay: 6 });
      assert.deepEqual(news(), ["$5.00 of today's budget of $6.00 is spent."]);
      configure({ perDay: 4 });
      assert.deepEqual([news(), pairs()], [["Today's budget of $4.00 is used up. Nothing new starts."], []]);
      configure({});
      assert.deepEqual([bench.board.queue.budget, pairs().length], [undefined, 1]);
    });

    it('is new at midnight, for which the alarm is set; an attempt is counted on the day that it tells', () => {
      configure({ perDay: 5 });
      const job = begin('Over night', 'kimi');
      use(job, 'kimi', { costUsd: 5 });
      const next = bench.create('Next');
      assert.equal(owed(bench.board).nextDue, MIDNIGHT);
      bench.now = MIDNIGHT - 1;
      assert.deepEqual([bench.do({ type: 'Tick' }, TOWER).seq, pairs()], [bench.board.seq, []]);
      bench.now = MIDNIGHT;
      assert.deepEqual([pairs(), why(next), today()], [['#2 → claude'], 'starts next', 'none'], 'by the clock alone');
      bench.do({ type: 'Tick' }, TOWER);
      assert.deepEqual(
        bench.records.at(-1)?.events.map(({ type }) => type),
        ['DayBegan'],
        'so that surfaces learn of it',
      );
      assert.equal(owed(bench.board).nextDue, undefined);
      assert.deepEqual(use(job, 'kimi', { costUsd: 9 }), ["$4.00 of today's budget of $5.00 is spent."]);
      assert.deepEqual(
        bench.board.spent.map(({ day, agents }) => [day, agents.kimi?.usd]),
        [
          ['2026-11-23', 5],
          ['2026-11-24', 4],
        ],
      );
      bench.now = new Date(2026, 10, 27, 9).getTime();
      use(job, 'kimi', { costUsd: 9.5 });
      assert.deepEqual(
        bench.board.spent.map(({ day, agents }) => [day, agents.kimi?.usd]),
        [
          ['2026-11-24', 4],
          ['2026-11-27', 0.5],
        ],
      );
    });

    it('survives a restart: out of a checkpoint and out of the records', () => {
      configure({ perDay: 5 });
      use(begin('Job', 'kimi'), 'kimi', { costUsd: 5 });
      const [now, refolded, loaded] = bench.refolded();
      assert.deepEqual([refolded, loaded], [now, now]);
      bench.board = decodeBoard(JSON.parse(JSON.stringify(encodeBoard(bench.board))) as ReturnType<typeof encodeBoard>);
      const next = bench.create('Next');
      assert.deepEqual([pairs(), why(next)], [[], "today's budget of $5.00 is used up"]);
      const { spent: _, ...before } = encodeBoard(bench.board);
      assert.equal(decodeBoard(before).spent.length, 0, 'a checkpoint from before there were budgets');
    });

    it('does not fall back to a warning when an agent corrects what it told', () => {
      configure({ perDay: 5 });
      const job = begin('Job', 'kimi');
      use(job, 'kimi', { costUsd: 5.5 });
      const next = bench.create('Next');
      assert.deepEqual([use(job, 'kimi', { costUsd: 4.5 }), pairs(), why(next)], [[], ['#2 → claude'], 'starts next']);
      assert.deepEqual(use(job, 'kimi', { costUsd: 5.6 }), [], 'and is not said a second time');
    });
  });

  describe('of an agent a day', () => {
    it('holds back that agent alone', () => {
      configure({ perAgentDay: 2 });
      use(begin('Job', 'kimi'), 'kimi', { costUsd: 2 });
      assert.deepEqual(news(), ["Today's budget of $2.00 for Kimi is used up. Kimi gets nothing new today."]);
      const named = bench.create('Named', { agent: 'kimi' });
      bench.create('Any');
      assert.deepEqual([pairs(), why(named)], [['#3 → claude'], "today's budget of $2.00 for Kimi is used up"]);
      assert.equal(budgetOf(bench.board, bench.now).isUsed, false);
      bench.now = MIDNIGHT;
      assert.equal(pairs().length, 2);
    });

    it('may be set for some agents by name', () => {
      configure({ perAgentDay: { Kimi: 1 } });
      use(begin('One', 'kimi'), 'kimi', { costUsd: 1 });
      use(begin('Two', 'claude'), 'claude', { costUsd: 100 });
      bench.create('Any');
      assert.deepEqual(pairs(), ['#3 → claude']);
      assert.deepEqual(
        budgetOf(bench.board, bench.now).states.map(({ agentId, level }) => [agentId, level]),
        [['kimi', 'used']],
      );
    });
  });

  describe('of a task', () => {
    const limit = (task: Task): string | undefined => {
      const { status, error } = bench.task(task.id);
      return error ? `${status}: ${error.kind}: ${error.message}` : undefined;
    };

    it('ends the attempt with which it is exceeded, and says on what basis', () => {
      const reported = begin('One', 'kimi', { costUsd: 2 });
      use(reported, 'kimi', { costUsd: 2 });
      assert.equal(limit(reported), undefined);
      use(reported, 'kimi', { costUsd: 2.1 });
      assert.equal(
        limit(reported),
        'failed: limit: It cost $2.10, as its agent reports, more than its limit of $2.00. Raise the limit, then retry.',
      );
      const estimated = begin('Two', 'kimi', { costUsd: 2 });
      use(estimated, 'kimi', { inputTokens: 2_000_000, outputTokens: 500_000, model: 'kimi-k2' });
      assert.equal(
        limit(estimated),
        'failed: limit: It cost ~$2.50, estimated from its tokens, more than its limit of $2.00. Raise the limit, then retry.',
      );
      const unknown = begin('Three', 'kimi', { costUsd: 2 });
      use(unknown, 'kimi', { inputTokens: 2_000_000_000, outputTokens: 1, model: 'who-knows' });
      assert.equal(limit(unknown), undefined, 'what is unknown cannot count');
    });

    it('comes from the settings when the task has none, also when they change later', () => {
      const task = begin('One', 'kimi');
      const own = begin('Own', 'kimi', { costUsd: 9 });
      configure({ perTask: 1 });
      use(task, 'kimi', { costUsd: 1.5 });
      use(own, 'kimi', { costUsd: 1.5 });
      assert.match(limit(task) ?? '', /more than its limit of \$1\.00/);
      assert.equal(limit(own), undefined);
    });

    it("is one for all the tries that the tower makes by itself; a person's retry has it anew", () => {
      const task = begin('Flaky', 'kimi', { costUsd: 2, attempts: 3 });
      use(task, 'kimi', { costUsd: 1.5 });
      bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, kind: 'agent_error', message: 'No.' }, agent('kimi'));
      bench.now += 60_000;
      bench.do({ type: 'Tick' }, TOWER);
      bench.run(task, 'kimi');
      use(task, 'kimi', { costUsd: 0.4 });
      assert.equal(bench.task(task.id).status, 'running');
      use(task, 'kimi', { costUsd: 0.6 });
      assert.match(limit(task) ?? '', /^failed: limit: It cost \$2\.10/);
      bench.do({ type: 'RetryTask', taskId: task.id });
      bench.run(task, 'kimi');
      use(task, 'kimi', { costUsd: 1.9 });
      assert.equal(bench.task(task.id).status, 'running');
    });

    it('makes no failure of work that is done or stops anyway', () => {
      const done = begin('Done', 'kimi', { costUsd: 1 });
      finish(done, 'kimi', { costUsd: 5 });
      assert.equal(bench.task(done.id).status, 'completed');
      const stopping = begin('Stopping', 'kimi', { costUsd: 1 });
      bench.do({ type: 'CancelTask', taskId: stopping.id });
      use(stopping, 'kimi', { costUsd: 5 });
      assert.equal(bench.task(stopping.id).phase, 'cancelling');
    });
  });
});
