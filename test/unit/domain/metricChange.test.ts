import assert from 'node:assert/strict';
import type { Metric } from '../../../src/server/domain/evidence';
import type { Finding } from '../../../src/server/domain/finding';
import { changesOf, newFindings, type Run } from '../../../src/server/domain/metricChange';

function run(metrics: Record<string, number | [number, string]>, findings: Finding[] = []): Run {
  const list = Object.entries(metrics).map(([key, given]): Metric => {
    const [category = '', ...name] = key.split('.');
    const [value, unit] = typeof given === 'number' ? [given] : given;
    return { category, name: name.join('.'), value, ...(unit ? { unit } : {}) };
  });
  return { metrics: list, findings };
}

const red = (rule: string, message = 'm', line?: number): Finding => ({
  category: 'tests',
  severity: 'error',
  rule,
  message,
  ...(line ? { line } : {}),
});
const textsOf = (now: Run, before?: Run): string[] => changesOf(now, before).map(({ text }) => text);

describe('The change of metrics', () => {
  it('is told in words, by the direction of each metric', () => {
    const now = run({
      'accessibility.score': 98,
      'performance.score': 71,
      'quality.errors': 2,
      'performance.lcp': [2_600, 'ms'],
      'performance.bytes': [900_000, 'bytes'],
      'performance.cls': 0.013,
      'tests.passed': 38,
      'coverage.lines': [81.5, '%'],
      'accessibility.critical': 1,
      'performance.requests': 9,
      'quality.seo': 90,
      'accessibility.score.index.1280x800': 80,
    });
    const before = run({
      'accessibility.score': 94,
      'performance.score': 83,
      'quality.errors': 5,
      'performance.lcp': [2_480.5, 'ms'],
      'performance.bytes': [1_000_000, 'bytes'],
      'performance.cls': 0.2,
      'tests.passed': 41,
      'coverage.lines': [80, '%'],
      'accessibility.critical': 0,
      'performance.requests': 7,
      'quality.seo': 90,
      'accessibility.score.index.1280x800': 81,
    });
    assert.deepEqual(textsOf(now, before), [
      '+4 better',
      '-12 worse',
      '-3 better',
      '+119.5 ms worse',
      '-100 kB better',
      '-0.187 better',
      '-3 worse',
      '+1.5 better',
      '+1 worse',
      '+2',
      'no change',
      '-1 worse',
    ]);
    assert.deepEqual(changesOf(now, before)[0], {
      category: 'accessibility',
      name: 'score',
      value: 98,
      before: 94,
      delta: 4,
      better: true,
      text: '+4 better',
    });
    assert.equal('better' in (changesOf(now, before)[9] ?? {}), false);
    assert.equal('better' in (changesOf(now, before)[10] ?? {}), false);
  });

  it('is a first run without an accepted one, or without that metric', () => {
    assert.deepEqual(changesOf(run({ 'quality.errors': 3 })), [{ category: 'quality', name: 'errors', value: 3, text: 'first run' }]);
    assert.deepEqual(textsOf(run({ 'quality.errors': 3, 'quality.notes': 1 }), run({ 'quality.notes': 1 })), ['first run', 'no change']);
  });

  it('takes the last value of a metric told twice', () => {
    const twice: Run = { metrics: [...run({ 'a.score': 1 }).metrics, ...run({ 'a.score': 7 }).metrics], findings: [] };
    assert.deepEqual(textsOf(twice, run({ 'a.score': 5 })), ['+2 better']);
    assert.deepEqual(textsOf(run({ 'a.score': 5 }), twice), ['-2 worse']);
  });

  it('counts tests that are newly red, also when as many were mended', () => {
    assert.deepEqual(textsOf(run({ 'tests.failed': 3 }), run({ 'tests.failed': 0 })), ['3 newly red']);
    const [now, before] = [run({ 'tests.failed': 1 }, [red('b')]), run({ 'tests.failed': 1 }, [red('a')])];
    assert.deepEqual(changesOf(now, before)[0], {
      category: 'tests',
      name: 'failed',
      value: 1,
      before: 1,
      delta: 0,
      newlyRed: 1,
      text: '1 newly red',
    });
    assert.deepEqual(textsOf(run({ 'tests.failed': 1 }, [red('a')]), run({ 'tests.failed': 3 }, [red('a'), red('b'), red('c')])), [
      '-2 better',
    ]);
  });

  it('calls no test newly red when the accepted run did not name its red tests', () => {
    assert.deepEqual(textsOf(run({ 'tests.failed': 2 }, [red('a'), red('b')]), run({ 'tests.failed': 2 })), ['no change']);
  });

  it('finds what is new by rule, file and message, wherever it moved', () => {
    const before = [red('a', 'took 120 ms', 3), red('a', 'took 120 ms', 9), { ...red('c'), file: 'x.js' }];
    const now = [red('a', 'took 99 ms', 4), red('a', 'took 5 ms', 8), red('a', 'took 1 ms', 80), { ...red('c'), file: 'y.js' }, red('d')];
    assert.deepEqual(newFindings(now, before), now.slice(2));
    assert.deepEqual(newFindings(now, []), now);
    assert.deepEqual(newFindings([], now), []);
  });
});
