import assert from 'node:assert/strict';
import { readReport } from '../../src/server/proof/reports/readReport';

const MIB = 1024 * 1024;

/** Repeats what `make` gives until it has 40 MiB. */
function fortyMiB(make: (n: number) => string, separator: string): { text: string; parts: number } {
  const parts: string[] = [];
  for (let size = 0; size < 40 * MIB; size += (parts.at(-1) ?? '').length + separator.length) parts.push(make(parts.length));
  return { text: parts.join(separator), parts: parts.length };
}

/** Reads within a time, ms, that a slow machine keeps too, and that nothing quadratic would. */
function readIn(ms: number, bytes: Buffer): NonNullable<ReturnType<typeof readReport>> {
  const started = performance.now();
  const report = readReport(bytes, { root: '/shop' });
  const took = performance.now() - started;
  assert.ok(report);
  assert.ok(took < ms, `took ${Math.round(took)} ms`);
  assert.ok(report.findings.length <= 2_000);
  return report;
}

describe('Reports of 40 MiB', () => {
  it('are read within seconds: ESLint', () => {
    const { text, parts } = fortyMiB(
      (n) =>
        `{"ruleId":"no-var","severity":2,"message":"Unexpected var, use let or const instead.","line":${n + 1},"column":1,"fix":{"range":[0,1],"text":""}}`,
      ',',
    );
    const report = readIn(8_000, Buffer.from(`[{"filePath":"/shop/a.js","messages":[${text}]}]`));
    assert.equal(report.findingCount, parts);
    assert.equal(report.metrics.find(({ name }) => name === 'fixable-errors')?.value, parts);
  });

  it('are read within seconds: SARIF with as many rules as results, found by their ids', () => {
    const rules = Array.from({ length: 20_000 }, (_, n) => `{"id":"rule-${n}","defaultConfiguration":{"level":"error"}}`).join(',');
    const { text, parts } = fortyMiB(
      (n) =>
        `{"ruleId":"rule-${n % 20_000}","message":{"text":"Found"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.js"},"region":{"startLine":1}}}]}`,
      ',',
    );
    const report = readIn(8_000, Buffer.from(`{"version":"2.1.0","runs":[{"tool":{"driver":{"rules":[${rules}]}},"results":[${text}]}]}`));
    assert.equal(report.metrics.find(({ name }) => name === 'errors')?.value, parts);
  });

  it('are read within seconds: axe-core with a help text of a megabyte for every element', () => {
    const { text, parts } = fortyMiB(() => '{"target":["#a"]}', ',');
    const help = 'h'.repeat(MIB);
    const report = readIn(
      8_000,
      Buffer.from(`{"testEngine":{},"passes":[],"violations":[{"id":"x","impact":"minor","help":"${help}","nodes":[${text}]}]}`),
    );
    assert.equal(report.findingCount, parts);
  });

  it('are read within seconds: JUnit', () => {
    const { text, parts } = fortyMiB(
      (n) =>
        `<testcase name="does ${n} &lt;b&gt;" classname="shop" time="0.01"><failure message="no">at run (src/a.ts:${n}:3)\n${'x'.repeat(200)}</failure></testcase>`,
      '\n',
    );
    const report = readIn(15_000, Buffer.from(`<testsuites><testsuite name="s">${text}</testsuite></testsuites>`));
    assert.equal(report.findingCount, parts);
  });

  it('are read within seconds: lcov', () => {
    const { text, parts } = fortyMiB(
      (n) =>
        `SF:src/${n}.js\nFNDA:1,run\n${Array.from({ length: 50 }, (_, line) => `DA:${line + 1},${line % 2}`).join('\n')}\nend_of_record`,
      '\n',
    );
    const report = readIn(8_000, Buffer.from(text));
    assert.equal(report.findingCount, parts);
    assert.equal(report.metrics[0]?.value, 50);
  });
});
