import assert from 'node:assert/strict';
import { detailsMarkdown } from '../../../src/extension/documents/detailsMarkdown';
import { readBudget, readTariff } from '../../../src/extension/costSettings';
import { statusText } from '../../../src/extension/statusText';
import { agentRow } from '../../../src/server/domain/rows/agentRow';
import { attemptRow } from '../../../src/server/domain/rows/partRows';
import { taskFacts } from '../../../src/server/domain/rows/taskRow';
import type { Task, Usage } from '../../../src/server/domain/task';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { AFTERNOON, MINUTE, sceneOf } from '../../support/scene';

const ADDRESS = { id: 'x', folders: [], url: 'http://127.0.0.1:4000', pid: 4711, epoch: 3, protocol: 1, token: 'secret' };
const LINKS = { log: 'x:/log', result: () => 'x:/result', evidence: () => 'x:/evidence' };

describe('Money in texts', () => {
  let bench: RuleBench;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = AFTERNOON;
    bench.tariff = { prices: { 'kimi-*': { input: 1, output: 2 } }, freeModels: ['agent:Local'] };
    for (const name of ['Kimi', 'Local']) bench.join(name, { capacity: 9 });
  });

  const begin = (by = 'kimi'): Task => {
    const task = bench.create('Job', { limits: { attempts: 9 } });
    bench.run(task, by);
    return task;
  };
  const use = (task: Task, usage: Usage, by = 'kimi'): void =>
    void bench.do({ type: 'ReportUsage', taskId: task.id, attempt: bench.task(task.id).attempts.length, usage }, agent(by));
  const end = (task: Task, by = 'kimi'): void => {
    bench.now += MINUTE;
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: bench.task(task.id).attempts.length, result: 'Done.' }, agent(by));
  };
  const row = (task: Task): string[] =>
    bench.task(task.id).attempts.map((attempt) => attemptRow(sceneOf(bench), bench.task(task.id), attempt).description);
  const fact = (task: Task): string | undefined => taskFacts(sceneOf(bench), bench.task(task.id)).find((line) => line.startsWith('Cost'));
  const details = (task: Task): string[] => {
    const now = bench.task(task.id);
    const text = detailsMarkdown(sceneOf(bench), { task: now, prompt: '', results: {}, attempts: now.attempts, events: [] }, [], LINKS);
    return text.split('\n').filter((line) => line.startsWith('- Cost') || /worked/.test(line));
  };
  const status = (): string[] => {
    const standing = { role: 'owner' as const, address: ADDRESS };
    const {
      text,
      tooltip,
      command,
      background = 'none',
    } = statusText({ kind: 'running', ...sceneOf(bench), standing, isTrusted: true }, bench.now);
    return [text, ...tooltip, `${command} ${background}`];
  };

  it('says on what basis an attempt cost what it did', () => {
    const reported = begin();
    use(reported, { costUsd: 3.18 });
    const estimated = begin();
    use(estimated, { inputTokens: 100_000, outputTokens: 10_000, model: 'kimi-k2' });
    const free = begin('local');
    const silent = begin();
    for (const task of [reported, estimated, silent]) end(task);
    end(free, 'local');
    assert.deepEqual(
      [reported, estimated, free, silent].flatMap(row).map((text) => text.replace(/ · \dm 00s/, '')),
      ['Kimi · $3.18', 'Kimi · ~$0.12', 'Local · $0.00 free', 'Kimi · cost unknown'],
    );
    assert.deepEqual([reported, estimated, free, silent].map(fact), [
      'Cost $3.18 (reported)',
      'Cost ~$0.12 (estimated, 110.0k tokens)',
      'Cost $0.00 free',
      'Cost unknown: Kimi does not report the tokens it uses. Mark its model as free if it is.',
    ]);
    assert.deepEqual(details(estimated)[0], '- Cost: \\~$0.12 \\(estimated, 110.0k tokens\\)');
    assert.match(details(estimated)[1] ?? '', /110\.0k tokens · \\~\$0\.12 estimated$/);
    assert.match(details(silent)[1] ?? '', /· cost unknown$/);
  });

  it('says why a cost is unknown, and nothing before anything can be said', () => {
    const task = begin();
    assert.deepEqual([fact(task), row(task)], [undefined, ['Kimi · <1m']]);
    use(task, { inputTokens: 5, outputTokens: 5 });
    assert.equal(fact(task), 'Cost unknown: Kimi does not say which model it uses. Mark it as free if it is.');
    use(task, { inputTokens: 5, outputTokens: 5, model: 'who-knows' });
    assert.equal(fact(task), 'Cost unknown: no price of who-knows is known. Set one, or mark the model as free.');
  });

  it('adds the attempts of a task up, with what is not known of them', () => {
    const task = begin();
    use(task, { costUsd: 0.5 });
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 1, kind: 'agent_error', message: 'No.' }, agent('kimi'));
    bench.do({ type: 'StartNow', taskId: task.id });
    bench.run(task, 'kimi');
    bench.do({ type: 'ReportError', taskId: task.id, attempt: 2, kind: 'agent_error', message: 'No.' }, agent('kimi'));
    bench.do({ type: 'StartNow', taskId: task.id });
    bench.run(task, 'kimi');
    use(task, { inputTokens: 500_000, outputTokens: 0, model: 'kimi-k2' });
    assert.equal(fact(task), 'Cost so far ~$1.00 + 1 unknown (partly estimated, 500.0k tokens)');
  });

  it('says in the status bar and at the agent that the budget is used up', () => {
    bench.do({ type: 'ConfigureQueue', cap: 9, budget: { perDay: 5 } }, TOWER);
    end(begin());
    const job = begin();
    use(job, { costUsd: 5 });
    bench.create('Next');
    assert.deepEqual(status(), [
      '$(warning) Intake paused',
      "Today's budget of $5.00 is used up.",
      'Spent today: $5.00 + 1 unknown.',
      '1 running goes on. 1 pending waits until midnight, or until you raise the limit.',
      'tasktower.raiseLimit warning',
    ]);
    assert.match(
      agentRow(sceneOf(bench), bench.board.agents.get('local') ?? assert.fail()).description,
      /^idle · today's budget is used up/,
    );
    bench.do({ type: 'AskInput', taskId: job.id, attempt: 1, question: { id: 'q', text: 'Really?' } }, agent('kimi'));
    assert.deepEqual([status()[0], status().at(-2)], ['$(bell-dot) 1 needs you', "Today's budget of $5.00 is used up."]);
    bench.now = new Date(2026, 10, 24).getTime();
    assert.equal(status()[0], '$(bell-dot) 1 needs you');
    assert.doesNotMatch(status().join(), /budget/);
  });
});

describe('The settings of money', () => {
  it('are no limit where they are 0, missing or no amount', () => {
    assert.deepEqual(readBudget({ perTask: 0, perAgentDay: 0, perDay: 0 }), {});
    assert.deepEqual(readBudget({ perTask: undefined, perAgentDay: 'much', perDay: -1 }), {});
    assert.deepEqual(readBudget({ perTask: 0.5, perAgentDay: { Kimi: 2, Claude: 0, Bad: 'x' }, perDay: 10 }), {
      ...{ perTask: 0.5, perAgentDay: { Kimi: 2 }, perDay: 10 },
    });
    assert.deepEqual(readBudget({ perTask: 0, perAgentDay: 3, perDay: 0 }), { perAgentDay: 3 });
    assert.deepEqual(readBudget({ perTask: 0, perAgentDay: {}, perDay: 0 }), {});
  });

  it('leave a price out that cannot be read, and say which', () => {
    const said: string[] = [];
    const good = { input: 1, cachedInput: 0.1, output: 2 };
    const prices = { 'kimi-*': good, half: { input: 1 }, negative: { input: -1, output: 1 }, odd: { input: 1, output: 1, per: 1000 } };
    const tariff = readTariff({ prices, freeModels: ['qwen3:*', '', 7] }, (text) => void said.push(text));
    assert.deepEqual(tariff, { prices: { 'kimi-*': good }, freeModels: ['qwen3:*'] });
    assert.deepEqual(
      said.map((text) => text.split(' is left out')[0]),
      ['half', 'negative', 'odd'].map((model) => `tasktower.cost.prices: "${model}"`),
    );
    assert.deepEqual(
      readTariff({ prices: 'none', freeModels: undefined }, () => assert.fail()),
      { prices: {}, freeModels: [] },
    );
  });
});
