import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { until } from '../support/until';
import { HostStage } from './stage';

describe("The editor's own models", () => {
  it('may show a task and open its proof, and are told how it stands', async () => {
    const stage = await HostStage.open();
    const { number } = await stage.create({ title: 'Shown by a model', skills: ['nobody'] });
    const names = vscode.lm.tools.map(({ name }) => name).filter((name) => name.startsWith('tasktower_'));
    assert.deepEqual(names.sort(), ['tasktower_open_proof', 'tasktower_show_task']);
    for (const name of names) {
      const { content } = await vscode.lm.invokeTool(name, { input: { task: `#${number}` }, toolInvocationToken: undefined });
      const [part] = content;
      assert.ok(part instanceof vscode.LanguageModelTextPart);
      assert.match(part.value, new RegExp(`#${number} Shown by a model is pending`));
    }
    await until('the tab of the proof', () =>
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label === `Evidence #${number}`)),
    );
  });

  it('hear which task there is none of', async () => {
    await HostStage.open();
    const asked = vscode.lm.invokeTool('tasktower_show_task', { input: { task: '#99999' }, toolInvocationToken: undefined });
    await assert.rejects(async () => asked, /There is no task #99999/);
  });
});
