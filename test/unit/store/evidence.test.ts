import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FolderEvidenceStore } from '../../../src/server/store/evidence';
import { failingFiles } from '../../support/failingFiles';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { until } from '../../support/until';

const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

async function* chunks(...parts: (string | Uint8Array | Error)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    if (part instanceof Error) throw part;
    yield typeof part === 'string' ? Buffer.from(part) : part;
  }
}

/** All files in the store, without folders. */
const filesIn = (dir: string): string[] =>
  readdirSync(join(dir, 'evidence'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    statSync(join(dir, 'evidence', name)).isFile(),
  );

describe('The evidence store', () => {
  afterEach(removeTempFolders);

  it('keeps bytes under their sha256, readable by the owner alone', async () => {
    const dir = tempFolder();
    const store = new FolderEvidenceStore(dir, 1_000);
    const stored = await store.put(chunks('hello ', 'world'));
    assert.deepEqual(stored, { sha256: sha256(Buffer.from('hello world')), bytes: 11, known: false });
    const path = store.path(stored.sha256) ?? '';
    assert.equal(path, join(dir, 'evidence', stored.sha256.slice(0, 2), stored.sha256));
    assert.equal(readFileSync(path, 'utf8'), 'hello world');
    if (process.platform !== 'win32') assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it('lists what it keeps and deletes it, but not what was handed in a moment ago', async () => {
    const dir = tempFolder();
    const store = new FolderEvidenceStore(dir, 1_000, undefined, 300);
    const { sha256: one } = await store.put(chunks('one'));
    assert.deepEqual([await store.list(), await store.size(one)], [[one], 3]);
    assert.equal(await store.delete(one), false);
    await until('the moment to pass', () => store.delete(one));
    assert.deepEqual([await store.list(), await store.size(one), store.path(one)], [[], 0, undefined]);
    assert.equal(await store.delete(one), true);
  });

  it('keeps the same bytes once', async () => {
    const dir = tempFolder();
    const store = new FolderEvidenceStore(dir, 1_000);
    const [one, two] = await Promise.all([store.put(chunks('same')), store.put(chunks('sa', 'me'))]);
    assert.equal(one.sha256, two.sha256);
    assert.deepEqual([one.known, two.known].sort(), [false, true]);
    assert.equal((await store.put(chunks('same'))).known, true);
    assert.equal(filesIn(dir).length, 1);
  });

  it('refuses what is too large and leaves nothing behind', async () => {
    const dir = tempFolder();
    const store = new FolderEvidenceStore(dir, 10);
    await assert.rejects(store.put(chunks('12345', '67890', '1')), { name: 'Refusal', code: 'too_large', message: /larger than 10 bytes/ });
    assert.deepEqual(filesIn(dir), []);
    assert.equal((await store.put(chunks('12345', '67890'))).bytes, 10);
  });

  for (const operation of ['write', 'sync', 'rename'] as const) {
    it(`says that the disk is full when ${operation} fails, and leaves nothing behind`, async () => {
      const dir = tempFolder();
      const disk = failingFiles();
      const store = new FolderEvidenceStore(dir, 1_000, disk);
      disk.fail(operation, 'ENOSPC');
      await assert.rejects(store.put(chunks('hello')), { name: 'HumanError', message: /The disk is full/ });
      assert.deepEqual(filesIn(dir), []);
      disk.heal();
      assert.equal((await store.put(chunks('hello'))).bytes, 5);
    });
  }

  it('leaves nothing behind when the sender goes away', async () => {
    const dir = tempFolder();
    const store = new FolderEvidenceStore(dir, 1_000);
    await assert.rejects(store.put(chunks('half', new Error('aborted'))), /aborted/);
    assert.deepEqual(filesIn(dir), []);
  });

  it('gives no path outside itself or of what it does not have', () => {
    const dir = tempFolder();
    writeFileSync(join(dir, 'secret'), '');
    const store = new FolderEvidenceStore(dir, 1_000);
    for (const name of ['../secret', '', '..', `../${'a'.repeat(61)}`, 'a'.repeat(64), 'A'.repeat(64)])
      assert.equal(store.path(name), undefined);
  });

  it('tells pictures by their first bytes', async () => {
    const store = new FolderEvidenceStore(tempFolder(), 1_000);
    const picture = await store.put(chunks(PNG));
    const text = await store.put(chunks('<svg onload="alert(1)">'));
    assert.equal(await store.pictureType(picture.sha256), 'image/png');
    assert.equal(await store.pictureType(text.sha256), undefined);
    assert.equal(await store.pictureType('0'.repeat(64)), undefined);
  });

  it('sweeps what a crash left half received, and nothing else', async () => {
    const dir = tempFolder();
    const store = new FolderEvidenceStore(dir, 1_000);
    const whole = await store.put(chunks('of any task'));
    writeFileSync(join(dir, 'evidence', 'tmp', 'half'), 'ha');
    assert.equal(await store.sweep(), 1);
    assert.deepEqual(filesIn(dir), [join(whole.sha256.slice(0, 2), whole.sha256)]);
  });

  it('sweeps nothing where nothing was stored', async () => {
    assert.equal(await new FolderEvidenceStore(tempFolder(), 1_000).sweep(), 0);
  });
});
