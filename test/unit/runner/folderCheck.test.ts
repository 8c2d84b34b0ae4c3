import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSarif } from '../../../src/server/proof/reports/sarif';
import { AgentReport } from '../../../src/server/domain/report';
import { runFolderCheck } from '../../../src/server/runner/drivers/folderCheck';
import { DriverRun } from '../../support/driverBench';
import { GitRepository } from '../../support/gitRepository';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { HeadlessTower } from '../../support/headlessTower';
import { until } from '../../support/until';

describe('The agent that comes along', () => {
  let folder: string;
  beforeEach(() => (folder = tempFolder()));
  afterEach(removeTempFolders);

  const write = (files: Record<string, string | Buffer>): void => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), text);
    }
  };
  const check = async (): Promise<{ run: DriverRun; result: string; troubles: string[]; metrics: Record<string, number> }> => {
    const run = new DriverRun(runFolderCheck, { agent: { cwd: folder } });
    const final = await run.final();
    for (const report of run.reports) AgentReport.parse(report);
    assert.ok(final.type === 'result', JSON.stringify(final));
    const [report, metrics] = run.evidence;
    const read = readSarif(JSON.parse(String(report?.bytes)), folder);
    const troubles = (read?.findings ?? []).map(({ file, line, rule }) => `${rule} ${file}:${line}`).sort();
    return {
      run,
      result: final.result,
      troubles,
      metrics: Object.fromEntries((metrics?.head.metrics ?? []).map(({ name, value }) => [name, value])),
    };
  };

  it('checks a page of very many links', async () => {
    write({ 'index.md': `${'[](a)'.repeat(300)}\n`.repeat(660), a: '' });
    const { metrics } = await check();
    assert.equal(metrics.links, 198_000);
  });

  it('finds links that lead nowhere, JSON that cannot be read, merge conflicts and TODOs, each with its line', async () => {
    write({
      'README.md':
        '# Bakery\n\n[prices](docs/prices.md) and [gone](docs/gone.md#top "title")\n\n![mark](images/mark%201.svg)\n[ref]: nowhere/at-all.txt\n',
      'docs/prices.md':
        'Back to the [start](../README.md), [the root](/README.md), [the shop](https://shop.example/x.md), [below](#below).\n',
      'images/mark 1.svg': '<svg/>',
      'index.html': '<link href="styles.css">\n<img src="images/none.png"> <a href="/about">made by a server</a>',
      'styles.css': '/* TODO: colours of autumn */',
      'data/menu.json': '{\n  "bun": 2,\n}\n',
      'data/empty.json': '',
      'tsconfig.json': '{ // allowed here\n}',
      'notes.txt': 'a\n<<<<<<< ours\nb\n=======\nc\n>>>>>>> theirs\n',
    });
    const { troubles, metrics, result } = await check();
    assert.deepEqual(troubles, [
      'broken-link README.md:3',
      'broken-link README.md:6',
      'broken-link index.html:2',
      'conflict-marker notes.txt:2',
      'todo styles.css:1',
      'unreadable-json data/empty.json:1',
      'unreadable-json data/menu.json:3',
    ]);
    assert.deepEqual(
      { ...metrics, size: undefined },
      { files: 9, size: undefined, links: 8, 'broken-links': 3, 'unreadable-json': 2, conflicts: 1, todos: 1 },
    );
    assert.match(
      result,
      /^9 files \(\d+ B\) and 8 relative links of .* checked: 1 merge conflict, 2 unreadable JSON files, 3 broken links, 1 TODO\./,
    );
    assert.match(result, /- README\.md:3 The link to docs\/gone\.md#top leads nowhere\./);
  });

  it('says something else once the files have changed', async () => {
    write({ 'README.md': '[menu](menu.md)' });
    assert.match((await check()).result, /1 broken link\./);
    write({ 'menu.md': 'Buns' });
    const { result, metrics } = await check();
    assert.match(result, /^2 files .* nothing is wrong\./);
    assert.deepEqual([metrics.files, metrics.size, metrics['broken-links']], [2, 19, 0]);
  });

  it('takes what is in code, in brackets or made up by a program for no link', async () => {
    write({
      'README.md': [
        '```md\n[a](gone-1.md)\n```',
        '`[b](gone-2.md)` and ``[c](gone-3.md)``',
        '[d]({{ page.url }}) [e](mailto:a@b.example) [f](//cdn.example/x.js) [g](../outside.md)',
        '[^1]: a footnote, no link',
        '~~~~\n~~~\n[h](gone-4.md)\n~~~~',
        '[i](gone-5.md)',
      ].join('\n'),
    });
    const { troubles } = await check();
    assert.deepEqual(troubles, ['broken-link README.md:11']);
  });

  it('asks git which files count, and leaves out what others made where there is no git', async () => {
    write({ 'node_modules/x/index.js': '// TODO: theirs', '.cache/a.json': '{', 'a.js': '// TODO: ours' });
    assert.deepEqual((await check()).troubles, ['todo a.js:1']);
    write({ '.gitignore': 'built/\nnode_modules/\n', 'built/page.json': '{', '.github/a.json': '{' });
    new GitRepository(folder);
    const { troubles, run } = await check();
    assert.deepEqual(troubles, ['todo a.js:1', 'unreadable-json .cache/a.json:1', 'unreadable-json .github/a.json:1']);
    assert.match(run.log[0] ?? '', /^info 4 files in .*, without those that git ignores\.$/);
  });

  it('follows no link out of the folder, and reads nothing that is no text', async () => {
    const outside = tempFolder();
    writeFileSync(join(outside, 'secret.json'), '{');
    write({ 'picture.bin': Buffer.from([0, 1, 2, 84, 79, 68, 79]), 'big.json': `"${'x'.repeat(1_000_001)}` });
    symlinkSync(join(outside, 'secret.json'), join(folder, 'secret.json'));
    const { troubles, metrics, result } = await check();
    assert.deepEqual([troubles, metrics.files], [[], 2]);
    assert.match(result, /2 files could not be read as text or are too large\./);
  });

  it('tells its progress up to the end, and stops when it is cancelled', async () => {
    write(Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`file-${n}.txt`, 'TODO: x'])));
    const whole = await check();
    const steps = whole.run.of('progress').map(({ progress }) => progress ?? -1);
    assert.deepEqual([steps[0], steps.at(-1)], [0, 1]);
    assert.deepEqual(
      steps,
      [...steps].sort((a, b) => a - b),
    );
    const run = new DriverRun(runFolderCheck, { agent: { cwd: folder } });
    await until('the start', () => run.of('log').length > 0);
    run.work.end({ type: 'cancelled' });
    assert.deepEqual(await run.final(), { type: 'cancelled' });
    assert.deepEqual(run.evidence, []);
  });

  it('waits while the tower does not keep up', async () => {
    write({ 'a.txt': 'TODO: x' });
    const run = new DriverRun(runFolderCheck, { agent: { cwd: folder } });
    run.work.pause();
    await until('the list', () => run.of('log').length > 0);
    assert.equal(run.of('result').length, 0);
    run.work.resume();
    assert.equal((await run.final()).type, 'result');
  });

  it('says so when there is nothing to check, or no folder', async () => {
    assert.match((await check()).result, /holds no file to check\./);
    const run = new DriverRun(runFolderCheck, { agent: { cwd: join(folder, 'gone') } });
    const final = await run.final();
    assert.ok(final.type === 'error' && /The folder ".*gone" was not found\./.test(final.message), JSON.stringify(final));
  });

  it('is there once a task wants it by name, without any setting, and does the task', async function () {
    this.timeout(30_000);
    const home = tempFolder();
    write({ 'README.md': '[gone](gone.md)' });
    const tower = await HeadlessTower.start(home, [], 2, [folder]);
    try {
      assert.deepEqual((await tower.ask('GET', '/api/agents')).body.agents, []);
      const { body } = await tower.ask('POST', '/api/tasks', { title: 'Check this folder', agent: 'Folder Check' });
      const done = await until(
        'the end of the task',
        async () => {
          const task = (await tower.ask('GET', `/api/tasks/${Number(body.number)}`)).body;
          return task.status === 'completed' || task.status === 'failed' ? task : undefined;
        },
        20_000,
      );
      assert.equal(done.status, 'completed', JSON.stringify(done));
      assert.match(String(done.result), /1 broken link/);
      const { evidence } = (await tower.ask('GET', `/api/tasks/${Number(body.number)}/evidence`)).body as { evidence: { name: string }[] };
      assert.deepEqual(evidence.map(({ name }) => name).sort(), ['folder', 'folder-check.sarif']);
    } finally {
      await tower.close();
    }
  });
});
