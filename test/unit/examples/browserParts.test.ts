import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

type Found = { label: string; name: string; url?: string; file?: string };
type Look = {
  label: string;
  name: string;
  size: string;
  accessibility: Record<string, number>;
  performance: Record<string, number | undefined>;
};
type Metric = { category: string; name: string; value: number; unit?: string };

/** The agent's own files, as they are run: plain JavaScript, so their types are said here. */
async function part<T>(name: string): Promise<T> {
  return (await import(pathToFileURL(resolve('examples/agents/browser', name)).href)) as T;
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
    accessibility(report: { violations: { impact: string; nodes: unknown[] }[] }): Record<string, number>;
    metricsOf(look: Look, suffix?: string): Metric[];
    worst(looks: Look[]): Pick<Look, 'accessibility' | 'performance'>;
  };
  before(async () => {
    metrics = await part('metrics.mjs');
  });

  it('takes points once for each broken rule by its impact, and counts the elements', () => {
    const violations = [
      { impact: 'critical', nodes: [1, 2] },
      { impact: 'serious', nodes: [1] },
    ];
    assert.deepEqual(metrics.accessibility({ violations }), { score: 83, critical: 2, serious: 1, moderate: 0, minor: 0 });
    assert.equal(metrics.accessibility({ violations: [] }).score, 100);
    assert.equal(metrics.accessibility({ violations: Array.from({ length: 30 }, () => ({ impact: 'critical', nodes: [1] })) }).score, 0);
  });

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
      metrics.metricsOf(look).map(({ name, value, unit }) => [name, value, unit]),
      [
        ['score.a.1x1', 90, undefined],
        ['critical.a.1x1', 1, undefined],
        ['load.a.1x1', 20, 'ms'],
      ],
    );
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
