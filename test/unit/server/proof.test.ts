import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { mock } from 'node:test';
import { crc32 } from 'node:zlib';
import pixelmatch from 'pixelmatch';
import type { Evidence } from '../../../src/server/domain/evidence';
import { newFindings } from '../../../src/server/domain/metricChange';
import type { Picture } from '../../../src/server/proof/picture';
import { PictureComparer, type CompareRequest } from '../../../src/server/proof/pictureComparer';
import { paint, plain, pngOf } from '../../support/pictures';
import { rest, type Assigned } from '../../support/towerClient';
import { person, TowerBench } from '../../support/towerBench';
import { until } from '../../support/until';

const RED = [255, 0, 0, 255];

describe('The proof of a task', () => {
  let bench: TowerBench;
  /** What the agent hands in for the next task: pictures by name, reports by name. */
  let pictures: Record<string, Buffer>;
  let reports: Record<string, { text: string; claim?: unknown }>;
  const answers: unknown[] = [];

  beforeEach(async () => {
    bench = new TowerBench();
    [pictures, reports] = [{}, {}];
    answers.length = 0;
    await bench.start();
    await bench.agent('Worker', async (agent, task) => {
      for (const [name, bytes] of Object.entries(pictures)) answers.push(await upload(task, 'screenshot', name, 'image/png', bytes));
      for (const [name, { text, claim }] of Object.entries(reports)) {
        const evidence = { kind: 'report', name, ...(claim ? { metrics: claim } : {}) };
        await agent.send(task, { type: 'evidence', evidence, text }).catch((error: unknown) => answers.push(error));
      }
      await agent.send(task, { type: 'result', result: 'Done.' });
    });
  });
  afterEach(() => bench.close());

  const upload = async (task: Assigned, kind: string, name: string, type: string, body: Buffer): Promise<unknown> => {
    const url = `${task.url}/api/tasks/${task.taskId}/evidence?kind=${kind}&name=${name}&viewport=800x600`;
    const headers = { authorization: `Bearer ${task.token}`, 'content-type': type };
    return (await fetch(url, { method: 'POST', headers, body: new Uint8Array(body) })).json();
  };
  const run = async (spec: Record<string, unknown> = {}): Promise<string> => {
    const id = await bench.create('Look', spec);
    await until('the end', () => ['completed', 'failed', 'review'].includes(bench.task(id).status), 15_000);
    return id;
  };
  const piece = (id: string): Evidence => bench.task(id).attempts.at(-1)?.evidence[0] as Evidence;
  const judge = (id: string, verdict: 'accepted' | 'rejected' | 'unreviewed', note?: string): Promise<unknown> => {
    const attempt = bench.task(id).attempts.length;
    const ask = { type: 'JudgeEvidence' as const, taskId: id, attempt, evidenceIds: [piece(id).id], verdict };
    return bench.tower.execute({ ...ask, ...(note ? { note } : {}) }, person);
  };
  const page = (): Picture => paint(plain(80, 60), 10, 10, 20, 20, [0, 0, 200, 255]);
  const baseline = (): string => join(bench.workspace, '.tasktower', 'baselines', 'login@800x600.png');

  it('goes from new to baseline to changed, with the pixels that pixelmatch counts, and back by undo', async () => {
    pictures = { login: pngOf(page()) };
    const first = await run();
    assert.equal(piece(first).comparison?.state, 'new');
    await judge(first, 'accepted');
    await until('the baseline', () => existsSync(baseline()) && piece(first).baseline === 'kept');
    assert.deepEqual(readFileSync(baseline()), pictures.login);
    const index = JSON.parse(readFileSync(join(baseline(), '..', 'index.json'), 'utf8')) as Record<string, Record<string, unknown>>;
    assert.deepEqual(
      [index['login@800x600']?.acceptedBy, index['login@800x600']?.task, index['login@800x600']?.file],
      ['you', '#1 Look', 'login@800x600.png'],
    );

    const changed = paint(page(), 40, 30, 12, 8, RED);
    pictures = { login: pngOf(changed) };
    const second = await run({ requires: ['diff<=0.1%'] });
    const expected = pixelmatch(page().data, changed.data, undefined, 80, 60, { threshold: 0.1 });
    assert.deepEqual([piece(second).comparison?.state, piece(second).comparison?.changed], ['changed', expected]);
    assert.match(bench.task(second).error?.message ?? '', /login@800x600 changed 2\.0%, more than 0\.1%/);
    const proof = await bench.tower.query({ type: 'Evidence', taskId: second });
    assert.deepEqual(proof.pieces[0]?.comparison?.areas, [{ x: 40, y: 30, width: 12, height: 8, pixels: expected }]);
    assert.equal(proof.baselines['login@800x600']?.task, '#1 Look');

    await judge(second, 'accepted');
    await until('the new baseline', () => piece(second).baseline === 'kept');
    assert.deepEqual(readFileSync(baseline()), pictures.login);
    await judge(second, 'unreviewed');
    await until('the old baseline', () => piece(second).baseline === undefined);
    assert.deepEqual(readFileSync(baseline()), pngOf(page()));
    await judge(first, 'unreviewed');
    await until('no baseline', () => !existsSync(baseline()));
  });

  it('says so when the baseline goes while it is compared, and the tower goes on', async () => {
    pictures = { login: pngOf(page()) };
    await judge(await run(), 'accepted');
    await until('the baseline', () => existsSync(baseline()));
    const going = mock.method(PictureComparer.prototype, 'compare', async (request: CompareRequest) => {
      rmSync(request.baseline);
      return { equal: 'bytes', changed: 0, ratio: 0, areas: [], width: 80, height: 60 };
    });
    try {
      const id = await run();
      assert.equal(piece(id).comparison?.state, 'unreadable');
      assert.match(piece(id).comparison?.message ?? '', /^There is no .*login@800x600\.png\. It may have been deleted/);
    } finally {
      going.mock.restore();
    }
  });

  it('says that a picture of another size is compared on the larger canvas', async () => {
    pictures = { login: pngOf(page()) };
    await judge(await run(), 'accepted');
    await until('the baseline', () => existsSync(baseline()));
    pictures = { login: pngOf(paint(plain(80, 70), 10, 10, 20, 20, [0, 0, 200, 255])) };
    const { comparison } = piece(await run());
    assert.deepEqual(
      [comparison?.state, comparison?.changed, comparison?.sizeChanged],
      ['changed', 800, { from: { width: 80, height: 60 }, to: { width: 80, height: 70 } }],
    );
  });

  it('heeds what the index in the workspace says never counts', async () => {
    pictures = { login: pngOf(page()) };
    await judge(await run(), 'accepted');
    const path = join(baseline(), '..', 'index.json');
    await until('the baseline and its line in the index', () => existsSync(path) && readFileSync(path, 'utf8').includes('login@800x600'));
    const index = JSON.parse(readFileSync(path, 'utf8')) as Record<string, object>;
    writeFileSync(
      path,
      JSON.stringify({ 'login@800x600': { ...index['login@800x600'], ignore: [{ x: 40, y: 30, width: 12, height: 8 }] } }),
    );
    pictures = { login: pngOf(paint(page(), 40, 30, 12, 8, RED)) };
    const second = await run();
    assert.equal(piece(second).comparison?.state, 'equal');
    assert.equal((await bench.tower.query({ type: 'Evidence', taskId: second })).pieces[0]?.comparison?.ignore.length, 1);
  });

  it('is not given by an empty, truncated or mislabelled picture, by the baseline itself, or by the file of another task', async () => {
    pictures = { login: Buffer.alloc(0) };
    const empty = await run({ requires: ['screenshot'] });
    assert.match(JSON.stringify(answers), /is not a PNG, JPEG or WebP picture/);
    assert.equal(bench.task(empty).status, 'failed');
    pictures = { login: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>') };
    assert.equal(bench.task(await run({ requires: ['screenshot'] })).status, 'failed');
    pictures = { login: pngOf(page()).subarray(0, 60) };
    const cut = await run({ requires: ['screenshot'] });
    assert.match(bench.task(cut).error?.message ?? '', /cannot be compared: This picture cannot be read: truncated PNG/);
    pictures = { login: pngOf(page()) };
    const real = await run({ requires: ['screenshot'] });
    assert.equal(bench.task(real).status, 'completed');
    assert.equal(bench.task(await run({ requires: ['screenshot'] })).status, 'review', 'the file of another task');
    await judge(real, 'accepted');
    await until('the baseline', () => existsSync(baseline()));
    assert.equal(bench.task(await run({ requires: ['screenshot'] })).status, 'review', 'the baseline itself');
  });

  it('is asked for at every door: none completes a task without it', async () => {
    const requires = ['screenshot', 'metric:accessibility>=90'];
    const missing = /screenshot is missing; metric:accessibility>=90 is missing/;
    const refused = async (what: string, id: string): Promise<void> => {
      await until(`${what} to be judged`, () => bench.task(id).status === 'failed');
      const { error } = bench.task(id);
      assert.deepEqual([what, error?.kind], [what, 'verification']);
      assert.match(error?.message ?? '', missing);
      const signed = await rest(bench.url, bench.keys.person, 'POST', `/api/tasks/${id}/signoff`, { verdict: 'accepted' });
      assert.equal(signed.status, 409, `${what}: a person cannot sign off what is missing`);
      assert.equal(bench.task(id).status, 'failed', what);
    };
    await refused('the socket', await run({ requires }));

    const reported = await rest(bench.url, bench.keys.client, 'POST', '/api/tasks', {
      title: 'Report',
      status: 'running',
      agent: 'ci',
      requires,
    });
    const id = String(reported.body.id);
    await rest(bench.url, bench.keys.client, 'POST', `/api/tasks/${id}/result`, { result: 'Done.', agent: 'ci' });
    await refused('REST', id);

    await bench.create('Claim', { requires, agent: 'puller' });
    const { body } = await rest(bench.url, bench.keys.client, 'POST', '/api/tasks/claim', { agent: 'puller' });
    const { taskId, token } = body.assignment as { taskId: string; token: string };
    await rest(bench.url, token, 'POST', `/api/tasks/${taskId}/result`, { result: 'Done.' });
    await refused('a claimed attempt', taskId);

    for (const status of ['completed', 'done']) {
      const forced = await rest(bench.url, bench.keys.person, 'PATCH', `/api/tasks/${taskId}`, { status });
      assert.equal(forced.status, 400, 'no door sets a status');
    }
  });

  it('reads the numbers of a report itself, and refuses a claim that differs', async () => {
    const eslint = JSON.stringify([
      {
        filePath: join(bench.workspace, 'a.js'),
        messages: [{ ruleId: 'no-undef', severity: 2, message: 'x is not defined.', line: 3, column: 1 }],
        errorCount: 1,
        warningCount: 0,
        fixableErrorCount: 0,
        fixableWarningCount: 0,
      },
    ]);
    reports = { eslint: { text: eslint } };
    const id = await run({ requires: ['metric:quality.errors<=0'], folder: bench.workspace });
    assert.match(bench.task(id).error?.message ?? '', /quality\.errors is 1, not <= 0/);
    const proof = await bench.tower.query({ type: 'Evidence', taskId: id });
    assert.deepEqual(
      proof.pieces[0]?.findings?.shown.map(({ rule, file, line }) => [rule, file, line]),
      [['no-undef', 'a.js', 3]],
    );
    reports = { eslint: { text: eslint, claim: [{ category: 'quality', name: 'errors', value: 0 }] } };
    const claimed = await run({ requires: ['metric:quality.errors<=0'] });
    assert.match(String(answers[0]), /The ESLint report says quality\.errors is 1, not 0/);
    assert.match(bench.task(claimed).error?.message ?? '', /metric:quality\.errors<=0 is missing/);
  });

  it('is told against the last completed run, also when that is archived, with what is new since', async () => {
    const eslint = (...rules: string[]): string => {
      const messages = rules.map((ruleId, index) => ({ ruleId, severity: 2, message: `${ruleId}.`, line: index + 1, column: 1 }));
      const counts = { errorCount: rules.length, warningCount: 0, fixableErrorCount: 0, fixableWarningCount: 0 };
      return JSON.stringify([{ filePath: join(bench.workspace, 'a.js'), messages, ...counts }]);
    };
    reports = { eslint: { text: eslint('no-undef') } };
    const first = await run();
    assert.equal((await bench.tower.query({ type: 'Evidence', taskId: first })).accepted, undefined);
    await bench.tower.execute({ type: 'ArchiveTasks', taskIds: [first] }, { kind: 'tower', name: 'tower' });
    reports = { eslint: { text: eslint('eqeqeq', 'no-undef') } };
    const proof = await bench.tower.query({ type: 'Evidence', taskId: await run() });
    assert.deepEqual(proof.trend['quality.errors'], [1, 2]);
    assert.deepEqual(
      proof.accepted?.metrics.find(({ name }) => name === 'errors'),
      { category: 'quality', name: 'errors', value: 1 },
    );
    const found = proof.pieces[0]?.findings?.shown ?? [];
    assert.deepEqual(
      newFindings(found, proof.accepted.findings).map(({ rule }) => rule),
      ['eqeqeq'],
    );
    assert.equal(proof.accepted.isWhole, true);
  });

  it('says in the log which evidence was refused, and why', async () => {
    pictures = { broken: Buffer.from('no picture') };
    const id = await run();
    const lines = await bench.tower.query({ type: 'Logs', filter: { taskId: id, limit: 100 } });
    assert.match(
      lines.map(({ level, text }) => `${level} ${text}`).join('\n'),
      /warn evidence broken@800x600 \(screenshot\) was refused: .*is not a PNG/,
    );
  });

  it('survives what a hostile agent hands in: bombs, names that lead elsewhere, reports without end', async function () {
    this.timeout(60_000);
    const bomb = Buffer.from(pngOf(plain(4, 4)));
    bomb.writeUInt32BE(20_000, 16);
    bomb.writeUInt32BE(20_000, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    pictures = { bomb };
    assert.match(piece(await run()).comparison?.message ?? '', /too large|20,?000/);

    const names = ['../../../evil', '/etc/passwd', 'CON', 'a'.repeat(110), '..', 'x\\..\\y', 'tail. '];
    for (const name of names) {
      pictures = { [encodeURIComponent(name)]: pngOf(paint(plain(20, 20), 0, 0, names.indexOf(name) + 1, 2, RED)) };
      const id = await run();
      await judge(id, 'accepted');
      await until(`the baseline of ${name}`, () => piece(id).baseline === 'kept');
    }
    const kept = readdirSync(join(bench.workspace, '.tasktower', 'baselines')).filter((file) => file.endsWith('.png'));
    assert.equal(kept.length, names.length);
    for (const file of kept) assert.match(file, /^[\w@-][\w.@-]{0,140}\.png$/);
    assert.deepEqual(readdirSync(bench.workspace), ['.tasktower']);

    pictures = {};
    const laughs = `<?xml version="1.0"?><!DOCTYPE a [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><testsuites><testsuite name="&b;"/></testsuites>`;
    reports = { laughs: { text: laughs }, broken: { text: '<testsuites><testsuite' } };
    answers.length = 0;
    await run();
    assert.equal(answers.length, 2, 'both reports are refused');
    const endless = Readable.toWeb(Readable.from(Array.from({ length: 200 }, () => new Uint8Array(1 << 20))));
    const { body: reported } = await rest(bench.url, bench.keys.person, 'POST', '/api/tasks', {
      title: 'Large',
      status: 'running',
      agent: 'Script',
    });
    const status = await fetch(`${bench.url}/api/tasks/${String(reported.id)}/evidence?kind=report&name=large`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bench.keys.person}`, 'content-type': 'application/json' },
      body: endless,
      duplex: 'half',
    } as RequestInit).then(
      (response) => response.status,
      () => 413,
    );
    assert.equal(status, 413);
    assert.deepEqual(readdirSync(join(bench.storage, 'evidence', 'tmp')), []);
    assert.equal(bench.task(await run()).status, 'completed', 'the tower goes on');
  });

  it('notes the commit, and takes verdicts over REST from the person alone', async () => {
    const git = (...args: string[]): void =>
      void execFileSync('git', ['-C', bench.workspace, '-c', 'user.name=a', '-c', 'user.email=a@b', ...args]);
    git('init', '-q');
    git('commit', '-q', '--allow-empty', '-m', 'First');
    pictures = { login: pngOf(page()) };
    const id = await run({ requires: ['signoff'] });
    await until('the commit', () => bench.task(id).attempts[0]?.commit);
    assert.equal(bench.task(id).attempts[0]?.commit?.dirty, false);
    const path = `/api/evidence/${id}/${piece(id).id}/accept`;
    assert.equal((await rest(bench.url, bench.keys.client, 'POST', path)).status, 403);
    assert.equal((await rest(bench.url, bench.keys.person, 'POST', path)).status, 200);
    assert.equal(bench.task(id).status, 'completed');
    const index = join(baseline(), '..', 'index.json');
    await until('the index to name the commit', () => existsSync(index) && /"commit": "[0-9a-f]{12}"/.test(readFileSync(index, 'utf8')));
  });

  it('gives a rejection with its note to the next attempt', async () => {
    pictures = { login: pngOf(page()) };
    const id = await run({ requires: ['signoff'] });
    assert.equal(bench.task(id).status, 'review');
    await judge(id, 'rejected', 'The button is cut off.');
    assert.equal(bench.task(id).error?.message, 'Rejected: login@800x600: The button is cut off.');
  });

  it('keeps no baseline outside the workspace', async () => {
    const outside = join(bench.home, 'outside');
    mkdirSync(outside);
    mkdirSync(join(bench.workspace, '.tasktower'));
    symlinkSync(outside, join(bench.workspace, '.tasktower', 'baselines'));
    pictures = { login: pngOf(page()) };
    const id = await run();
    assert.equal(piece(id).comparison?.state, 'unreadable');
    assert.match(piece(id).comparison?.message ?? '', /is a link that leads out of the workspace/);
    await judge(id, 'accepted');
    assert.deepEqual(readdirSync(outside), []);
  });
});
