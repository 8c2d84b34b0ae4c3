import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WebhooksFile } from '../../../src/server/serve/webhooks/config';
import { signatureHeaders } from '../../../src/server/serve/webhooks/signature';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { SECRET } from '../../support/webhookReceiver';

describe('What docs/team.md says of webhooks', () => {
  afterEach(removeTempFolders);
  const text = readFileSync('docs/team.md', 'utf8').replaceAll('\r\n', '\n');
  const fence = (language: string, holds: string): string => {
    const found = [...text.matchAll(new RegExp('^```' + language + '\\n([\\s\\S]*?)^```', 'gm'))].map(([, code = '']) => code);
    return found.find((code) => code.includes(holds)) ?? assert.fail(`There is no ${language} with ${holds}.`);
  };
  const body = JSON.stringify({ says: 'grüße' });
  const keys = [Buffer.alloc(32, 1), Buffer.from(SECRET.slice(6), 'base64')];
  const genuine = { ...signatureHeaders('01A-7', body, keys, Date.now()) };
  const cases: [string, Record<string, string>, string, boolean][] = [
    ['a genuine message', genuine, body, true],
    ['another body', genuine, `${body} `, false],
    ['another id', { ...genuine, 'webhook-id': '01A-8' }, body, false],
    ['an old one', signatureHeaders('01A-7', body, keys, Date.now() - 600_000), body, false],
    ['one of somebody else', signatureHeaders('01A-7', body, [Buffer.alloc(32, 9)], Date.now()), body, false],
  ];

  it('is a file that is taken', () => {
    const { hooks, callbacks } = WebhooksFile.parse(JSON.parse(fence('json', '"hooks"')));
    assert.deepEqual([hooks.length, callbacks?.hosts], [1, ['n8n.example']]);
  });

  it('is a file that is taken for n8n too', () => {
    const n8n = readFileSync('docs/n8n.md', 'utf8').replaceAll('\r\n', '\n');
    const files = [...n8n.matchAll(/^( *)```json\n([\s\S]*?)^\1```/gm)].map(([, , code = '']) => code);
    assert.equal(files.length, 2);
    for (const file of files) WebhooksFile.parse(JSON.parse(file));
  });

  it('checks signatures in Node', async () => {
    const path = join(tempFolder(), 'genuine.mjs');
    writeFileSync(path, fence('js', 'isGenuine'));
    const { isGenuine } = (await import(path)) as {
      isGenuine: (headers: Record<string, string>, body: Buffer, secret: string) => boolean;
    };
    for (const [what, headers, sent, is] of cases) assert.equal(isGenuine(headers, Buffer.from(sent), SECRET), is, what);
  });

  it('checks signatures in Python', () => {
    const program = `${fence('python', 'is_genuine')}
import json, sys
for headers, body in json.load(sys.stdin):
    print(is_genuine(headers, body.encode(), "${SECRET}"))`;
    const input = JSON.stringify(cases.map(([, headers, sent]) => [headers, sent]));
    const { stdout, stderr } = spawnSync('python3', ['-c', program], { input, encoding: 'utf8' });
    assert.deepEqual(
      stdout.trim().split(/\s+/),
      cases.map(([, , , is]) => (is ? 'True' : 'False')),
      stderr,
    );
  });
});
