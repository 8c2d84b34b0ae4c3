import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { needsYou } from '../../src/server/domain/needsYou';
import type { Actor } from '../../src/server/domain/task';
import { until } from '../support/until';
import { HostStage } from './stage';

const SCRIPT: Actor = { kind: 'client', name: 'script' };
const next = (): Thenable<unknown> => vscode.commands.executeCommand('tasktower.nextNeedsMe');

describe('The next thing that needs me', () => {
  let stage: HostStage;
  before(async () => (stage = await HostStage.open()));
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  /** Work that a script reports, under way. */
  const reported = async (title: string, spec: object = {}): Promise<string> => {
    const command = { type: 'ReportTask', spec: { title, ...spec }, agent: 'Script', leaseMs: 600_000 } as const;
    return (await stage.tower.execute(command, SCRIPT)).taskId ?? '';
  };

  it('is opened one after the other, and the first one again after the last', async () => {
    const failed = await reported('Breaks');
    await stage.tower.execute({ type: 'ReportError', taskId: failed, attempt: 1, kind: 'agent_error', message: 'no such file' }, SCRIPT);
    const review = await reported('Wants a look', { requires: ['signoff'] });
    await stage.tower.execute({ type: 'ReportResult', taskId: review, attempt: 1, result: 'Done.' }, SCRIPT);
    const asks = needsYou(stage.tower.board, stage.tower.live).flatMap((ask) => (ask.kind === 'agent' ? [] : [ask.task]));
    assert.ok(asks.length >= 2);
    const opened = async (): Promise<string[]> => {
      const labels: string[] = [];
      for (const { number } of asks) {
        await next();
        const isIt = (label: string | undefined): boolean => label?.startsWith(`#${number} `) === true;
        labels.push(
          await until(`#${number}`, () => {
            const label = vscode.window.tabGroups.activeTabGroup.activeTab?.label;
            return isIt(label) ? label : undefined;
          }),
        );
      }
      return labels;
    };
    const first = await opened();
    assert.equal(new Set(first).size, asks.length);
    assert.deepEqual(await opened(), first);
    await stage.execute({ type: 'DismissTask', taskId: failed });
    await stage.execute({ type: 'SignOff', taskId: review, verdict: 'accepted' });
  });
});
