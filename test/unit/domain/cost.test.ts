import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { createRequire } from 'node:module';
import { attemptCost, sumCosts, taskCost, type Cost } from '../../../src/server/domain/cost';
import { costSum, costText } from '../../../src/server/domain/format';
import { priceUsage, type FindPrice, type Tariff } from '../../../src/server/domain/prices';
import type { Attempt, Task, Usage } from '../../../src/server/domain/task';
import { PriceBook } from '../../../src/server/pricing/priceBook';
import { agent, RuleBench } from '../../support/ruleBench';

const NOW = Date.parse('2026-11-23T12:00:00Z');
const KIMI = { id: 'kimi', name: 'Kimi' };
const MILLION = 1_000_000;
const noLog = { trace() {}, debug() {}, info() {}, warn() {}, error() {} };

const tariff = (more: Partial<Tariff> = {}): Tariff => ({ prices: {}, freeModels: [], ...more });
const price = (usage: Usage, more: Partial<Tariff> = {}): string => costText(priceUsage(usage, KIMI, tariff(more), () => undefined));

describe('The cost of an attempt', () => {
  const used: Usage = { inputTokens: MILLION, outputTokens: 100_000, model: 'house-model-7' };

  it('is what its agent reports, before any price', () => {
    const prices = { 'house-*': { input: 100, output: 100 } };
    assert.deepEqual(
      priceUsage({ ...used, costUsd: 3.18 }, KIMI, tariff({ prices, freeModels: ['*'] }), () => undefined),
      {
        usd: 3.18,
        basis: 'reported',
      },
    );
    assert.equal(price({ costUsd: 0 }), '$0.00');
  });

  it('is tokens times the price that the user gives the model, by name or by the pattern that says most of it', () => {
    const prices = {
      '*': { input: 9, output: 9 },
      'house-*': { input: 2, output: 10 },
      'House-Model-?': { input: 0.5, output: 4 },
      'house-model-8': { input: 7, output: 7 },
    };
    assert.deepEqual(
      priceUsage(used, KIMI, tariff({ prices }), () => undefined),
      { usd: 0.9, basis: 'estimated' },
      '1M × 0.5 + 0.1M × 4',
    );
    assert.equal(price({ ...used, model: 'house-model-8' }, { prices }), '~$7.70');
    assert.equal(price({ ...used, model: 'house-other' }, { prices }), '~$3.00');
    assert.equal(price({ ...used, model: 'vendor/house-model-8' }, { prices }), '~$7.70', 'with its provider before it');
    assert.equal(price({ ...used, model: 'else' }, { prices }), '~$9.90');
  });

  it('has cached tokens in it once, at their own price, or at that of any input', () => {
    const half: Usage = { ...used, cachedTokens: 400_000 };
    const cached = { 'house-*': { input: 1, cachedInput: 0.1, output: 0 } };
    assert.equal(price(half, { prices: cached }), '~$0.64', '0.6M × 1 + 0.4M × 0.1');
    assert.equal(price(half, { prices: { 'house-*': { input: 1, output: 0 } } }), '~$1.00');
    // Counted beside the input, as it cannot be a part of it.
    assert.equal(price({ ...used, inputTokens: 100_000, cachedTokens: MILLION }, { prices: cached }), '~$0.20', '0.1M × 1 + 1M × 0.1');
  });

  it('is free for a model or an agent that the user marked so, and nothing is so by itself', () => {
    assert.equal(price(used, { freeModels: ['house-*'] }), '$0.00 free');
    assert.equal(price(used, { freeModels: ['agent:kimi'] }), '$0.00 free');
    assert.equal(price({}, { freeModels: ['agent:K*'] }), '$0.00 free');
    assert.equal(price({ ...used, costUsd: 0 }, { freeModels: ['house-*'] }), '$0.00 free', 'an agent that says "$0" says it too');
    assert.equal(price(used, { freeModels: ['house', 'agent:Other', 'kimi'] }), 'unknown');
  });

  it('is unknown without a price, a model or a count of tokens; never $0', () => {
    const prices = { 'house-*': { input: 1, output: 1 } };
    assert.equal(price(used), 'unknown');
    assert.equal(price({ ...used, model: 'llama' }, { prices }), 'unknown');
    assert.equal(price({ inputTokens: 5, outputTokens: 5 }, { prices: { '*': { input: 1, output: 1 } } }), 'unknown');
    assert.equal(price({ inputTokens: 5, model: 'house-1' }, { prices }), 'unknown');
    assert.equal(price({ model: 'house-1' }, { prices }), 'unknown');
    assert.equal(price({}, { prices }), 'unknown');
    const half: FindPrice = () => ({ input: 1 });
    assert.deepEqual(
      priceUsage(used, KIMI, tariff(), (model) => half(model, NOW)),
      { usd: null, basis: 'unknown' },
      'no price for output',
    );
  });
});

describe('The price list', () => {
  const path = resolve('dist/prices.js');
  const { findPrice } = createRequire(path)(path) as { findPrice: FindPrice };

  it('knows well-known models by name, and by name with their provider', () => {
    const kimi = { input: 0.6, cachedInput: 0.1, output: 3 };
    assert.deepEqual(findPrice('kimi-k2.5', NOW), kimi);
    assert.deepEqual(findPrice('moonshotai/kimi-k2.5', NOW), kimi);
    assert.deepEqual(findPrice('gpt-5', NOW), { input: 1.25, cachedInput: 0.125, output: 10 });
    assert.deepEqual(findPrice('openai/gpt-5', NOW), { input: 1.25, cachedInput: 0.125, output: 10 });
  });

  it('does not take the step for long prompts for a sum of many calls', () => {
    assert.deepEqual(findPrice('claude-sonnet-4-5', NOW), { input: 3, cachedInput: 0.3, output: 15 });
    assert.deepEqual(findPrice('anthropic/claude-sonnet-4.5', NOW), { input: 3, cachedInput: 0.3, output: 15 });
  });

  it('has no price for what runs elsewhere under a like name, and none for what it does not know', () => {
    for (const model of ['kimi-k2.5:cloud', 'deepseek-r1:7b', 'qwen3:8b', 'nonsense', 'no/such', '/', ''])
      assert.equal(findPrice(model, NOW), undefined, model);
  });

  it('is loaded with the first usage that only it can price, and once', async () => {
    let loads = 0;
    const load = async (): Promise<FindPrice> => {
      loads++;
      return findPrice;
    };
    const book = new PriceBook(tariff({ prices: { own: { input: 1, output: 1 } }, freeModels: ['local'] }), load, noLog);
    const tokens = { inputTokens: 1_200_000, cachedTokens: 1_000_000, outputTokens: 10_000 };
    for (const usage of [
      {},
      { ...tokens, costUsd: 1, model: 'kimi-k2.5' },
      { ...tokens, model: 'own' },
      { ...tokens, model: 'local' },
      tokens,
    ])
      await book.prepare(usage, KIMI);
    assert.equal(loads, 0);
    const usage = { ...tokens, model: 'kimi-k2.5' };
    await Promise.all([book.prepare(usage, KIMI), book.prepare(usage, KIMI)]);
    await book.prepare({ ...tokens, model: 'nonsense' }, KIMI);
    assert.equal(loads, 1);
    // 0.2M × 0.60 + 1M × 0.10 + 0.01M × 3.00
    assert.deepEqual(book.cost(usage, KIMI, NOW), { usd: 0.25, basis: 'estimated' });
    assert.deepEqual(book.cost({ ...tokens, model: 'nonsense' }, KIMI, NOW), { usd: null, basis: 'unknown' });
    book.configure(tariff({ prices: { 'kimi-*': { input: 1, cachedInput: 1, output: 0 } } }));
    assert.deepEqual(book.cost(usage, KIMI, NOW), { usd: 1.2, basis: 'estimated' }, "the user's table goes first");
  });

  it('that cannot be loaded leaves costs unknown and says so once', async () => {
    const said: string[] = [];
    const load = (): Promise<FindPrice> => Promise.reject(new Error('no such file'));
    const book = new PriceBook(tariff(), load, { ...noLog, warn: (text: string | Error) => void said.push(String(text)) });
    const usage = { inputTokens: 1, outputTokens: 1, model: 'kimi-k2.5' };
    await book.prepare(usage, KIMI);
    await book.prepare(usage, KIMI);
    assert.equal(book.cost(usage, KIMI, NOW).basis, 'unknown');
    assert.deepEqual(said, ['The price list cannot be loaded, so costs that it would tell stay unknown: no such file']);
  });
});

describe('Costs together', () => {
  const usd = (value: number, basis: Cost['basis']): Cost => ({ usd: basis === 'unknown' ? null : value, basis });
  const sum = (...costs: (Cost | undefined)[]): string => costSum(sumCosts(costs));

  it('say what is estimated, what is free and how many are not known', () => {
    assert.equal(sum(usd(3, 'reported'), usd(0.18, 'reported')), '$3.18');
    assert.equal(sum(usd(3, 'reported'), usd(0.18, 'estimated')), '~$3.18');
    assert.equal(sum(usd(3, 'reported'), usd(0.18, 'estimated'), undefined, usd(0, 'unknown'), undefined, undefined), '~$3.18 + 4 unknown');
    assert.equal(sum(undefined, usd(0, 'unknown')), 'unknown');
    assert.equal(sum(usd(0, 'free'), usd(0, 'free')), '$0.00 free');
    assert.equal(sum(usd(0, 'free'), usd(0.5, 'reported')), '$0.50');
    assert.equal(sum(usd(0, 'free'), undefined), '$0.00 free + 1 unknown');
    assert.equal(sum(usd(0, 'reported'), undefined), '$0.00 + 1 unknown');
    assert.equal(sum(...Array.from({ length: 10 }, () => usd(0.1, 'reported'))), '$1.00');
    assert.equal(sumCosts(Array.from({ length: 10 }, () => usd(0.1, 'reported'))).usd, 1, 'without the dust of binary fractions');
  });

  it('of one attempt show their basis', () => {
    const all = [usd(3.18, 'reported'), usd(0.12, 'estimated'), usd(0, 'free'), usd(0, 'unknown'), undefined, usd(0.0001, 'estimated')];
    assert.deepEqual(all.map(costText), ['$3.18', '~$0.12', '$0.00 free', 'unknown', 'unknown', '~<$0.001']);
  });
});

describe('A usage report', () => {
  let bench: RuleBench;
  let task: Task;
  beforeEach(() => {
    bench = new RuleBench();
    bench.now = NOW;
    bench.tariff = tariff({ prices: { 'kimi-*': { input: 1, cachedInput: 0.1, output: 10 } }, freeModels: ['agent:Local'] });
    bench.join('Kimi');
    task = bench.create('Job', { limits: { attempts: 2 } });
    bench.run(task, 'kimi');
  });
  const attempt = (): Attempt => bench.task(task.id).attempts.at(-1) ?? assert.fail('no attempt');
  const report = (usage: Usage): void =>
    void bench.do({ type: 'ReportUsage', taskId: task.id, attempt: attempt().n, usage }, agent('kimi'));
  const cost = (): string => costText(attemptCost(attempt()));

  it('is priced as it comes, and its cost stands in the record', () => {
    report({ inputTokens: 100_000, outputTokens: 10_000, model: 'kimi-k2' });
    assert.deepEqual(attempt().cost, { usd: 0.2, basis: 'estimated' });
    const told = bench.records.at(-1)?.events.find(({ type }) => type === 'UsageReported');
    assert.deepEqual(told && 'cost' in told && told.cost, { usd: 0.2, basis: 'estimated' });
    bench.tariff = tariff({ prices: { '*': { input: 50, output: 50 } } });
    const [now, refolded, loaded] = bench.refolded();
    assert.deepEqual(refolded, now, 'prices of later change nothing');
    assert.deepEqual(loaded, now);
  });

  it('replaces the one before, of which it keeps what it does not tell again', () => {
    report({ inputTokens: 100_000, outputTokens: 10_000, model: 'kimi-k2' });
    report({ inputTokens: 200_000, outputTokens: 20_000 });
    assert.deepEqual([attempt().usage?.model, cost()], ['kimi-k2', '~$0.40']);
    report({ costUsd: 0.31 });
    assert.equal(cost(), '$0.31', 'what the agent says itself goes before the estimate');
    report({ costUsd: 0.35 });
    assert.equal(cost(), '$0.35');
  });

  it('that comes twice is counted once', () => {
    const usage = { inputTokens: 100_000, outputTokens: 10_000, model: 'kimi-k2' };
    report(usage);
    report(usage);
    assert.deepEqual([cost(), bench.board.spent.at(-1)?.agents.kimi?.usd], ['~$0.20', 0.2]);
  });

  it('may come with the result, an error, the end of a cancel, or a result that is late', () => {
    const usage = { costUsd: 0.1 };
    const ref = { taskId: task.id, usage };
    bench.do({ type: 'ReportError', ...ref, attempt: 1, kind: 'agent_error', message: 'No.' }, agent('kimi'));
    bench.do({ type: 'StartNow', taskId: task.id });
    bench.run(task, 'kimi');
    bench.do({ type: 'CancelTask', taskId: task.id });
    bench.do({ type: 'ReportCancelled', ...ref, attempt: 2 }, agent('kimi'));
    bench.do({ type: 'RetryTask', taskId: task.id });
    bench.run(task, 'kimi');
    bench.do({ type: 'LoseAttempt', taskId: task.id, attempt: 3 }, { kind: 'tower', name: 'tower' });
    assert.equal(costSum(taskCost(bench.task(task.id)) ?? assert.fail()), '$0.20 + 1 unknown');
    bench.do({ type: 'ReportResult', ...ref, attempt: 3, result: 'Late.' }, agent('kimi'));
    bench.do({ type: 'RetryTask', taskId: task.id });
    bench.run(task, 'kimi');
    bench.do({ type: 'ReportResult', ...ref, attempt: 4, result: 'Done.' }, agent('kimi'));
    assert.deepEqual(
      bench.task(task.id).attempts.map((one) => costText(one.cost)),
      ['$0.10', '$0.10', '$0.10', '$0.10'],
    );
    const { usd, reported, unknown } = bench.board.spent.at(-1)?.agents.kimi ?? assert.fail();
    assert.deepEqual([usd, reported, unknown], [0.4, 4, 0]);
  });

  it('is not needed from an agent that costs nothing', () => {
    bench.join('Local');
    const own = bench.create('Own');
    bench.run(own, 'local');
    assert.deepEqual(bench.task(own.id).attempts[0]?.cost, { usd: 0, basis: 'free' });
  });

  it('that never comes leaves the cost unknown once the attempt has ended, and declined work cost nothing', () => {
    assert.equal(taskCost(bench.task(task.id)), undefined);
    bench.do({ type: 'ReportResult', taskId: task.id, attempt: 1, result: 'Done.' }, agent('kimi'));
    assert.equal(costSum(taskCost(bench.task(task.id)) ?? assert.fail()), 'unknown');
    const other = bench.create('Other');
    bench.do({ type: 'AssignTask', taskId: other.id, agentId: 'kimi' }, { kind: 'tower', name: 'tower' });
    bench.do({ type: 'DeclineAttempt', taskId: other.id, attempt: 1, reason: 'No.' }, agent('kimi'));
    assert.equal(taskCost(bench.task(other.id)), undefined);
    assert.deepEqual(bench.board.spent.at(-1)?.agents.kimi?.unknown, 1);
  });
});
