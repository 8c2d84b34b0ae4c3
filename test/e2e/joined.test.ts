import assert from 'node:assert/strict';
import { EditorStage } from '../support/editorStage';
import { PASSWORD, signIn } from '../support/team';
import { TeamServe } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

const WHY = 'Viewers can watch. Ask an admin to make you an operator.';

describe('An editor that has joined a team tower', function () {
  let tower: TeamServe;
  let stage: EditorStage;
  let window: Workbench;

  before(async function () {
    this.timeout(180_000);
    tower = await TeamServe.start(tempFolder());
    const { access } = await signIn(tower.openUrl, 'oskar');
    await rest(tower.openUrl, access, 'POST', '/api/tasks', { title: 'Bake the rye bread', skills: ['nobody-has-this'] });
    stage = await EditorStage.open();
    window = await stage.window();
    await window.openSideBar();
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.close();
    await tower?.stop();
    removeTempFolders();
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await window.screenshot(`failed-${this.currentTest.title.replace(/\W+/g, '-').slice(0, 60)}`);
  });

  const connect = async (name: string): Promise<void> => {
    await window.command('Tasktower: Connect to a Tower');
    await window.step('Connect to a Tower');
    await window.type(tower.openUrl);
    await window.page.keyboard.press('Enter');
    await window.step('Sign In to');
    await window.type(name);
    await window.page.keyboard.press('Enter');
    const password = window.page.locator('.quick-input-widget:visible input[type=password]');
    await password.fill(PASSWORD);
    await window.page.keyboard.press('Enter');
    await window.waitForRow('Tasks', /Bake the rye bread/);
  };
  const menuOf = async (row: RegExp): Promise<string[]> => {
    await window.row('Tasks', row).click({ button: 'right' });
    const items = window.page.locator('.context-view').getByRole('menuitem');
    await items.first().waitFor();
    const names = await items.allTextContents();
    await window.page.keyboard.press('Escape');
    await items.first().waitFor({ state: 'hidden' });
    return names;
  };

  it('offers a viewer no menu entry that the tower would refuse, and says why in the palette', async function () {
    this.timeout(120_000);
    await connect('vera');
    await until("the viewer's role", async () => !(await menuOf(/Bake the rye bread/)).some((name) => /Cancel/.test(name)));
    const names = (await menuOf(/Bake the rye bread/)).join(', ');
    assert.match(names, /^Show Task, /);
    assert.doesNotMatch(names, /Cancel|Start Now|Edit|Priority|Move/);
    await window.command('Tasktower: Pause Queue');
    await until('the reason', async () => (await window.notifications()).includes(WHY));
    await window.command('Tasktower: Open Dashboard');
    const panel = window.panel();
    await panel.getByText('vera, viewer').waitFor();
    const cancel = panel.getByRole('button', { name: 'Cancel #1' });
    assert.deepEqual([await cancel.getAttribute('aria-disabled'), await cancel.getAttribute('title')], ['true', WHY]);
    await window.screenshot('joined-viewer');
  });

  it('has the menus back in the tower of its folder', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Use the Tower of This Folder');
    await window.command('Tasktower: Pause Queue');
    await window.waitForStatusText(/paused/i);
  });
});
