import assert from 'node:assert/strict';
import type { Metric } from '../../../src/server/domain/evidence';
import { findingGroups, placeText } from '../../../src/webviews/evidence/findingGroups';
import { metricRows } from '../../../src/webviews/evidence/metricRows';
import { modelOf } from '../../../src/webviews/evidence/panelModel';
import { FIRST_STATE } from '../../../src/webviews/evidence/panelState';
import { sparkPoints } from '../../../src/webviews/evidence/sparkline';
import { PanelScene } from '../../support/panelScene';

const metric = (key: string, value: number, unit?: string): Metric => {
  const [category = '', name = ''] = key.split('.');
  return { category, name, value, ...(unit ? { unit } : {}) };
};

function rowsOf(metrics: Metric[], accepted: Metric[], requires: string[] = []): string[] {
  const scene = new PanelScene('Measure', { requires });
  scene.hand(scene.start(), { kind: 'metrics', name: 'all', metrics, measured: true });
  scene.accepted = accepted;
  const { proof, reports } = modelOf(scene.proof(), FIRST_STATE, 1200);
  return metricRows(proof, reports).map(({ title, value, change, limit, state }) =>
    [title, value, change.text, limit ?? '', state].join(' | '),
  );
}

describe('The metrics of the Evidence panel', () => {
  it('put the score of a category first, and name the rest below it', () => {
    assert.deepEqual(rowsOf([metric('accessibility.minor', 2), metric('accessibility.score', 98)], [metric('accessibility.score', 94)]), [
      'Accessibility | 98 | +4 better |  | none',
      'minor | 2 | first run |  | none',
    ]);
  });

  it('say by the direction of each metric whether it is better or worse', () => {
    const now = [
      metric('performance.score', 71),
      metric('performance.lcp', 2600, 'ms'),
      metric('performance.bytes', 900_000, 'bytes'),
      metric('performance.requests', 9),
    ];
    const before = [
      metric('performance.score', 83),
      metric('performance.lcp', 2480, 'ms'),
      metric('performance.bytes', 1_000_000, 'bytes'),
      metric('performance.requests', 7),
    ];
    assert.deepEqual(rowsOf(now, before), [
      'Performance | 71 | -12 worse |  | none',
      'lcp | 2.6s | +120 ms worse |  | none',
      'bytes | 900 kB | -100 kB better |  | none',
      'requests | 9 | +2 |  | none',
    ]);
  });

  it('tell tests as how many of all are green, and what has turned red', () => {
    const tests = (passed: number, failed: number): Metric[] => [metric('tests.passed', passed), metric('tests.failed', failed)];
    assert.equal(rowsOf(tests(38, 3), tests(41, 0), ['tests:pass'])[0], 'Tests | 38/41 | 3 newly red | pass | failed');
    assert.equal(rowsOf(tests(41, 0), tests(38, 3), ['tests:pass'])[0], 'Tests | 41/41 | 3 green again | pass | met');
  });

  it('hold a limit against the metric it is about', () => {
    const values = [metric('coverage.lines', 81.5, '%'), metric('quality.score', 80), metric('quality.errors', 0)];
    assert.deepEqual(rowsOf(values, [], ['metric:quality>=90', 'metric:quality.errors<=0', 'metric:coverage>=80']), [
      'Coverage: lines | 81.5% | first run | >= 80 | met',
      'Quality | 80 | first run | >= 90 | failed',
      'errors | 0 | first run | <= 0 | met',
    ]);
  });

  it('gather findings by rule, the worst first', () => {
    const scene = new PanelScene('Measure');
    const id = scene.hand(scene.start(), { kind: 'report', name: 'eslint.json', measured: true });
    const finding = (rule: string, severity: 'error' | 'warning', line: number) =>
      ({ category: 'quality', severity, rule, message: 'm', file: 'a.js', line }) as const;
    scene.findings.set(id, [finding('eqeqeq', 'warning', 1), finding('no-undef', 'error', 2), finding('eqeqeq', 'warning', 3)]);
    const { groups, total } = findingGroups(modelOf(scene.proof(), FIRST_STATE, 1200).reports, 'quality');
    assert.deepEqual(
      groups.map(({ rule, findings }) => `${rule} ${findings.length} ${placeText(findings[0]!.finding) ?? ''}`),
      ['no-undef 1 a.js:2', 'eqeqeq 2 a.js:1'],
    );
    assert.equal(total, 3);
    assert.deepEqual(findingGroups([], 'quality'), { groups: [], shown: 0, total: 0 });
  });

  it('tell which findings the last accepted run did not have, wherever their lines moved', () => {
    const scene = new PanelScene('Measure');
    const id = scene.hand(scene.start(), { kind: 'report', name: 'eslint.json', measured: true });
    const finding = (line: number, message: string) =>
      ({ category: 'quality', severity: 'error', rule: 'no-undef', message, file: 'a.js', line }) as const;
    scene.findings.set(id, [finding(2, 'a'), finding(9, 'b')]);
    const fresh = (): (boolean | undefined)[] => {
      const { reports, proof } = modelOf(scene.proof(), FIRST_STATE, 1200);
      return findingGroups(reports, 'quality', proof.accepted).groups.flatMap(({ findings }) => findings.map(({ isNew }) => isNew));
    };
    assert.deepEqual(fresh(), [false, false]);
    scene.accepted = [metric('quality.errors', 1)];
    scene.acceptedFindings = [finding(1, 'a')];
    assert.deepEqual(fresh(), [false, true]);
  });

  it('draw a trend in its box, and a flat one in the middle', () => {
    assert.equal(sparkPoints([0, 10, 5], 72, 14), '0,14 36,0 72,7');
    assert.equal(sparkPoints([3, 3, 3], 72, 14), '0,7 36,7 72,7');
  });
});
