import assert from 'node:assert/strict';
import { ago, bytes, clock, coarse, cost, count, duration, percent, plural, tokens } from '../../../src/server/domain/format';
import { AFTERNOON, DAY, HOUR, MINUTE, SECOND } from '../../support/scene';

const all = <T>(format: (value: T) => string, values: T[]): string => values.map((value) => format(value)).join(' | ');

describe('A format', () => {
  it('of a duration shows its two largest units', () => {
    const values = [-5, 0, 840, 999.7, 4_260, 9_999, 10 * SECOND, 45 * SECOND, 59_999, 2 * MINUTE + 15 * SECOND, 3 * MINUTE + 4 * SECOND];
    assert.equal(all(duration, values), '0ms | 0ms | 840ms | 999ms | 4.2s | 9.9s | 10s | 45s | 59s | 2m 15s | 3m 04s');
    assert.equal(all(duration, [HOUR + 5 * MINUTE, DAY - 1, 3 * DAY + 4 * HOUR, 40 * DAY]), '1h 05m | 23h 59m | 3d 4h | 40d 0h');
  });

  it('of a time in a tree steps by the minute and never shows seconds', () => {
    assert.equal(all(coarse, [-1, 0, MINUTE - 1, MINUTE, 12 * MINUTE, 3 * HOUR, 2 * DAY]), '<1m | <1m | <1m | 1m | 12m | 3h | 2d');
  });

  it('of the past is the date after a week, and never lies in the future', () => {
    const past = (ms: number): string => ago(AFTERNOON - ms, AFTERNOON, 'en-GB');
    assert.equal(all(past, [-MINUTE, 0, 12 * MINUTE, 3 * HOUR, 2 * DAY]), '<1m ago | <1m ago | 12m ago | 3h ago | 2d ago');
    assert.equal(past(7 * DAY - 1), '6d ago');
    assert.equal(past(20 * DAY), '3 Nov');
  });

  it('of a time of day follows the locale and names the day when it is another', () => {
    const at = new Date(2026, 10, 23, 14, 5).getTime();
    assert.equal(clock(at, AFTERNOON, 'en-GB'), '14:05');
    assert.equal(clock(at, AFTERNOON, 'en-US').replace(/\s/, ' '), '02:05 PM');
    assert.equal(clock(at - DAY, AFTERNOON, 'en-GB'), '22 Nov 14:05');
  });

  it('of a share says 100% only when that is exact', () => {
    assert.equal(all(percent, [0, 0.004, 0.62, 0.999, 1]), '0% | 0% | 62% | 99% | 100%');
  });

  it('of a count groups thousands', () => {
    assert.equal(all(count, [0, 999, 1204, 1_000_000]), '0 | 999 | 1,204 | 1,000,000');
    assert.equal(
      all((value: number) => plural(value, 'task'), [0, 1, 2, 1204]),
      '0 tasks | 1 task | 2 tasks | 1,204 tasks',
    );
  });

  it('of tokens is compact above 9,999', () => {
    const values = [1, 2, 9_999, 10_000, 41_237, 999_949, 999_950, 12_340_000];
    assert.equal(
      all(tokens, values),
      '1 token | 2 tokens | 9,999 tokens | 10.0k tokens | 41.2k tokens | 999.9k tokens | 1.0M tokens | 12.3M tokens',
    );
  });

  it('of bytes counts in thousands and has at most three digits', () => {
    const values = [0, 840, 999, 1000, 1_100_000, 12_345_678, 345_600_000, 999_600, 999_999_999, 2_500_000_000_000];
    assert.equal(all(bytes, values), '0 B | 840 B | 999 B | 1.0 kB | 1.1 MB | 12.3 MB | 346 MB | 1.0 MB | 1.0 GB | 2500 GB');
  });

  it('of money has two decimals from $1 and two digits below, and says unknown for what is not known', () => {
    const values = [undefined, 0, 0.0004, 0.001, 0.042, 0.1, 0.12, 0.996, 1, 3.18];
    assert.equal(all(cost, values), 'unknown | $0.00 | <$0.001 | $0.0010 | $0.042 | $0.10 | $0.12 | $1.00 | $1.00 | $3.18');
  });
});
