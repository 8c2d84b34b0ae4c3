import assert from 'node:assert/strict';
import { HumanError } from '../../../src/server/base/errors';
import { Metric } from '../../../src/server/domain/evidence';
import { Finding } from '../../../src/server/domain/finding';
import { cleanText } from '../../../src/server/domain/text';
import { readReport } from '../../../src/server/proof/reports/readReport';
import { corpus, fixtures, type Target } from '../target';

/** Reports of axe-core, Lighthouse, SARIF, JUnit, lcov, Cobertura and ESLint. */
export function reports(): Target {
  return {
    name: 'reports',
    // Small pieces, so that a change meets what matters and a round is short.
    seeds: [...fixtures('reports').filter(({ length }) => length < 64 * 1024), ...corpus('reports')],
    mutate: (mutator, seed, other) => {
      if (mutator.rarely(4)) return mutator.bytes(seed, other);
      return Buffer.from(mutator.jsonText(seed.toString('utf8'), other.toString('utf8')));
    },
    read: (input) => {
      try {
        const report = readReport(input, { name: 'eslint.json', root: '/home/ada/shop' });
        if (!report) return;
        for (const finding of report.findings) Finding.parse(finding);
        for (const metric of report.metrics) Metric.parse(metric);
        assert.ok(Number.isSafeInteger(report.findingCount) && report.findingCount >= report.findings.length);
      } catch (error) {
        assert.ok(error instanceof HumanError, error instanceof Error ? error.stack : String(error));
        assert.match(error.message, /^[^\n]{20,400}$/);
        assert.equal(cleanText(error.message), error.message);
      }
    },
  };
}
