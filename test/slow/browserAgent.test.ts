import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Evidence } from '../../src/server/domain/evidence';
import type { Finding } from '../../src/server/domain/finding';
import { until } from '../support/until';
import { Stage } from '../unit/examples/stage';

const AGENT = resolve('examples/agents/browser/agent.mjs');

describe('the Browser agent', function () {
  this.timeout(60_000);
  const stage = new Stage();
  const site = join(stage.folder, 'site');

  before(async () => {
    cpSync(resolve('examples/workspace'), site, { recursive: true });
    await stage.open();
  });
  after(() => stage.close());
  afterEach(() => stage.dismiss());

  it('hands in pictures, accessibility, speed and code quality of two pages in two sizes', async () => {
    stage.agent(process.execPath, [AGENT]);
    const taskId = await stage.create('Check index.html and login.html.', 'Browser', site);
    const { task, results } = await stage.ended(taskId, 50_000);
    assert.equal(task.status, 'completed', task.error?.message);
    const evidence = task.attempts[0]?.evidence ?? [];
    const of = (kind: string) => evidence.filter((item) => item.kind === kind);

    const pictures = of('screenshot').map((item) => ({
      ...pngSize(stage.bytes(item)),
      name: item.name,
      viewport: item.viewport,
      mime: item.mime,
    }));
    const sizes = [
      { width: 1280, height: 800 },
      { width: 390, height: 844 },
    ];
    assert.deepEqual(
      pictures,
      ['index', 'login'].flatMap((name) => sizes.map((viewport) => ({ ...viewport, name, viewport, mime: 'image/png' }))),
    );

    const metricsOf = (items: readonly Evidence[]): Map<string, number> =>
      new Map(items.flatMap((item) => (item.metrics ?? []).map(({ category, name, value }) => [`${category}.${name}`, value])));
    const metrics = metricsOf(of('metrics'));
    const value = (name: string): number => metrics.get(name) ?? Number.NaN;
    for (const page of ['index', 'login']) {
      for (const size of ['1280x800', '390x844']) {
        const [load, lcp] = [value(`performance.load.${page}.${size}`), value(`performance.lcp.${page}.${size}`)];
        assert.ok(load > 0 && load < 30_000, `load ${load}`);
        assert.ok(lcp > 0 && lcp < 30_000, `lcp ${lcp}`);
        const cls = value(`performance.cls.${page}.${size}`);
        assert.ok(cls >= 0 && cls < 1, `cls ${cls}`);
      }
    }
    // index.html names four pictures, its icon, a style sheet and a script; their sizes on disk are known.
    assert.ok(value('performance.requests.index.1280x800') >= 8);
    assert.ok(value('performance.bytes.index.1280x800') > 10_000 && value('performance.bytes.index.1280x800') < 100_000);
    const worst = of('metrics').at(-1);
    assert.equal(worst?.name, 'worst of all pages');
    assert.equal(worst, evidence.at(-1), 'what the tower judges by comes last');
    assert.equal(value('accessibility.score'), 83);
    const claims = of('metrics').filter(({ metrics: list }) => list?.some(({ category }) => category === 'accessibility'));
    assert.deepEqual(claims, [worst], 'only the worst of all is claimed; the rest is read from the reports');

    const reports = of('report').filter(({ name }) => name.startsWith('axe '));
    assert.equal(reports.length, 4);
    // The flaws that the sample site has on purpose: a picture without a text, a button without a name, pale text on both pages.
    for (const report of reports) {
      assert.equal(report.measured, true);
      const read = metricsOf([report]);
      assert.equal(read.get('accessibility.critical'), 1);
      assert.equal(read.get('accessibility.serious'), 1);
      assert.equal(read.get('accessibility.score'), 83);
      for (const name of read.keys()) assert.ok(metrics.has(name), `the worst ${name} is not told`);
    }
    const axe = JSON.parse(stage.bytes(reports[0]).toString()) as { violations: { id: string }[] };
    assert.deepEqual(axe.violations.map(({ id }) => id).sort(), ['color-contrast', 'image-alt']);

    const eslint = evidence.find(({ name }) => name === 'eslint');
    assert.ok(eslint?.findings);
    assert.equal(eslint.measured, true);
    assert.deepEqual(Object.fromEntries(metricsOf([eslint])), {
      'quality.errors': 0,
      'quality.warnings': 1,
      'quality.fixable-errors': 0,
      'quality.fixable-warnings': 0,
    });
    // The one that the sample site has on purpose.
    const [finding, ...more] = JSON.parse(stage.bytes({ ...eslint, sha256: eslint.findings.sha256 }).toString()) as Finding[];
    assert.deepEqual(more, []);
    assert.deepEqual([finding?.file, finding?.rule, finding?.severity], ['script.js', 'no-unused-vars', 'warning']);
    assert.match(results[1] ?? '', /^Code: 0 errors and 1 warning in 1 script\.$/m);
    assert.match(results[1] ?? '', /^Looked at 2 pages in 2 sizes\.\nindex\.html: accessibility 83 of 100 \(1 critical, 1 serious\)/);
    const levels = new Set((await stage.logs(taskId)).map(({ level }) => level));
    for (const level of ['debug', 'info', 'warn'] as const) assert.ok(levels.has(level), `no log line of level ${level}`);
  });

  it('stops within 2 s of a cancel', async () => {
    stage.agent(process.execPath, [AGENT]);
    const taskId = await stage.create('Check index.html and login.html.', 'Browser', site);
    await until('a first picture', () => stage.task(taskId).attempts[0]?.evidence[0], 30_000);
    const asked = performance.now();
    await stage.cancel(taskId);
    const { task, results } = await stage.ended(taskId);
    assert.ok(performance.now() - asked < 2000);
    assert.equal(task.status, 'cancelled');
    assert.equal(results[1], undefined);
  });

  for (const { what, prompt, env, says } of [
    { what: 'a page is missing', prompt: 'Check nowhere.html', env: {}, says: /^nowhere\.html answered 404\. Check .*then retry\.$/ },
    {
      what: 'nobody serves the address',
      prompt: 'Check http://127.0.0.1:1024/',
      env: {},
      says: /^http:\/\/127\.0\.0\.1:1024\/ could not be opened .*then retry\.$/,
    },
    { what: 'the prompt names no page', prompt: 'Make it nicer', env: {}, says: /names no page\. Write an address .*then retry\.$/ },
    {
      what: 'there is no Chromium',
      prompt: 'Check index.html',
      env: { CHROMIUM_PATH: '/nowhere/chromium' },
      says: /cannot be run\. Correct it, then restart this agent\.$/,
    },
  ])
    it(`says what to do when ${what}`, async () => {
      stage.agent(process.execPath, [AGENT], env);
      const taskId = await stage.create(prompt, 'Browser', site);
      const error = await until('an error', () => stage.task(taskId).attempts[0]?.error, 30_000);
      assert.match(error.message, says);
      await stage.cancel(taskId).catch(() => undefined);
    });

  it('goes on with its attempt when the tower comes back', async () => {
    stage.agent(process.execPath, [AGENT]);
    const taskId = await stage.create('Check index.html and login.html.', 'Browser', site);
    await until('a first picture', () => stage.task(taskId).attempts[0]?.evidence[0], 30_000);
    await stage.shut();
    await stage.open();
    const { task } = await stage.ended(taskId, 40_000);
    assert.equal(task.status, 'completed', task.error?.message);
    assert.equal(task.attempts.length, 1);
    const labels = task.attempts[0]?.evidence.map(({ kind, name, viewport }) => `${kind} ${name} ${viewport?.width ?? ''}`) ?? [];
    assert.equal(labels.length, 14);
    assert.equal(new Set(labels).size, 14, 'no evidence is lost or counted twice');
  });
});

/** The size in the header of a PNG (PNG specification, §11.2.2 IHDR). */
function pngSize(png: Buffer): { width: number; height: number } {
  assert.equal(png.subarray(0, 8).toString('latin1'), '\x89PNG\r\n\x1a\n');
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20) };
}
