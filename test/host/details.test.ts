import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until';
import { HostStage } from './stage';

const run = (command: string, ...args: unknown[]): Thenable<unknown> => vscode.commands.executeCommand(`tasktower.${command}`, ...args);

describe('A task in the editor', () => {
  let stage: HostStage;
  before(async () => (stage = await HostStage.open()));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await run('resumeQueue');
  });

  it('is a row among the pending ones as soon as the command has made it', async () => {
    const task = await stage.create({ title: 'Audit the login page', prompt: 'Open it.', agent: 'Nobody', priority: 'high' });
    const row = stage.rows('pending').find(({ id }) => id === `task/${task.id}`);
    assert.equal(row?.label, `#${task.number} Audit the login page`);
    assert.match(String(row?.description), /^queue \d+ · waits for an agent named Nobody$/);
    assert.equal(row?.contextValue, 'task.pending');
    assert.equal(row?.resourceUri?.toString(), `tasktower-task:/high/${task.id}`);
    await run('cancelTask', task.id);
  });

  it('shows its details by a click, and they follow a cancel and a retry', async () => {
    const task = await stage.create({ title: 'Follow me', prompt: 'Look at\nboth lines.', agent: 'Nobody' });
    const document = await stage.details(task);
    assert.equal(document.languageId, 'markdown');
    assert.match(document.uri.path, new RegExp(`/#${task.number} Follow me\\.md$`));
    await stage.shows(document, '```text\nLook at\nboth lines.\n```');
    assert.ok(document.getText().includes('- Status: pending'));
    await run('cancelTask', task.id);
    await stage.shows(document, '- Status: cancelled');
    assert.equal(stage.rows('finished').find(({ id }) => id === `task/${task.id}`)?.contextValue, 'task.cancelled');
    await run('retryTask', task.id);
    await stage.shows(document, '- Status: pending');
    await run('startNow', task.id);
    assert.equal(stage.rows('pending')[0]?.id, `task/${task.id}`);
    await run('cancelTask', task.id);
  });

  it('waits while the queue is paused and says so', async () => {
    await run('pauseQueue');
    assert.equal(stage.tower.board.queue.state, 'paused');
    const task = await stage.create({ title: 'Patience', agent: 'Nobody' });
    assert.equal(task.status, 'pending');
    await run('resumeQueue');
    assert.equal(stage.tower.board.queue.state, 'open');
    await run('pauseAfterCurrent');
    assert.notEqual(stage.tower.board.queue.state, 'open');
    await run('cancelTask', task.id);
  });

  it('is cancelled and moved with others that are selected', async () => {
    const tasks = [await stage.create({ title: 'One', agent: 'Nobody' }), await stage.create({ title: 'Two', agent: 'Nobody' })];
    const nodes = tasks.map(({ id }) => ({ kind: 'task', id: `task/${id}`, taskId: id }));
    const order = (): string[] => stage.tower.board.waiting.filter((id) => tasks.some((task) => task.id === id));
    const before = order();
    await run('moveUp', nodes[1]);
    assert.deepEqual(order(), before.toReversed());
    await run('moveDown', nodes[1]);
    assert.deepEqual(order(), before);
    await run('cancelTask', nodes[0], nodes);
    assert.deepEqual(
      tasks.map(({ status }) => status),
      ['cancelled', 'cancelled'],
    );
    await run('copyId', nodes[0], nodes);
    assert.equal(await vscode.env.clipboard.readText(), tasks.map(({ id }) => id).join('\n'));
  });

  it('opens its evidence in the editor', async () => {
    const task = await reported('Proof');
    const added = await post(`/api/tasks/${task}/evidence?kind=text&name=notes`, 'What I saw.\n', 'text/plain');
    assert.equal(added.status, 201);
    const { id, attempts } = stage.task(task);
    const [piece] = attempts[0]?.evidence ?? [];
    await run('openEvidence', { kind: 'evidence', taskId: id, attempt: 1, evidenceId: piece?.id });
    const editor = await until('an editor with the evidence', () => {
      const active = vscode.window.activeTextEditor;
      return active?.document.uri.scheme === 'file' ? active : undefined;
    });
    assert.equal(editor.document.getText(), 'What I saw.\n');
    assert.match(editor.document.uri.path, /\/#\d+ notes\.txt$/);
    await run('openEvidence', task);
    await until(
      'the Evidence panel',
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.label === `Evidence #${stage.task(task).number}`,
    );
    await stage.execute({ type: 'CancelTask', taskId: task });
  });

  it('gives the words of an agent no link of their own', async () => {
    const evil = '[Click](command:workbench.action.terminal.new) <a href="command:evil">x</a> ![](command:evil)';
    const task = await reported(evil);
    await post(`/api/tasks/${task}/logs`, JSON.stringify({ lines: [{ text: evil }] }), 'application/json');
    await post(`/api/tasks/${task}/evidence?kind=text&name=notes`, evil, 'text/plain');
    await post(`/api/tasks/${task}/result`, JSON.stringify({ result: `${evil}\n\`\`\`\n${evil}` }), 'application/json');
    await stage.reaches(stage.task(task), 'completed');
    const document = await stage.details(stage.task(task));
    await stage.shows(document, '## Attempt 1: completed');
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>('vscode.executeLinkProvider', document.uri);
    const targets = links.map(({ target }) => `${target?.scheme}:${target?.path}`.replace(/\/#?[^/:]*$/, ''));
    assert.ok(links.length >= 3, 'our own links are there');
    for (const target of targets) assert.match(target, /^(tasktower:|command:tasktower\.openEvidence$)/, targets.join('\n'));
  });

  async function reported(title: string): Promise<string> {
    const made = await post('/api/tasks', JSON.stringify({ title, status: 'running', agent: 'Reporter' }), 'application/json');
    assert.equal(made.status, 201);
    return String(((await made.json()) as { id: unknown }).id);
  }

  function post(path: string, body: string, type: string): Promise<Response> {
    const { url, token } = stage.api.host.here.address;
    return fetch(url + path, { method: 'POST', body, headers: { authorization: `Bearer ${token}`, 'content-type': type } });
  }
});
