import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../../support/editorStage';
import { running, withCommand } from '../../support/processTree';
import { rest } from '../../support/towerClient';
import { until } from '../../support/until';

/** A command that notes its pid and that of its child, then goes on until it is ended. */
const FAMILY = `const { spawn } = require('child_process'); const { writeFileSync } = require('fs');
const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
writeFileSync('family.json', JSON.stringify([process.pid, child.pid])); setInterval(() => {}, 1000);`;

describe('Work that is left alone', () => {
  let stage: EditorStage;

  before(async function () {
    this.timeout(180_000);
    stage = await EditorStage.open({
      'tasktower.agents': [{ name: 'Family', run: 'task', command: [process.execPath, '-e', FAMILY], skills: ['family'] }],
    });
  });
  after(async function () {
    this.timeout(60_000);
    await stage?.close();
  });

  it('leaves no process behind 30 s after the last window is gone', async function () {
    this.timeout(120_000);
    const window = await stage.window();
    await window.openSideBar();
    await window.waitForRow('Agents', /Family idle/, 60_000);
    await rest((await stage.address()).url, stage.person, 'POST', '/api/tasks', { title: 'Left alone', skills: ['family'] });
    await window.waitForRow('Tasks', /#1 Left alone working/);
    const read = (): number[] => JSON.parse(readFileSync(join(stage.workspace, 'family.json'), 'utf8')) as number[];
    const pids = await until('the pids', read);
    await stage.closeEditor();
    assert.deepEqual(pids.map(running), [true, true], 'The work outlives the window for a while.');
    await until('the end of everything', () => withCommand(stage.home).length === 0 && !pids.some(running), 30_000);
  });
});
