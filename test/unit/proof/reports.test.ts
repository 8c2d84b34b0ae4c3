import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Metric } from '../../../src/server/domain/evidence';
import { Finding } from '../../../src/server/domain/finding';
import type { ReadReport } from '../../../src/server/domain/ports';
import { readReport, type ReportHint } from '../../../src/server/proof/reports/readReport';

const FIXTURES = join(__dirname, '..', '..', '..', '..', 'test', 'fixtures', 'reports');
const ROOT = '/home/ada/shop';

const bytesOf = (name: string): Buffer => readFileSync(join(FIXTURES, name));

/** Reads a report and holds its metrics and findings against the contract. */
function read(bytes: Uint8Array | string, hint: ReportHint = { root: ROOT }): ReadReport {
  const report = readReport(bytes, hint);
  assert.ok(report, 'not recognised');
  for (const metric of report.metrics) Metric.parse(metric);
  for (const finding of report.findings) assert.deepEqual(Finding.parse(finding), finding);
  return report;
}

const metricsOf = ({ metrics }: ReadReport): Record<string, number | string> =>
  Object.fromEntries(metrics.map(({ category, name, value, unit }) => [`${category}.${name}`, unit ? `${value} ${unit}` : value]));

/** `error no-var src/cart.js:2:1`, one line a finding. */
const linesOf = ({ findings }: ReadReport): string[] =>
  findings.map(({ severity, rule, file, line, column }) =>
    [severity, rule, [file, line, column].filter(Boolean).join(':')].join(' ').trim(),
  );

const messageOf = (report: ReadReport, rule: string): string | undefined =>
  report.findings.find((finding) => finding.rule === rule)?.message;

describe('Reports', () => {
  it('reads what axe-core 4.14 says of a page', () => {
    const report = read(bytesOf('axe.json'));
    assert.equal(report.format, 'axe-core');
    // Broken: color-contrast 7, heading-order 3, html-has-lang 7, image-alt 10 (two elements), link-name 7.
    assert.deepEqual(metricsOf(report), {
      'accessibility.score': 100 - 34,
      'accessibility.critical': 2,
      'accessibility.serious': 3,
      'accessibility.moderate': 1,
      'accessibility.minor': 0,
      'accessibility.incomplete': 1,
    });
    assert.equal(report.findingCount, 7);
    assert.deepEqual(linesOf(report), [
      'error color-contrast',
      'error html-has-lang',
      'error image-alt',
      'error image-alt',
      'error link-name',
      'warning heading-order',
      'info color-contrast',
    ]);
    assert.match(messageOf(report, 'link-name') ?? '', /^Links must have discernible text: a$/);
    assert.match(report.findings.at(-1)?.message ?? '', /^To check by hand: /);
    assert.match(report.findings[0]?.helpUrl ?? '', /^https:\/\/dequeuniversity\.com\/rules\/axe\//);
  });

  it('takes the worst score and all elements of several pages', () => {
    const page = (impact: string, count: number, url: string): unknown => ({
      testEngine: { name: 'axe-core' },
      url,
      violations: [{ id: 'x', impact, help: 'Help', nodes: Array.from({ length: count }, () => ({ target: [['#host', 'a'], 'b'] })) }],
      passes: [],
      incomplete: [],
    });
    const report = read(
      JSON.stringify([page('minor', 4, 'file:///home/ada/shop/a%20b.html?q#h'), page('critical', 2, 'http://localhost/')]),
    );
    assert.equal(metricsOf(report)['accessibility.score'], 90);
    assert.equal(metricsOf(report)['accessibility.critical'], 2);
    assert.equal(metricsOf(report)['accessibility.minor'], 4);
    assert.deepEqual(linesOf(report).slice(1, 4), ['error x', 'info x a b.html', 'info x a b.html']);
    assert.equal(messageOf(report, 'x'), 'Help: #host a b');
  });

  it('gives a page on which no axe rule ran no score', () => {
    const report = read(JSON.stringify({ testEngine: { name: 'axe-core' }, violations: [], passes: [], incomplete: [] }));
    assert.deepEqual(report.metrics, []);
  });

  it('reads scores, times and failed audits of Lighthouse', () => {
    const report = read(bytesOf('lighthouse.json'));
    assert.equal(report.format, 'Lighthouse');
    assert.deepEqual(metricsOf(report), {
      'performance.score': 71,
      'accessibility.score': 93,
      'quality.best-practices': 96,
      'quality.seo': 100,
      'performance.fcp': '1205.457 ms',
      'performance.lcp': '4650 ms',
      'performance.tbt': '290 ms',
      'performance.cls': 0.012,
      'performance.speed-index': '2890.1 ms',
    });
    assert.deepEqual(linesOf(report), [
      'error color-contrast',
      'warning largest-contentful-paint',
      'warning errors-in-console',
      'info total-blocking-time',
    ]);
    assert.equal(messageOf(report, 'total-blocking-time'), 'Total Blocking Time: 290 ms');
    assert.equal(report.findings[0]?.helpUrl, 'https://dequeuniversity.com/rules/axe/4.10/color-contrast');
  });

  it('says why a Lighthouse run failed and gives it no scores', () => {
    const failed = JSON.parse(bytesOf('lighthouse.json').toString()) as Record<string, unknown>;
    const report = read(JSON.stringify({ ...failed, runtimeError: { code: 'NO_FCP', message: 'The page did not paint.' } }));
    assert.deepEqual(report.metrics, []);
    assert.deepEqual(linesOf(report), ['error NO_FCP']);
  });

  it('reads SARIF: levels, rules, bases and placeholders, without what is suppressed, gone or passed', () => {
    const report = read(bytesOf('scan.sarif'));
    assert.equal(report.format, 'SARIF');
    assert.deepEqual(metricsOf(report), { 'quality.errors': 3, 'quality.warnings': 3, 'quality.notes': 3 });
    assert.deepEqual(linesOf(report), [
      'error js/sql-injection src/db.js:14:9',
      'error js/sql-injection',
      'error tool-failed',
      'warning js/extra',
      'warning js/sql-injection/inner',
      'warning unknown',
      'info js/unused lib/order form.js:3',
      'info js/unused',
      'info manual',
    ]);
    assert.equal(messageOf(report, 'js/unused'), 'Unused variable total.');
    assert.equal(messageOf(report, 'tool-failed'), 'Crasher says that it did not finish.');
    assert.equal(report.findings[1]?.message, 'Suppression still under review.');
    assert.equal(report.findings[4]?.helpUrl, report.findings[0]?.helpUrl);
  });

  it('reads the JUnit XML of Node: passed, failed, skipped, and where it broke', () => {
    const report = read(bytesOf('junit-node.xml'));
    assert.equal(report.format, 'JUnit');
    assert.deepEqual(metricsOf(report), {
      'tests.passed': 1,
      'tests.failed': 2,
      'tests.errors': 0,
      'tests.skipped': 1,
      'tests.duration': '4.217 ms',
    });
    assert.deepEqual(linesOf(report), [
      'error cart › knows &quot;free&quot; & <cheap> test/cart.test.mjs:6:45',
      'error cart › breaks down test/cart.test.mjs:9:11',
    ]);
    assert.equal(messageOf(report, 'cart › breaks down'), 'order is undefined');
  });

  it('reads the XUnit of Mocha, which calls failures errors', () => {
    const report = read(bytesOf('junit-mocha.xml'));
    assert.deepEqual(metricsOf(report), {
      'tests.passed': 1,
      'tests.failed': 2,
      'tests.errors': 0,
      'tests.skipped': 1,
      'tests.duration': '2 ms',
    });
    assert.deepEqual(
      report.findings.map(({ file }) => file),
      ['m.test.cjs', 'm.test.cjs'],
    );
  });

  it('reads the JUnit XML of pytest, nested, with CDATA and errors', () => {
    const report = read(bytesOf('junit-pytest.xml'));
    assert.deepEqual(metricsOf(report), {
      'tests.passed': 2,
      'tests.failed': 2,
      'tests.errors': 1,
      'tests.skipped': 1,
      'tests.duration': '1234567 ms',
    });
    assert.deepEqual(linesOf(report), [
      'error tests.test_cart › test_total[1 < 2] tests/test_cart.py:11',
      'error tests.test_cart › test_order tests/conftest.py:31',
    ]);
    assert.equal(messageOf(report, 'tests.test_cart › test_order'), 'failed on setup with "OSError: no network"');
  });

  it('is never greener than the suites say', () => {
    const crashed = read('<testsuites><testsuite name="s" tests="3" failures="1" errors="2"><testcase name="a"/></testsuite></testsuites>');
    assert.deepEqual(metricsOf(crashed), {
      'tests.passed': 1,
      'tests.failed': 3,
      'tests.errors': 2,
      'tests.skipped': 0,
      'tests.duration': '0 ms',
    });
    assert.deepEqual(linesOf(crashed), ['error s']);
    const summary = read('<testsuite name="s" tests="10" failures="1" skipped="2" time="1.5"/>');
    assert.deepEqual(metricsOf(summary), {
      'tests.passed': 7,
      'tests.failed': 1,
      'tests.errors': 0,
      'tests.skipped': 2,
      'tests.duration': '1500 ms',
    });
    const disabled = read('<testsuite><testcase name="a" status="notrun"/><testcase name="b" status="run"/></testsuite>');
    assert.deepEqual([metricsOf(disabled)['tests.passed'], metricsOf(disabled)['tests.skipped']], [1, 1]);
  });

  it('reads the lcov of Node', () => {
    const report = read(bytesOf('lcov.info'));
    assert.equal(report.format, 'lcov');
    // 16 of 20 lines, 2 of 3 functions, 3 of 6 branches; 66.67 would be rounded up.
    assert.deepEqual(metricsOf(report), { 'coverage.lines': '80 %', 'coverage.functions': '66.66 %', 'coverage.branches': '50 %' });
    assert.deepEqual(linesOf(report), ['info lines-not-run src/cart.js']);
    assert.equal(report.findings[0]?.message, '16 of 20 lines are run by tests.');
  });

  it('merges lcov records of one file, keeps functions of one name apart, and lists the worst file first', () => {
    const report = read(
      [
        '# a comment\nTN:unit\nSF:a.js\nFN:1,new\nFN:5,new\nFNDA:1,new\nFNDA:0,new\nDA:1,1\nDA:2,0\nDA:3,0\nDA:4,0\nend_of_record',
        'TN:e2e\nSF:a.js\nFNA:0,0,new\nFNA:1,2,new\nDA:1,0\nDA:2,7,abc\nDA:3,-1\nDA:4,=====\nBRDA:2,0,0,-\nBRDA:2,e0,1,3\nend_of_record',
        'SF:b.js\nLF:10\nLH:1\nFNF:2\nFNH:2\nBRF:0\nBRH:0\nend_of_record',
        'SF:c.js\nDA:1,1\nLF:2\nLH:2\nend_of_record\n',
      ].join('\r\n'),
    );
    // Lines: a 2 of 4, b 1 of 10, c 1 of 2. Functions: a 2 of 2, b 2 of 2. Branches: a 1 of 2.
    assert.deepEqual(metricsOf(report), { 'coverage.lines': '25 %', 'coverage.functions': '100 %', 'coverage.branches': '50 %' });
    assert.deepEqual(linesOf(report), ['info lines-not-run b.js', 'info lines-not-run a.js', 'info lines-not-run c.js']);
  });

  it('reads Cobertura with the DOCTYPE that istanbul writes', () => {
    const report = read(bytesOf('cobertura.xml'));
    assert.equal(report.format, 'Cobertura');
    // 5 of 8 lines, 2 of 3 methods, 3 of 6 conditions.
    assert.deepEqual(metricsOf(report), { 'coverage.lines': '62.5 %', 'coverage.functions': '66.66 %', 'coverage.branches': '50 %' });
    assert.deepEqual(linesOf(report), ['info lines-not-run src/cart.js', 'info lines-not-run src/order.js']);
    assert.deepEqual(linesOf(read(bytesOf('cobertura.xml'), {})), linesOf(report));
  });

  it('takes the sums of a Cobertura report without lines, and no rate that was not measured', () => {
    const rates = (attributes: string): ReadReport => read(`<coverage ${attributes}><packages/></coverage>`);
    const sums = rates('line-rate="0.9" lines-covered="1" lines-valid="3" branch-rate="0" branches-valid="0" branches-covered="0"');
    assert.deepEqual(metricsOf(sums), { 'coverage.lines': '33.33 %' });
    assert.deepEqual(metricsOf(rates('line-rate="0.875" branch-rate="0.5"')), { 'coverage.lines': '87.5 %', 'coverage.branches': '50 %' });
  });

  it('reads the JSON of ESLint without suppressed problems', () => {
    const report = read(bytesOf('eslint.json'));
    assert.equal(report.format, 'ESLint');
    assert.deepEqual(metricsOf(report), {
      'quality.errors': 4,
      'quality.warnings': 2,
      'quality.fixable-errors': 2,
      'quality.fixable-warnings': 0,
    });
    assert.deepEqual(linesOf(report), [
      'error fatal src/broken.js:1:18',
      'error no-var src/cart.js:2:1',
      'error no-debugger src/cart.js:6:3',
      'error no-extra-boolean-cast src/cart.js:18:7',
      'warning no-unused-vars src/cart.js:1:7',
      'warning eqeqeq src/cart.js:5:13',
    ]);
  });

  it('leaves absolute files out without a root', () => {
    assert.deepEqual(linesOf(read(bytesOf('eslint.json'), {})).slice(0, 2), ['error fatal', 'error no-var']);
  });

  it('knows reports by their content, whatever they are called', () => {
    assert.equal(read(bytesOf('eslint.json'), { name: 'junit.xml', mime: 'text/xml' }).format, 'ESLint');
    const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(bytesOf('junit-pytest.xml').toString(), 'utf16le')]);
    assert.equal(metricsOf(read(utf16))['tests.failed'], 2);
    const latin = Buffer.from(
      '<?xml version="1.0" encoding="ISO-8859-1"?><testsuite><testcase name="Größe"><failure/></testcase></testsuite>',
      'latin1',
    );
    assert.deepEqual(linesOf(read(latin)), ['error Größe']);
    assert.equal(read(`\ufeff${bytesOf('scan.sarif').toString()}`).format, 'SARIF');
  });
});
