import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readAxe } from '../../../src/server/proof/reports/axe';
import { readEslint } from '../../../src/server/proof/reports/eslint';
import { until } from '../../support/until';

type Found = { label: string; name: string; url?: string; file?: string };
type Look = {
  label: string;
  name: string;
  size: string;
  accessibility: Record<string, number>;
  performance: Record<string, number | undefined>;
};
type Rule = { id: string; impact: string | null; nodes: unknown[] };
type AxeReport = { violations: Rule[]; incomplete: Rule[]; passes: Rule[] };
type Metric = { category: string; name: string; value: number; unit?: string };

/** The agent's own files, as they are run: plain JavaScript, so their types are said here. */
async function part<T>(name: string): Promise<T> {
  return (await import(resolve('examples/agents/browser', name))) as T;
}

describe('the Browser agent finds its pages in a prompt', () => {
  let pagesIn: (prompt: string) => Found[];
  before(async () => {
    ({ pagesIn } = await part<{ pagesIn: typeof pagesIn }>('pages.mjs'));
  });

  it('reads addresses and file names, in order and each once', () => {
    const pages = pagesIn('Check index.html, then https://example.com/shop/cart?x=1. And index.html again (or login.html).');
    assert.deepEqual(
      pages.map(({ label, name }) => [label, name]),
      [
        ['index.html', 'index'],
        ['https://example.com/shop/cart?x=1', 'shop-cart'],
        ['login.html', 'login'],
      ],
    );
  });

  it('gives two pages of the same name different names, and passes over what is no address', () => {
    assert.deepEqual(
      pagesIn('http://a.test/x http://b.test/x http://[').map(({ name }) => name),
      ['x', 'x-2'],
    );
  });

  it('finds none where none is named', () => assert.deepEqual(pagesIn('Make it nicer.'), []));
});

describe('the Browser agent scores accessibility', () => {
  let metrics: {
    accessibility(report: AxeReport): Record<string, number>;
    metricsOf(values: Partial<Pick<Look, 'accessibility' | 'performance'>>, suffix?: string): Metric[];
    worst(looks: Look[]): Pick<Look, 'accessibility' | 'performance'>;
  };
  before(async () => {
    metrics = await part('metrics.mjs');
  });

  const rule = (impact: string | null, elements: number): Rule => ({ id: `rule-${impact}`, impact, nodes: Array(elements).fill({}) });
  const page = (violations: Rule[], incomplete: Rule[] = []): AxeReport => ({ violations, incomplete, passes: [rule(null, 1)] });

  it('takes points once for each broken rule by its impact, and counts the elements', () => {
    const found = metrics.accessibility(page([rule('critical', 2), rule('serious', 1)], [rule('serious', 3)]));
    assert.deepEqual(found, { score: 83, critical: 2, serious: 1, moderate: 0, minor: 0, incomplete: 3 });
    assert.equal(metrics.accessibility(page([])).score, 100);
    assert.equal(metrics.accessibility(page(Array.from({ length: 30 }, () => rule('critical', 1)))).score, 0);
  });

  for (const { what, report } of [
    { what: 'broken rules of each impact', report: page(['critical', 'serious', 'moderate', 'minor'].map((impact) => rule(impact, 2))) },
    { what: 'a rule without impact, and one without elements', report: page([rule(null, 2), rule('serious', 0)], [rule(null, 0)]) },
    { what: 'no rule that ran', report: { violations: [], incomplete: [], passes: [] } },
  ])
    it(`as the tower does: ${what}`, () =>
      assert.deepEqual(metrics.metricsOf({ accessibility: metrics.accessibility(report) }), readAxe(report)?.metrics));

  it('names the worst value of all pages, and leaves out what was not observed', () => {
    const look = {
      label: 'a.html',
      name: 'a',
      size: '1x1',
      accessibility: { score: 90, critical: 1 },
      performance: { load: 20, lcp: undefined },
    };
    const worst = metrics.worst([look, { ...look, accessibility: { score: 70, critical: 0 }, performance: { load: 50, lcp: undefined } }]);
    assert.deepEqual(worst, { accessibility: { score: 70, critical: 1 }, performance: { load: 50 } });
    assert.deepEqual(
      metrics.metricsOf(look, '.a.1x1').map(({ name, value, unit }) => [name, value, unit]),
      [
        ['score.a.1x1', 90, undefined],
        ['critical.a.1x1', 1, undefined],
        ['load.a.1x1', 20, 'ms'],
      ],
    );
  });
});

describe('the Browser agent checks scripts', () => {
  type Code = { report: string; errors: number; warnings: number; scripts: number };
  type Options = { globals: string[]; say(level: string, line: string): void; open: (() => unknown)[]; eslint?: string | undefined };
  let folder: string;
  let lines: string[];
  let parts: { lint(folder: string, options: Options): Promise<Code | undefined>; findEslint(from?: string): string | undefined };
  before(async () => {
    parts = await part('lint.mjs');
  });
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tasktower-scripts-'));
    lines = [];
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const save = (name: string, text: string): void => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  };
  const options = (more: Partial<Options> = {}): Options => ({
    globals: ['document'],
    say: (level, line) => void lines.push(`${level} ${line}`),
    open: [],
    ...more,
  });
  const problems = async (): Promise<string[]> => {
    const code = await parts.lint(folder, options());
    const read = readEslint(JSON.parse(code?.report ?? 'null'));
    return read?.findings.map(({ severity, rule, file, line }) => `${severity} ${rule} ${file}:${line}`) ?? [];
  };

  it('and finds what is wrong in classic scripts and in modules, in a form that the tower reads', async () => {
    save('a.js', 'document.title = titel;\nvar made = 1;\nif (made == 2) shared();');
    save('lib/b.js', 'function shared() {\n  const unused = 1;\n}');
    save('c.js', "import { x } from './x.js';\nexport const y = x;\nconst z = 1;");
    save('d.js', 'function (');
    assert.deepEqual((await problems()).sort(), [
      'error fatal d.js:1',
      'error no-undef a.js:1',
      'warning eqeqeq a.js:3',
      'warning no-unused-vars c.js:3',
      'warning no-unused-vars lib/b.js:2',
      'warning no-var a.js:2',
    ]);
    assert.ok(lines.includes("warn a.js:1:18 'titel' is not defined. (no-undef)"), lines.join('\n'));
  });

  it('by its own rules: a config or a formatter in the folder is not run', async () => {
    const trap = `require('node:fs').writeFileSync(${JSON.stringify(join(folder, 'trapped'))}, '');`;
    save('eslint.config.cjs', trap);
    save('eslint.config.js', trap);
    save('node_modules/eslint-formatter-json/index.js', trap);
    save('package.json', '{"eslintConfig": {"rules": {"no-undef": "off"}}}');
    save('a.js', 'titel;');
    assert.deepEqual(
      (await problems()).filter((text) => text.includes(' a.js')),
      ['error no-undef a.js:1'],
    );
    assert.ok(!existsSync(join(folder, 'trapped')));
  });

  it('but not those of packages, hidden folders, links, minified files, and what is too large or too much', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'tasktower-outside-'));
    writeFileSync(join(outside, 'x.js'), 'titel;');
    for (const name of ['node_modules/p/x.js', '.git/x.js', 'x.min.js', 'x.mjs']) save(name, 'titel;');
    symlinkSync(outside, join(folder, 'linked'));
    symlinkSync(join(outside, 'x.js'), join(folder, 'link.js'));
    save('a-large.js', ' '.repeat(256 * 1024 + 1));
    for (let n = 10; n < 62; n++) save(`b${n}.js`, 'document;');
    const code = await parts.lint(folder, options());
    rmSync(outside, { recursive: true });
    const files = (JSON.parse(code?.report ?? '[]') as { filePath: string }[]).map(({ filePath }) => filePath);
    assert.deepEqual(
      files,
      Array.from({ length: 50 }, (_, n) => `b${n + 10}.js`),
    );
    assert.equal(lines[0], 'warn Scripts that ESLint does not see, too many or too large: 3');
  });

  it('and says in one line why it hands in no report', async () => {
    assert.equal(await parts.lint(folder, options()), undefined);
    save('a.js', 'document;');
    assert.equal(parts.findEslint(pathToFileURL(join(folder, 'agent.mjs')).href), undefined);
    assert.equal(await parts.lint(folder, options({ eslint: '' })), undefined);
    save('broken.mjs', 'throw new Error("needs a newer Node");');
    assert.equal(await parts.lint(folder, options({ eslint: pathToFileURL(join(folder, 'broken.mjs')).href })), undefined);
    assert.deepEqual(lines, [
      'info There are no scripts for ESLint.',
      'info ESLint was not found beside this agent, so code quality is left out. Run npm install in its repository to have it.',
      'warn ESLint could not finish, so code quality is left out: needs a newer Node',
    ]);
  });

  it('until it is stopped', async () => {
    save('a.js', 'document;');
    const open: (() => unknown)[] = [];
    const code = parts.lint(folder, options({ open }));
    await until('the thread', () => open[0]);
    await open[0]?.();
    assert.equal(await code, undefined);
    assert.deepEqual(lines, ['warn ESLint could not finish, so code quality is left out: it was stopped']);
  });
});

describe('the Browser agent serves the folder of its task', () => {
  let folder: string;
  let site: { url: string; close(): void };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tasktower-site-'));
    mkdirSync(join(folder, 'site', '.git'), { recursive: true });
    writeFileSync(join(folder, 'secret.txt'), 'secret');
    writeFileSync(join(folder, 'site', '.git', 'config'), 'secret');
    writeFileSync(join(folder, 'site', 'index.html'), '<p>hello');
    symlinkSync(join(folder, 'secret.txt'), join(folder, 'site', 'link.txt'));
    const { serveFolder } = await part<{ serveFolder: (path: string) => Promise<typeof site> }>('site.mjs');
    site = await serveFolder(join(folder, 'site'));
  });
  after(() => {
    site.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Asks for a path exactly as written; `fetch` would tidy it up first. */
  const ask = (path: string, host?: string): Promise<{ status: number; type: string | undefined; body: string }> =>
    new Promise((done, fail) => {
      const { hostname, port } = new URL(site.url);
      const asked = request({ hostname, port, path, ...(host ? { headers: { host } } : {}) }, (response) => {
        let body = '';
        response.on('data', (chunk: Buffer) => (body += chunk.toString()));
        response.on('end', () => done({ status: response.statusCode ?? 0, type: response.headers['content-type'], body }));
      });
      asked.once('error', fail).end();
    });

  it('answers with its files', async () => {
    const page = { status: 200, type: 'text/html; charset=utf-8', body: '<p>hello' };
    assert.deepEqual(await ask('/index.html'), page);
    assert.deepEqual(await ask('/'), page);
  });

  for (const path of ['/../secret.txt', '/%2e%2e/secret.txt', '/..%2fsecret.txt', '/link.txt', '/.git/config', '/nothing.html', '/%ff'])
    it(`does not give out ${path}`, async () => {
      const answer = await ask(path);
      assert.equal(answer.status, 404);
      assert.doesNotMatch(answer.body, /secret/);
    });

  it('refuses a page that made its own name point here', async () => assert.equal((await ask('/index.html', 'evil.test')).status, 403));
});

describe('the Browser agent finds its tower', () => {
  let home: string;
  let findTower: (env: Record<string, string>, cwd: string) => { url: string; token: string } | undefined;
  const save = (id: string, text: string): void => writeFileSync(join(home, 'towers', `${id}.json`), text);
  before(async () => {
    home = mkdtempSync(join(tmpdir(), 'tasktower-home-'));
    mkdirSync(join(home, 'towers'));
    ({ findTower } = await part<{ findTower: typeof findTower }>('tower.mjs'));
  });
  after(() => rmSync(home, { recursive: true, force: true }));

  it('by the innermost folder that holds the working directory, and by the environment before that', () => {
    save('a', JSON.stringify({ folders: ['/code'], url: 'http://outer', token: '1' }));
    save('b', JSON.stringify({ folders: ['/other', '/code/shop'], url: 'http://inner', token: '2' }));
    save('c', '{"folders": ["/code/shop/w');
    const at = (cwd: string, env = {}): string | undefined => findTower({ TASKTOWER_HOME: home, ...env }, cwd)?.url;
    assert.equal(at('/code/shop/web'), 'http://inner');
    assert.equal(at('/code/shopping'), 'http://outer');
    assert.equal(at('/elsewhere'), undefined);
    assert.equal(at('/code/shop', { TASKTOWER_URL: 'http://named', TASKTOWER_TOKEN: '3' }), 'http://named');
  });

  it('and finds none where no tower has ever run', () =>
    assert.equal(findTower({ TASKTOWER_HOME: join(home, 'nothing') }, '/code'), undefined));
});
