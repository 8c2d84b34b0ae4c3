import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import { nullLog } from '../../src/server/base/log';
import { moveSettings } from '../../src/extension/movedSettings';
import { until } from '../support/until';

describe('A setting under the name of an earlier version', () => {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? '';
  const path = join(folder, '.vscode', 'settings.json');
  const read = (name: string): unknown => vscode.workspace.getConfiguration('tasktower').inspect(name)?.workspaceValue;
  const write = (text: string): Promise<unknown> => {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return until('the editor to read the file', () => read('queue.limit') === 7);
  };
  const moves = [{ from: 'queue.limit', to: 'queue.maxRunning' }];

  after(async () => {
    rmSync(path, { force: true });
    await until('the settings of the file to go', () => read('queue.maxRunning') === undefined);
  });

  it('is written under its new name, the rest of the file stays as it is, and a second time does nothing', async () => {
    await write('{\n  // A note.\n  "editor.tabSize": 3,\n  "tasktower.queue.limit": 7\n}\n');
    assert.deepEqual(await moveSettings(nullLog, moves), ['tasktower.queue.limit → tasktower.queue.maxRunning']);
    await until('the new setting', () => read('queue.maxRunning') === 7 && read('queue.limit') === undefined);
    const text = readFileSync(path, 'utf8');
    assert.match(text, /\/\/ A note\.\n {2}"editor\.tabSize": 3/);
    assert.doesNotMatch(text, /queue\.limit/);
    assert.deepEqual(await moveSettings(nullLog, moves), []);
  });

  it('is left where it is when it cannot be written, and the log says so', async () => {
    await write('{ "tasktower.queue.limit": 7 }');
    const said: string[] = [];
    const log = { ...nullLog, warn: (text: string) => void said.push(text) };
    assert.deepEqual(await moveSettings(log, [{ from: 'queue.limit', to: 'queue.noSuchSetting' }]), []);
    assert.match(said.join('\n'), /queue\.limit.*is left where it was/);
    assert.equal(read('queue.limit'), 7);
  });
});
