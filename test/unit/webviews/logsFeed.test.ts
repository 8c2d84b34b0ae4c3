import assert from 'node:assert/strict';
import { FEED_PER_SECOND, LogFeed, type FedBatch } from '../../../src/extension/panels/logFeed';
import type { LogScope } from '../../../src/server/domain/logQuery';
import { storedLine } from '../../support/logLines';
import { until } from '../../support/until';

/** A page that answers when it is told to. */
class SlowPage {
  readonly batches: FedBatch[] = [];
  private waiting: ((isThere: boolean) => void)[] = [];
  readonly feed: LogFeed;

  constructor(scope: LogScope = {}) {
    this.feed = new LogFeed(scope, (batch) => {
      this.batches.push(batch);
      return new Promise((resolve) => this.waiting.push(resolve));
    });
  }

  answer(isThere = true): void {
    for (const resolve of this.waiting.splice(0)) resolve(isThere);
  }

  numbers(batch: number): string {
    const lines = this.batches[batch]?.lines ?? [];
    return `${lines[0]?.text} to ${lines.at(-1)?.text}`;
  }
}

const lines = (from: number, to: number, agentId = 'code-gen') =>
  Array.from({ length: to - from }, (_, index) => storedLine(from + index, { agentId }));

describe('The feed of live log lines', () => {
  it('gives a page batches of the lines of its scope', async () => {
    const page = new SlowPage({ agents: ['browser'], level: 'warn' });
    page.feed.take([storedLine(1), storedLine(2, { agentId: 'browser' }), storedLine(3, { agentId: 'browser', level: 'error' })]);
    page.feed.take([storedLine(4, { agentId: 'browser', level: 'warn' })]);
    await until('a batch', () => page.batches.length === 1);
    assert.deepEqual([page.numbers(0), page.batches[0]?.lines.length], ['line 3 to line 4', 2]);
  });

  it('leaves out the oldest lines of a flood, and says how many of each agent', async () => {
    const page = new SlowPage();
    page.feed.take([...lines(0, 1500), ...lines(1500, 2600, 'browser'), ...lines(2600, 5100)]);
    await until('a batch', () => page.batches.length === 1);
    assert.deepEqual(page.batches[0]?.dropped, { 'code-gen': 2800, browser: 1100 });
    assert.equal(page.numbers(0), 'line 3900 to line 5099');
    assert.equal(FEED_PER_SECOND, 40_000);
  });

  it('has one batch on its way at a time, so that a slow page gets the newest', async () => {
    const page = new SlowPage();
    page.feed.take(lines(0, 10));
    await until('the first batch', () => page.batches.length === 1);
    for (let n = 0; n < 30; n++) page.feed.take(lines(10 + n * 1000, 1010 + n * 1000));
    page.answer();
    await until('the second batch', () => page.batches.length === 2);
    assert.equal(page.numbers(1), 'line 28810 to line 30009');
    assert.deepEqual(page.batches[1]?.dropped, { 'code-gen': 28_800 });
  });

  it('sends nothing more to a page that is gone', async () => {
    const page = new SlowPage();
    page.feed.take(lines(0, 10));
    await until('a batch', () => page.batches.length === 1);
    page.answer(false);
    await Promise.resolve();
    page.feed.take(lines(10, 20));
    const other = new SlowPage();
    other.feed.take(lines(0, 10));
    await until('a later batch of another feed', () => other.batches.length === 1);
    assert.equal(page.batches.length, 1);
  });

  it('sends of very long lines the beginning and the size, and holds no more than 4 million characters', async () => {
    const page = new SlowPage();
    page.feed.take(Array.from({ length: 400 }, (_, n) => storedLine(n, { text: 'ü'.repeat(20_000) })));
    await until('a batch', () => page.batches.length === 1);
    const [batch] = page.batches;
    assert.deepEqual([batch?.lines[0]?.text.length, batch?.lines[0]?.bytes, batch?.lines.length], [16_384, 40_000, 244]);
    assert.deepEqual(batch?.dropped, { 'code-gen': 156 });
  });
});
