import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs, { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { mock } from 'node:test';
import { WebSocket } from 'ws';
import { nullLog } from '../../../src/server/base/log';
import {
  addressFolder,
  addressPath,
  readAddress,
  removeAddress,
  sweepAddresses,
  writeAddress,
} from '../../../src/server/gateway/addressFile';
import { FileKeys } from '../../../src/server/gateway/keys';
import { startTower } from '../../../src/server/start';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { RpcSocket } from '../../support/towerClient';
import { until } from '../../support/until';
import { Stand } from './stand';

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('the address file', () => {
  const home = process.env.TASKTOWER_HOME;
  let address: Parameters<typeof writeAddress>[0];
  beforeEach(() => {
    process.env.TASKTOWER_HOME = join(tempFolder(), 'home');
    address = {
      id: 'abc',
      folders: ['/some/folder'],
      url: 'http://127.0.0.1:1',
      pid: process.pid,
      epoch: 3,
      protocol: 1,
      token: 't'.repeat(43),
    };
  });
  afterEach(() => {
    if (home === undefined) delete process.env.TASKTOWER_HOME;
    else process.env.TASKTOWER_HOME = home;
    removeTempFolders();
  });

  it('is for this user alone, whatever the folder was before', () => {
    mkdirSync(addressFolder(), { recursive: true });
    chmodSync(addressFolder(), 0o777);
    writeAddress(address);
    assert.deepEqual(readAddress('abc'), address);
    assert.equal(mode(addressPath('abc')), '600');
    assert.equal(mode(addressFolder()), '700');
    assert.deepEqual(readdirSync(addressFolder()), ['abc.json'], 'nothing is left of the writing');
  });

  it('is not believed when another user could have written it', () => {
    writeAddress(address);
    for (const mode of [0o620, 0o602]) {
      chmodSync(addressPath('abc'), mode);
      assert.equal(readAddress('abc'), undefined);
    }
  });

  it('is taken away only by the tower that wrote it', () => {
    writeAddress(address);
    removeAddress({ ...address, epoch: 2 });
    removeAddress({ ...address, pid: 1 });
    assert.ok(existsSync(addressPath('abc')));
    removeAddress(address);
    assert.equal(existsSync(addressPath('abc')), false);
  });

  it('of a dead process is swept, and one that cannot be read is left alone and not believed', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    writeAddress({ ...address, id: 'dead', pid });
    writeAddress(address);
    writeFileSync(addressPath('torn'), '{"url":"http://');
    writeFileSync(addressPath('odd'), '{"url":5}');
    for (const writer of [pid, process.pid]) writeFileSync(`${addressPath('abc')}.${writer}`, JSON.stringify(address));
    sweepAddresses();
    assert.deepEqual(readdirSync(addressFolder()).sort(), ['abc.json', `abc.json.${process.pid}`, 'odd.json', 'torn.json']);
    assert.equal(readAddress('torn'), undefined);
    assert.equal(readAddress('odd'), undefined);
  });
});

describe('the keys of a storage folder', () => {
  afterEach(removeTempFolders);

  it('are made once, for this user alone, and kept', () => {
    const storage = tempFolder();
    const keys = FileKeys.open(storage);
    assert.equal(mode(join(storage, 'keys.json')), '600');
    const again = FileKeys.open(storage);
    assert.deepEqual([again.client, again.person, again.runner], [keys.client, keys.person, keys.runner]);
    assert.equal(new Set([keys.client, keys.person, keys.runner]).size, 3);
    writeFileSync(join(storage, 'keys.json'), '{"client":');
    assert.notEqual(FileKeys.open(storage).client, keys.client);
  });

  it('tell whose a token is, and of which attempt', () => {
    const keys = FileKeys.open(tempFolder());
    const [task, other] = ['01ARZ3NDEKTSV4RRFFQ69G5FAV', '01ARZ3NDEKTSV4RRFFQ69G5FAW'];
    const token = keys.ofAttempt(task, 2);
    assert.deepEqual(keys.check(keys.client), { kind: 'client' });
    assert.deepEqual(keys.check(keys.person), { kind: 'person' });
    assert.deepEqual(keys.check(token), { kind: 'attempt', taskId: task, attempt: 2 });
    for (const forged of [
      '',
      'x',
      `${keys.client}x`,
      keys.client.slice(1),
      token.replace(task, other),
      token.replace('.2.', '.3.'),
      token.slice(0, -1),
      `${token}A`,
    ]) {
      assert.equal(keys.check(forged), undefined, forged);
    }
    assert.equal(FileKeys.open(tempFolder()).check(token), undefined, "another folder's");
  });

  it('are given to no agent that is called as programs without a name are', () => {
    for (const name of ['client', 'Client']) assert.throws(() => FileKeys.open(tempFolder()).issue(name, 1), /Choose another name/);
  });

  it('are read again when they could not be read the first time after a change', () => {
    const storage = tempFolder();
    const keys = FileKeys.open(storage);
    const token = FileKeys.open(storage).issue('worker', 1);
    assert.ok(keys.check(token));
    FileKeys.open(storage).revoke('worker');
    const tooMany = Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    const failing = mock.method(fs, 'readFileSync', () => {
      throw tooMany;
    });
    assert.throws(() => keys.check(token), tooMany);
    failing.mock.restore();
    assert.equal(keys.check(token), undefined);
  });
});

describe('the listener', () => {
  it('says what to do when the pinned port is taken', async () => {
    const other = createServer();
    await new Promise<void>((done) => other.listen(0, '127.0.0.1', done));
    const { port } = other.address() as AddressInfo;
    const home = process.env.TASKTOWER_HOME;
    const folder = tempFolder();
    process.env.TASKTOWER_HOME = join(folder, 'home');
    try {
      const start = startTower({
        storage: join(folder, 's'),
        folders: [],
        agents: [],
        cap: 1,
        port,
        fsync: false,
        dist: resolve('dist'),
        log: nullLog,
      });
      await assert.rejects(start, {
        name: 'HumanError',
        message: `Port ${port} is taken by another program. Set tasktower.server.port to 0 to let Tasktower choose.`,
      });
      assert.deepEqual(existsSync(addressFolder()) ? readdirSync(addressFolder()) : [], []);
    } finally {
      other.close();
      if (home === undefined) delete process.env.TASKTOWER_HOME;
      else process.env.TASKTOWER_HOME = home;
      removeTempFolders();
    }
  });

  it('takes its port again, and ends every connection when it goes', async () => {
    const stand = await Stand.open();
    const { port } = stand;
    const storage = join(stand.folder, 'storage');
    const socket = await RpcSocket.open(stand.url, '/board', stand.keys.person);
    const idle = stand.dial();
    let ended = false;
    idle.on('close', () => (ended = true));
    await stand.running.dispose();
    await until('the socket to close', () => socket.socket.readyState === WebSocket.CLOSED && ended);
    assert.deepEqual(readdirSync(addressFolder()), []);
    const again = await startTower({
      storage,
      folders: [],
      agents: [],
      cap: 1,
      port: 0,
      fsync: false,
      dist: resolve('dist'),
      log: nullLog,
    });
    assert.equal(new URL(again.address?.url ?? '').port, String(port));
    await again.dispose();
    await stand.close();
  });
});
