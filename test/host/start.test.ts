import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until';
import { HostStage } from './stage';

describe('The extension', () => {
  it('starts its tower, which answers only to who holds the token', async () => {
    const { api, tower } = await HostStage.open();
    assert.equal(api.host.state.kind, 'running');
    assert.equal(tower.board.queue.state, 'open');
    const { address } = api.host.here;
    assert.deepEqual(
      address.folders,
      vscode.workspace.workspaceFolders?.map(({ uri }) => uri.fsPath),
    );
    const ask = (headers: Record<string, string>): Promise<number> =>
      fetch(`${address.url}/api/tasks`, { headers }).then(({ status }) => status);
    assert.equal(await ask({}), 401);
    assert.equal(await ask({ authorization: `Bearer ${address.token}` }), 200);
    assert.equal(await ask({ authorization: `Bearer ${address.token}`, origin: 'https://evil.example' }), 403);
  });

  it('is started once, however often that is asked', async () => {
    const { api } = await HostStage.open();
    const before = api.host.here;
    await Promise.all([api.host.start(), vscode.commands.executeCommand('tasktower.retryStart')]);
    assert.equal(api.host.here, before);
  });

  it('focuses its views', async () => {
    const { api } = await HostStage.open();
    await vscode.commands.executeCommand('tasktower.focusTasks');
    await until('the Tasks view to be seen', () => api.tree.view.visible);
    for (const view of ['needsYou', 'agents']) await vscode.commands.executeCommand(`tasktower.${view}.focus`);
  });
});
