import { globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage, root } from '../support/editorStage';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';
import { atMost, below } from './figure';
import type { Report } from './report';

const WINDOWS = 6;
const MB = 1_000_000;

/** What the extension costs a window that opens: as the editor's own page of running extensions and the logs of its extension hosts say. */
export async function activateBench(report: Report): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [] });
  try {
    const [loaded, called, listening]: [number[], number[], number[]] = [[], [], []];
    const window = await stage.window();
    for (let n = 0; n < WINDOWS; n++) {
      const { call, listens } = await listeningAfter(stage, n + 1);
      const both = await activated(window);
      // The first one loads what the others find in the cache.
      if (n > 0) {
        called.push(call);
        loaded.push(both - call);
        listening.push(listens);
      }
      await window.reload();
    }
    report.add({ metric: 'activate, synchronous', unit: 'ms', ours: called, goal: below(30) });
    report.add({ metric: 'loading the bundle before it', unit: 'ms', ours: loaded });
    report.add({ metric: 'activation to a listening gateway', unit: 'ms', ours: listening, goal: below(300) });
  } finally {
    await stage.close();
  }
  const size = (path: string): number => statSync(join(root, path)).size / MB;
  report.add({ metric: 'the bundle of the extension host', unit: 'MB', ours: [size('dist/extension.js')] });
  report.add({ metric: '.vsix', unit: 'MB', ours: [size('dist/tasktower.vsix')], goal: atMost(2) });
}

/** What the editor counts for loading the bundle and calling `activate`, ms. */
async function activated(window: Workbench): Promise<number> {
  await window.command('Developer: Show Running Extensions');
  const row = window.page
    .locator('.runtime-extensions-editor .monaco-list-row, .editor-instance .monaco-list-row')
    .filter({ hasText: 'Tasktower' });
  const text = await until(
    'the time of the activation',
    async () => /(?:Startup )?Activation: (\d+)ms/.exec((await row.first().textContent()) ?? '')?.[1],
  );
  return Number(text);
}

/** What the logs of the `n`th extension host tell: how long `activate` took, and from the line that it activates us to ours that the tower listens, ms. */
async function listeningAfter(stage: EditorStage, n: number): Promise<{ call: number; listens: number }> {
  return until(
    'the tower to listen',
    () => {
      const lines = (name: string, of: RegExp): string[] =>
        globSync(join(stage.home, 'data', '**', name))
          .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
          .filter((line) => of.test(line))
          .sort();
      const begun = lines('remoteexthost.log', /_doActivateExtension tasktower\.tasktower/)[n - 1];
      const there = lines('Tasktower.log', /The tower listens at/)[n - 1];
      const call = /Activated in (\d+) ms/.exec(lines('Tasktower.log', /Activated in/)[n - 1] ?? '')?.[1];
      if (begun === undefined || there === undefined || call === undefined) return undefined;
      return { call: Number(call), listens: timeOf(there) - timeOf(begun) };
    },
    60_000,
  );
}

function timeOf(line: string): number {
  return Date.parse(line.slice(0, 23).replace(' ', 'T'));
}
