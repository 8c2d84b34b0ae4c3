import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync, readlinkSync } from 'node:fs';
import { until } from '../../support/until';
import { PNG, problem, Stand, type Reply } from './stand';

describe('evidence over HTTP', () => {
  let stand: Stand;
  beforeEach(async () => (stand = await Stand.open()));
  afterEach(() => stand.close());

  it('takes evidence as bytes and gives it back so that a browser runs none of it', async () => {
    const { body } = await stand.call('POST', '/api/tasks', { title: 'Look', status: 'running' });
    const id = String(body.id);
    const put = async (query: string, data: BodyInit, type: string): Promise<Reply> => {
      const response = await stand.fetch(`/api/tasks/${id}/evidence?${query}`, {
        method: 'POST',
        body: data,
        headers: { 'content-type': type },
      });
      return { status: response.status, body: (await response.json()) as Record<string, unknown> };
    };
    const picture = await put('kind=screenshot&name=login&viewport=1280x800', new Uint8Array(PNG), 'image/png');
    assert.equal(picture.status, 201, JSON.stringify(picture.body));
    const page = await put('kind=file&name=../../page.html', '<script>alert(1)</script>', 'text/html');
    const numbers = await put(
      'kind=metrics&name=speed',
      JSON.stringify({ metrics: [{ category: 'performance', name: 'score', value: 98 }] }),
      'application/json',
    );
    problem(await put('kind=screenshot&name=fake', 'not a picture', 'image/png'), 400, /not a PNG/);
    problem(await put('kind=screenshot', new Uint8Array(PNG), 'image/png'), 400, /name/);
    assert.deepEqual(
      stand.task(id).attempts[0]?.evidence.map(({ kind, metrics }) => [kind, metrics?.[0]?.value]),
      [
        ['screenshot', undefined],
        ['file', undefined],
        ['metrics', 98],
      ],
    );

    const get = (answer: Reply): Promise<Response> => stand.fetch(`/api/evidence/${id}/${String(answer.body.evidenceId)}`);
    const shown = await get(picture);
    assert.deepEqual(Buffer.from(await shown.arrayBuffer()), PNG);
    assert.equal(shown.headers.get('content-type'), 'image/png');
    assert.equal(shown.headers.get('content-disposition'), 'inline; filename="login@1280x800"');
    for (const answer of [await get(page), await get(numbers)]) {
      assert.equal(answer.headers.get('content-type'), 'application/octet-stream');
      assert.match(answer.headers.get('content-disposition') ?? '', /^attachment; filename="[\w.@-]+"$/);
      assert.equal(answer.headers.get('x-content-type-options'), 'nosniff');
      assert.match(answer.headers.get('content-security-policy') ?? '', /^sandbox/);
      await answer.arrayBuffer();
    }
    problem(await stand.call('GET', `/api/evidence/${id}/nothing`), 404, /no such evidence/);
  });

  it('tells an uploader that its evidence is too large, instead of cutting the line', async () => {
    await stand.call('POST', '/api/tasks', { title: 'Look', status: 'running' });
    const response = await stand.fetch('/api/tasks/1/evidence?name=big', {
      method: 'POST',
      body: Buffer.alloc(65 * 1024 * 1024),
    });
    assert.equal(response.status, 413);
    assert.match(await response.text(), /larger than 64 MiB/);
    assert.deepEqual(stand.task(stand.tower.board.numbers.get(1) ?? '').attempts[0]?.evidence, []);
  });

  const openFiles = (): number => readdirSync('/proc/self/fd').filter(isEvidence).length;
  const isEvidence = (fd: string): boolean => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`).includes('/evidence/');
    } catch {
      // Closed meanwhile.
      return false;
    }
  };
  const downloads = {
    'a file': (id: string, evidenceId: string) => `/api/evidence/${id}/${evidenceId}`,
    'a bundle': (id: string) => `/api/evidence/${id}/bundle.zip`,
    'a picture': (_id: string, _evidenceId: string, sha256: string) => `/api/pictures/${sha256.slice(0, 2)}/${sha256}`,
  };
  for (const [what, pathOf] of Object.entries(downloads))
    it(`keeps no file open when the download of ${what} is broken off`, async function () {
      if (process.platform !== 'linux') return this.skip();
      const { body } = await stand.call('POST', '/api/tasks', { title: 'Look', status: 'running' });
      const id = String(body.id);
      // More than the system holds for a reader that does not read.
      const large = Buffer.concat([PNG, randomBytes(24 * 1024 * 1024)]);
      const headers = { 'content-type': 'image/png' };
      await stand.fetch(`/api/tasks/${id}/evidence?kind=image&name=large`, { method: 'POST', body: large, headers });
      const [piece] = stand.task(id).attempts[0]?.evidence ?? [];
      assert.ok(piece);
      const path = pathOf(id, piece.id, piece.sha256);
      const socket = stand.dial(
        `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${stand.port}\r\nAuthorization: Bearer ${stand.keys.person}\r\n\r\n`,
      );
      const [answer] = (await once(socket, 'data')) as [Buffer];
      socket.pause();
      assert.match(answer.toString('latin1'), /^HTTP\/1\.1 200 /);
      await until('the file to be read', () => openFiles() === 1);
      socket.destroy();
      await until('the file to be closed', () => openFiles() === 0);
    });
});
