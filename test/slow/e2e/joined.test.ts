import assert from 'node:assert/strict';
import { EditorStage } from '../../support/editorStage';
import { signInFrom } from '../../support/joining';
import { signIn } from '../../support/team';
import { TeamServe } from '../../support/teamServe';
import { removeTempFolders, tempFolder } from '../../support/tempFolder';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';
import type { Workbench } from '../../support/workbench';

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

  it('shows the team tower in a panel that showed the tower of the folder', async function () {
    this.timeout(120_000);
    const { url, token } = await stage.address();
    await rest(url, token, 'POST', '/api/tasks', { title: 'Sweep the floor', skills: ['nobody-has-this'] });
    await window.command('Tasktower: Open Logs');
    await window.panel().getByText('No log yet').waitFor();
    await window.command('Tasktower: Open Dashboard');
    await window.panel().getByText('Sweep the floor').first().waitFor();
    await signInFrom(window, tower.openUrl, 'vera');
    await window.waitForRow('Tasks', /Bake the rye bread/);
    await window.panel().getByText('Bake the rye bread').first().waitFor();
    assert.equal(await window.panel().getByText('Sweep the floor').count(), 0);
  });

  it('offers a viewer no menu entry that the tower would refuse, and says why in the palette', async function () {
    this.timeout(120_000);
    await until("the viewer's role", async () => !(await window.menuOf('Tasks', /Bake the rye bread/)).some((name) => /Cancel/.test(name)));
    const names = (await window.menuOf('Tasks', /Bake the rye bread/)).join(', ');
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

  it('says in every panel since when the tower is away, and keeps the last board', async function () {
    this.timeout(120_000);
    await tower.stop();
    for (const panel of ['Dashboard', 'Logs', 'Analytics']) {
      await window.command(`Tasktower: Open ${panel}`);
      await window
        .panel()
        .getByText(/^Not connected since \d.*Showing the last known (board|lines)\.$/)
        .waitFor();
      await window.panel().getByRole('button', { name: 'Reconnect' }).waitFor();
      await window.screenshot(`joined-away-${panel.toLowerCase()}`);
    }
    await window.command('Tasktower: Open Dashboard');
    await window.panel().getByText('Bake the rye bread').first().waitFor();
  });

  it('has the menus back in the tower of its folder', async function () {
    this.timeout(60_000);
    await window.command('Tasktower: Use the Tower of This Folder');
    await window.command('Tasktower: Pause Queue');
    await window.waitForStatusText(/paused/i);
    await window.command('Tasktower: Open Dashboard');
    await window.panel().getByText('Sweep the floor').first().waitFor();
  });
});
