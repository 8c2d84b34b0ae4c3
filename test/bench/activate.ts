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
    const [activations, listening]: [number[], number[]] = [[], []];
    const window = await stage.window();
    for (let n = 0; n < WINDOWS; n++) {
      const time = await listeningAfter(stage, n + 1);
      const activation = await activated(window);
      // The first one loads what the others find in the cache.
      if (n > 0) {
        listening.push(time);
        activations.push(activation);
      }
      await window.reload();
    }
    report.add({ metric: 'loading and activate, synchronous', unit: 'ms', ours: activations, goal: below(30) });
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

/** From the line of the `n`th extension host that it activates us to ours that the tower listens, ms. */
async function listeningAfter(stage: EditorStage, n: number): Promise<number> {
  return until(
    'the tower to listen',
    () => {
      const of = (name: string): number[] =>
        globSync(join(stage.home, 'data', '**', name))
          .flatMap((path) => readFileSync(path, 'utf8').split('\n'))
          .flatMap((line) => (LINES.test(line) ? [Date.parse(line.slice(0, 23).replace(' ', 'T'))] : []))
          .sort((a, b) => a - b);
      const [begun, there] = [of('remoteexthost.log')[n - 1], of('Tasktower.log')[n - 1]];
      return begun === undefined || there === undefined ? undefined : there - begun;
    },
    60_000,
  );
}

const LINES = /_doActivateExtension tasktower\.tasktower|The tower listens at/;
