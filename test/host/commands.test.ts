import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { newOnes } from '../../src/extension/commands/addAgent';
import { inert, withoutIcons } from '../../src/extension/messages';
import { waitingTasks } from '../../src/server/domain/order';
import { until } from '../support/until';
import { HostStage } from './stage';

describe('A command on tasks', () => {
  let stage: HostStage;
  before(async () => (stage = await HostStage.open()));

  const run = (command: string, ids: readonly string[]): Thenable<unknown> => {
    const rows = ids.map((taskId) => ({ taskId }));
    return vscode.commands.executeCommand(command, rows[0], rows);
  };

  it('deletes nothing that goes on or waits: that is cancelled', async () => {
    const task = await stage.create({ title: 'Waits', agent: 'Nobody' });
    await run('tasktower.deleteTask', [task.id]);
    await stage.reaches(task, 'cancelled');
  });

  it('is carried out also on those that have left the board', async () => {
    const tasks = [await stage.create({ title: 'Stays', agent: 'Nobody' }), await stage.create({ title: 'Leaves', agent: 'Nobody' })];
    await run(
      'tasktower.cancelTask',
      tasks.map(({ id }) => id),
    );
    const [stays, leaves] = tasks;
    assert.ok(stays && leaves);
    await stage.reaches(leaves, 'cancelled');
    await stage.tower.execute({ type: 'ArchiveTasks', taskIds: [leaves.id] }, { kind: 'tower', name: 'tower' });
    await until('it to leave', () => !stage.tower.board.tasks.has(leaves.id));
    await run('tasktower.retryTask', [stays.id, leaves.id]);
    for (const task of tasks) await stage.reaches(task, 'pending');
    await run(
      'tasktower.cancelTask',
      tasks.map(({ id }) => id),
    );
  });

  it('moves all of them by one place, and none past another of them', async () => {
    const ids: string[] = [];
    for (const title of ['One', 'Two', 'Three', 'Four']) ids.push((await stage.create({ title, agent: 'Nobody', priority: 'low' })).id);
    const [one = '', two = '', three = '', four = ''] = ids;
    const order = (): string[] => [...waitingTasks(stage.tower.board)].map(({ id }) => id).filter((id) => ids.includes(id));
    await run('tasktower.moveUp', [three, two]);
    assert.deepEqual(order(), [two, three, one, four]);
    await run('tasktower.moveUp', [two, three]);
    assert.deepEqual(order(), [two, three, one, four]);
    await run('tasktower.moveDown', [two, three]);
    assert.deepEqual(order(), [one, two, three, four]);
    await run('tasktower.moveDown', [two, three]);
    assert.deepEqual(order(), [one, four, two, three]);
    await run('tasktower.cancelTask', ids);
  });
});

describe('A message', () => {
  it('has no link that a title brings along', () => {
    assert.equal(inert('#1 [Fix it](command:workbench.action.quit) failed'), '#1 [Fix it] (command:workbench.action.quit) failed');
  });
});

describe('A pick', () => {
  it('shows what looks like an icon in a title as it was written', () => {
    assert.equal(withoutIcons('Fix $(VAR) and $(sync~spin), not $(a b)'), 'Fix \\$(VAR) and \\$(sync~spin), not $(a b)');
  });
});

describe('Adding an agent', () => {
  const settings = (agents: unknown): Thenable<void> =>
    vscode.workspace.getConfiguration('tasktower').update('agents', agents, vscode.ConfigurationTarget.Workspace);
  afterEach(() => settings(undefined));

  it('does not mind an entry of the settings that is nothing', async () => {
    await settings([null]);
    assert.deepEqual(await newOnes([]), []);
  });
});
