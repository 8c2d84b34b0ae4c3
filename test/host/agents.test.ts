import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until';
import { HostStage } from './stage';

const WORK = `
console.log(JSON.stringify({ progress: 0.5, step: 'halfway' }));
console.log('I was asked: ' + process.argv[1]);
`;
const WAIT = `console.log('pid ' + process.pid); setInterval(() => {}, 1000);`;
/** The editor's own program, which on a desktop is Node only when it is told to. */
const agent = (name: string, script: string): object => ({
  name,
  command: [process.execPath, '-e', script, '{prompt}'],
  env: { ELECTRON_RUN_AS_NODE: '1' },
});

describe('An agent in the settings of the workspace', () => {
  let stage: HostStage;
  before(async () => {
    stage = await HostStage.open();
    await configure([agent('Worker', WORK), { nonsense: true }, agent('Sleeper', WAIT)]);
    await until(
      'the agents on the board',
      () => stage.tower.board.agents.get('worker')?.managed && stage.tower.board.agents.has('sleeper'),
    );
  });
  after(async () => {
    await configure(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const configure = (agents: object[] | undefined): Thenable<void> =>
    vscode.workspace.getConfiguration('tasktower').update('agents', agents, vscode.ConfigurationTarget.Workspace);

  it('shows up beside one that cannot be read, and runs a task to its end', async () => {
    const task = await stage.create({ title: 'Say it', prompt: 'Say "it"; $(exit)', agent: 'Worker' });
    await stage.reaches(task, 'completed');
    const row = stage.rows('finished').find(({ id }) => id === `task/${task.id}`);
    assert.deepEqual(row?.iconPath, new vscode.ThemeIcon('pass', new vscode.ThemeColor('charts.green')));
    const document = await stage.details(stage.task(task.id));
    await stage.shows(document, '## Attempt 1: completed');
    await stage.shows(document, 'I was asked: Say "it"; $(exit)');
  });

  it('shows its log while it works, and ends with its process when its task is cancelled', async () => {
    const task = await stage.create({ title: 'Sleep', agent: 'Sleeper' });
    await stage.reaches(task, 'running');
    await vscode.commands.executeCommand('tasktower.showLogs', task.id);
    const log = await until('the log in the editor', () => {
      const document = vscode.window.activeTextEditor?.document;
      return document?.uri.path.startsWith(`/log/${task.id}`) ? document : undefined;
    });
    const pid = await until('the pid in the log', () => Number(/pid (\d+)/.exec(log.getText())?.[1] ?? 0) || undefined);
    assert.ok(isAlive(pid));
    await stage.execute({ type: 'CancelTask', taskId: task.id });
    await stage.reaches(task, 'cancelled');
    await until('the end of the process', () => !isAlive(pid));
  });

  it('is no longer ours when it is taken out of the settings', async () => {
    await configure([agent('Worker', WORK)]);
    await until('Sleeper to be let go', () => stage.tower.board.agents.get('sleeper')?.managed === false);
    assert.equal(stage.tower.board.agents.get('worker')?.managed, true);
  });
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
