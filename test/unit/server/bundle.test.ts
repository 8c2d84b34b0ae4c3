import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { paint, plain, pngOf } from '../../support/pictures';
import { TowerBench } from '../../support/towerBench';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

const HOSTILE = '<img src=x onerror=alert(1)> & "more"';

describe('The bundle of a task', () => {
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  it('holds every file byte for byte, the log, the task and a page, whatever things are called', async () => {
    await bench.start();
    const picture = pngOf(paint(plain(60, 40), 5, 5, 10, 10, [255, 0, 0, 255]));
    const names = ['login', '../../etc/passwd', 'CON', 'x'.repeat(110), 'login'];
    await bench.agent('Worker', async (agent, task) => {
      const headers = { authorization: `Bearer ${task.token}`, 'content-type': 'image/png' };
      for (const name of names) {
        const url = `${task.url}/api/tasks/${task.taskId}/evidence?kind=screenshot&name=${encodeURIComponent(name)}`;
        await fetch(url, { method: 'POST', headers, body: new Uint8Array(picture) });
      }
      await agent.send(task, { type: 'evidence', evidence: { kind: 'text', name: 'notes' }, text: HOSTILE });
      await agent.send(task, { type: 'result', result: HOSTILE });
    });
    const id = await bench.create(HOSTILE, { prompt: HOSTILE });
    await until('the end', () => bench.task(id).status === 'completed', 15_000);
    const response = await fetch(`${bench.url}/api/evidence/${id}/bundle.zip`, {
      headers: { authorization: `Bearer ${bench.keys.person}` },
    });
    assert.deepEqual([response.status, response.headers.get('content-type')], [200, 'application/zip']);
    const [zip, out] = [join(bench.home, 'bundle.zip'), join(bench.home, 'out')];
    writeFileSync(zip, Buffer.from(await response.arrayBuffer()));
    const script =
      'import sys, zipfile; z = zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; z.extractall(sys.argv[2]); print("\\n".join(z.namelist()))';
    const listed = execFileSync('python3', ['-c', script, zip, out], { encoding: 'utf8' }).trim().split('\n');
    assert.deepEqual(listed.filter((name) => name.startsWith('pictures/')).sort(), [
      'pictures/attempt-1/_.._etc_passwd.png',
      'pictures/attempt-1/_CON.png',
      'pictures/attempt-1/login-2.png',
      'pictures/attempt-1/login.png',
      `pictures/attempt-1/${'x'.repeat(100)}.png`,
    ]);
    assert.deepEqual(readFileSync(join(out, 'pictures', 'attempt-1', 'login.png')), picture);
    assert.equal(readFileSync(join(out, 'files', 'attempt-1', 'notes.txt'), 'utf8'), HOSTILE);
    const page = readFileSync(join(out, 'index.html'), 'utf8');
    assert.ok(!page.includes('<img src=x') && !page.includes('<script'), 'foreign text is text');
    assert.ok(page.includes('src="pictures/attempt-1/login.png"'));
    const task = JSON.parse(readFileSync(join(out, 'task.json'), 'utf8')) as { prompt: string; attempts: { result: string }[] };
    assert.deepEqual([task.prompt, task.attempts[0]?.result], [HOSTILE, HOSTILE]);
    assert.match(readFileSync(join(out, 'log.ndjson'), 'utf8'), /"text":"result: /);

    rmSync(join(bench.storage, 'evidence'), { recursive: true });
    const without = await fetch(`${bench.url}/api/evidence/${id}/bundle.zip`, {
      headers: { authorization: `Bearer ${bench.keys.person}` },
    });
    writeFileSync(zip, Buffer.from(await without.arrayBuffer()));
    assert.match(execFileSync('python3', ['-c', script, zip, `${out}2`], { encoding: 'utf8' }), /MISSING\.txt/);
    assert.equal(
      (await fetch(`${bench.url}/api/evidence/${id}/bundle.zip`, { headers: { authorization: `Bearer ${bench.keys.client}` } })).status,
      403,
    );
  });

  it('ends with an error when a file goes while it is made, and the tower goes on', async () => {
    const owner = await bench.window();
    const { url } = owner.address;
    const { body } = await rest(url, bench.keys.client, 'POST', '/api/tasks', { title: 'Look', status: 'running' });
    const id = String(body.id);
    for (const name of ['first', 'second']) {
      const headers = { authorization: `Bearer ${bench.keys.client}` };
      await fetch(`${url}/api/tasks/${id}/evidence?kind=file&name=${name}`, { method: 'POST', headers, body: name });
    }
    const bundle = await owner.bundle(id);
    const second = owner.board.tasks.get(id)?.attempts[0]?.evidence[1]?.sha256 ?? '';
    rmSync(owner.evidencePath(second) ?? '');
    await assert.rejects(buffer(Readable.from(bundle)), /^Error: The bundle could not be made: ENOENT/);
    assert.equal((await rest(url, bench.keys.client, 'GET', '/api/tasks')).status, 200);
  });
});
