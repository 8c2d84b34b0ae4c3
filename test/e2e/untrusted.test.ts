import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../support/editorStage';
import type { Workbench } from '../support/workbench';

describe('In a folder that is not trusted', function () {
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({}, { trust: true });
    window = await stage.window();
    await window.openSideBar();
  });

  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  it('nothing listens and nothing is started, and the window says so', async () => {
    await window.waitForStatus(/Read-only/, 60_000);
    await window.view('Tasks').getByText('History is readable. Nothing is started in an untrusted folder.').waitFor();
    assert.ok(!existsSync(join(stage.home, 'tasktower')), 'there is no address file');
    assert.equal(stage.find('journal'), undefined, 'there is no journal');
  });

  it('everything starts when a person trusts it', async () => {
    await window.command('Workspaces: Manage Workspace Trust');
    await window.page
      .getByRole('button', { name: /^Trust$/ })
      .first()
      .click();
    await window.openSideBar();
    await window.waitForStatus(/idle/, 60_000);
    assert.ok((await stage.address()).url);
  });
});
