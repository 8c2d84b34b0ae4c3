import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tls from 'node:tls';
import { EditorStage } from '../support/editorStage';
import { answerSignIn, signInFrom } from '../support/joining';
import { signIn } from '../support/team';
import { makeCertificate, TeamServe } from '../support/teamServe';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { TokenForge } from '../support/tokenForge';
import { rest, RpcSocket } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

const VIEWER = 'Viewers can watch. Ask an admin to make you an operator.';
const OPERATOR = 'This takes an admin. Ask one.';

describe('two editors that have joined one tower over wss, with a certificate of an authority of our own', function () {
  this.timeout(120_000);
  const usual = tls.getCACertificates('default');
  let tower: TeamServe;
  let url = '';
  const stages: EditorStage[] = [];
  let veras: Workbench;
  let oskars: Workbench;
  /** vera's, as a program has it that signs in. */
  let viewer = '';
  let bread = '';

  before(async function () {
    this.timeout(300_000);
    const home = tempFolder();
    const { ca, cert, key } = makeCertificate(home);
    tls.setDefaultCACertificates([...usual, readFileSync(ca, 'utf8')]);
    const agents = join(home, 'agents.json');
    const print = [process.execPath, '-e', 'console.log("printed " + process.argv[1])', '{title}'];
    writeFileSync(agents, JSON.stringify([{ name: 'Printer', command: print, autoStart: false }]));
    tower = await TeamServe.start(home, ['--cert', cert, '--key', key, '--agents', agents]);
    url = tower.openUrl;
    viewer = (await signIn(url, 'vera')).access;
    const { access } = await signIn(url, 'anna');
    bread = String((await rest(url, access, 'POST', '/api/tasks', { title: 'Bake the rye bread', agent: 'Printer' })).body.id);
    const open = async (): Promise<Workbench> => {
      const stage = await EditorStage.open({ 'tasktower.agents': [] }, { env: { NODE_EXTRA_CA_CERTS: ca } });
      stages.push(stage);
      const window = await stage.window();
      await window.openSideBar();
      return window;
    };
    [veras, oskars] = [await open(), await open()];
  });
  after(async function () {
    for (const stage of stages) await stage.close();
    await tower?.stop();
    tls.setDefaultCACertificates(usual);
    removeTempFolders();
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await veras?.screenshot('failed-editors-vera');
    await oskars?.screenshot('failed-editors-oskar');
  });

  const read = async (path: string): Promise<Record<string, unknown>> => (await rest(url, viewer, 'GET', path)).body;
  const statusOf = async (id: string): Promise<unknown> => (await read(`/api/tasks/${id}`)).status;
  const says = (window: Workbench, text: string): Promise<unknown> =>
    until(text, async () => (await window.notifications()).some((shown) => shown.includes(text)));

  it('show its tasks to whoever signs in', async () => {
    await signInFrom(veras, url, 'vera');
    await signInFrom(oskars, url, 'oskar');
    for (const window of [veras, oskars]) await window.waitForRow('Tasks', /Bake the rye bread/);
  });

  it('let a viewer cancel by no door', async () => {
    const cancels = /Cancel/;
    await until('the role', async () => !(await veras.menuOf('Tasks', /Bake the rye bread/)).some((name) => cancels.test(name)));
    await veras.command('Tasktower: Cancel Task');
    await says(veras, VIEWER);
    await veras.command('Tasktower: Open Dashboard');
    const panel = veras.panel();
    await panel.getByText('vera, viewer').waitFor();
    const cancel = panel.getByRole('button', { name: 'Cancel #1' });
    assert.deepEqual([await cancel.getAttribute('aria-disabled'), await cancel.getAttribute('title')], ['true', VIEWER]);
    await cancel.click({ force: true });
    await cancel.press('Enter');
    assert.equal(await panel.getByRole('dialog').count(), 0);
    await veras.screenshot('editors-viewer');

    const refused = await rest(url, viewer, 'DELETE', `/api/tasks/${bread}`);
    assert.deepEqual([refused.status, /A viewer may only look/.test(String(refused.body.detail))], [403, true]);
    const board = await RpcSocket.open(url, '/board', viewer);
    await board.ask('board/hello', { protocol: 1 });
    await assert.rejects(board.ask('command', { id: '1', command: { type: 'CancelTask', taskId: bread } }), /A viewer may only look/);
    board.close();
    await assert.rejects(RpcSocket.open(url, '/agent', viewer), /403/);
    const tool = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'get_task', arguments: { task: bread } } };
    assert.equal((await rest(url, viewer, 'POST', '/mcp', tool)).status, 403);
    assert.equal(await statusOf(bread), 'pending');
  });

  it('let an operator cancel, which the other one shows, and start no agent', async () => {
    await oskars.command('Tasktower: Start Agent');
    await says(oskars, OPERATOR);
    await oskars.expand('Agents', 'Offline');
    assert.ok(!(await oskars.menuOf('Agents', /Printer/)).some((name) => /Start/.test(name)));
    await oskars.screenshot('editors-operator');
    await oskars.contextMenu('Tasks', /Bake the rye bread/, 'Cancel Task');
    await until('it to be cancelled', async () => (await statusOf(bread)) === 'cancelled');
    const panel = veras.panel();
    await panel.getByText(/^By oskar/).waitFor();
  });

  it('let an admin start the agents of the tower, whose work both show', async () => {
    await veras.command('Tasktower: Connect to a Tower');
    await veras.pick(new RegExp(url));
    await veras.pick(/^Sign in as someone else/);
    await answerSignIn(veras, 'anna');
    await veras.expand('Agents', 'Offline');
    await until('the role', async () => (await veras.menuOf('Agents', /Printer/)).some((name) => /Start Agent/.test(name)));
    await veras.contextMenu('Agents', /Printer/, 'Start Agent');
    for (const window of [veras, oskars]) await window.waitForRow('Agents', /Printer idle/);
    const { access } = await signIn(url, 'oskar');
    const { body } = await rest(url, access, 'POST', '/api/tasks', { title: 'Print the prices', agent: 'Printer' });
    await until('the work', async () => (await statusOf(String(body.id))) === 'completed');
    await veras.panel().getByText('Print the prices').first().waitFor();
    await veras.screenshot('editors-admin');
  });

  it('are let in with no token that is forged or over, by REST, by the sockets and from the editor', async () => {
    const forge = new TokenForge(tower.storage, viewer);
    assert.equal((await rest(url, await forge.signed(), 'GET', '/api/session')).status, 200);
    for (const [reason, make] of Object.entries(forge.wrong)) {
      const token = await make();
      for (const path of ['/api/session', '/api/tasks']) assert.equal((await rest(url, token, 'GET', path)).status, 401, reason);
      for (const path of ['/board', '/agent']) await assert.rejects(RpcSocket.open(url, path, token), /401/, reason);
    }
    await oskars.command('Tasktower: Connect to a Tower');
    await oskars.pick(new RegExp(url));
    await oskars.pick(/^Sign in as someone else/);
    for (const reason of ['no algorithm', 'a wrong key', 'a wrong audience', 'an end in the past']) {
      await answerSignIn(oskars, '', await forge.wrong[reason]?.());
      await oskars.page.locator('.quick-input-widget:visible').getByText('wrong or over').waitFor();
    }
    await answerSignIn(oskars, '', await forge.signed());
    await oskars.waitForStatusText(/as vera, viewer/);
  });

  it('end the session whose refresh token comes a second time', async () => {
    const first = await signIn(url, 'oskar');
    const refresh = (token: string) => rest(url, 'none', 'POST', '/api/session/refresh', { refresh: token });
    const board = await RpcSocket.open(url, '/board', first.access);
    await board.ask('board/hello', { protocol: 1 });
    const second = await refresh(first.refresh);
    assert.equal(second.status, 200);
    const replayed = await refresh(first.refresh);
    assert.deepEqual([replayed.status, /used twice/.test(String(replayed.body.detail))], [401, true]);
    await until('the socket to be closed', () => board.closed === 4006);
    for (const token of [first.access, String(second.body.access)]) {
      assert.equal((await rest(url, token, 'GET', '/api/session')).status, 401);
      await assert.rejects(RpcSocket.open(url, '/board', token), /401/);
    }
  });
});
