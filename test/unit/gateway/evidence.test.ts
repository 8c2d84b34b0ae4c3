import assert from 'node:assert/strict';
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
});
