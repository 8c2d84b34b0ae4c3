import assert from 'node:assert/strict';
import { EditorStage } from '../../support/editorStage';
import { rest } from '../../support/towerClient';
import type { Workbench } from '../../support/workbench';

describe('A message in the editor', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(240_000);
    stage = await EditorStage.open({});
    window = await stage.window();
    await window.openSideBar();
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  it('shows a title of a program as text, and makes no command of it', async function () {
    this.timeout(60_000);
    const { url, token } = await stage.address();
    const title = '[Look here](command:workbench.action.closeSidebar)';
    const { body } = await rest(url, token, 'POST', '/api/tasks', { title, agent: 'Script', status: 'running' });
    await rest(url, token, 'POST', `/api/tasks/${String(body.id)}/error`, { error: 'It broke.' });
    const toast = window.page.locator('.notification-list-item').filter({ hasText: 'Look here' });
    await toast.waitFor();
    assert.equal(await toast.getByRole('link').count(), 0);
    assert.equal(await toast.locator('.notification-list-item-message a').count(), 0);
  });
});
