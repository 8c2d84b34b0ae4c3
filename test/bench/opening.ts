import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';
import { below } from './figure';
import type { Report } from './report';
import { frameOf } from './talkers';

const PENDING = 10_000;
const FINISHED = 100;
const PAUSE_EVERY = 250;
const STORED = 1_000_000;
const LINES_A_CALL = 1_000;
const ROUNDS = 7;
/** Their commands, and what of each is seen first that says something. */
const PANELS = [
  ['Tasktower: Open Dashboard', '.card'],
  ['Tasktower: Open Logs', '.row.line'],
  ['Tasktower: Open Analytics', 'figure'],
] as const;

/** From a panel's command to its first row, with all that is kept; beside it, the editor's own Markdown preview of one line, which is such a page as well. */
export async function openingBench(report: Report, size = PENDING): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  try {
    // The editor opens a file as it was seen last, so each is seen once.
    const previews = Array.from({ length: PANELS.length * (ROUNDS + 1) }, (_, n) => `preview-${n + 100}.md`);
    for (const name of previews) writeFileSync(join(stage.workspace, name), '# One line\n');
    const window = await stage.window();
    await fill(stage, size);
    report.note(`${size} tasks wait, ${STORED * (size / PENDING)} lines are kept`);
    for (const [command, first] of PANELS) {
      const [ours, peer]: [Opening[], Opening[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++) {
        const [panel, preview] = [await opened(window, command, first), await previewed(window, previews.shift() ?? '')];
        // The first of each loads what the others find in the cache.
        if (round === 0) continue;
        ours.push(panel);
        peer.push(preview);
      }
      for (const [what, of, goal] of [
        ['first paint', 'paint', below(500)],
        ['first row', 'seen', undefined],
      ] as const) {
        const samples = { name: 'Markdown preview', samples: peer.map((one) => one[of]) };
        report.add({
          metric: `${command}, ${what}`,
          ...{ unit: 'ms', ours: ours.map((one) => one[of]), peer: samples, ...(goal ? { goal } : {}) },
        });
      }
    }
  } finally {
    await stage.close();
  }
}

async function fill(stage: EditorStage, size: number): Promise<void> {
  const { url } = await stage.address();
  const create = (body: object): ReturnType<typeof rest> => rest(url, stage.person, 'POST', '/api/tasks', body);
  for (let n = 0; n < size;) {
    const from = performance.now();
    await Promise.all(Array.from({ length: PAUSE_EVERY }, () => create({ title: `Task ${++n}`, skills: ['none'] })));
    await until('the next second', () => performance.now() - from > 900);
  }
  for (let n = 0; n < FINISHED; n++) {
    const { body } = await create({ title: `Done ${n}`, status: 'running', agent: `Doer ${n % 5}` });
    await rest(url, stage.person, 'POST', `/api/tasks/${String(body.number)}/result`, { result: 'Done.', usage: { costUsd: 0.02 } });
  }
  const { body } = await create({ title: 'Long', status: 'running', agent: 'Long' });
  for (let n = 0; n < STORED * (size / PENDING); n += LINES_A_CALL) {
    const lines = Array.from({ length: LINES_A_CALL }, (_, index) => ({
      text: `line ${n + index} of what was said before, and some more`,
    }));
    const { status } = await rest(url, stage.person, 'POST', `/api/tasks/${String(body.number)}/logs`, { lines });
    if (status >= 300) throw new Error(`The lines were refused with ${status}.`);
  }
}

/** How long a panel takes from its command to its first row, ms. */
async function opened(window: Workbench, command: string, first: string): Promise<Opening> {
  await window.command('View: Close All Editors');
  return timedCommand(window, command, first);
}

/** How long the preview of a Markdown file takes to show its heading, ms. */
async function previewed(window: Workbench, name: string): Promise<Opening> {
  await window.command('View: Close All Editors');
  await window.command('Go to File...');
  await window.type(name);
  await window.pick(new RegExp(`^${name}`));
  await window.page.getByRole('button', { name: 'Open Preview to the Side' }).waitFor();
  return timedCommand(window, 'Markdown: Open Preview', 'h1');
}

/** What a person waits for after the key that carries out a command, ms. */
interface Opening {
  /** The page paints something, as it says itself. */
  paint: number;
  /** `first` is there, as it is seen from outside, which takes a moment too. */
  seen: number;
}

async function timedCommand(window: Workbench, command: string, first: string): Promise<Opening> {
  const { page } = window;
  await page.keyboard.press('F1');
  await window.type(`>${command}`);
  await page.locator('.quick-input-list').getByRole('option', { name: command }).first().waitFor();
  const entered = Date.now();
  await page.keyboard.press('Enter');
  const frame = await frameOf(window, first);
  const seen = Date.now() - entered;
  const painted = await frame.evaluate(() => {
    const [entry] = performance.getEntriesByName('first-contentful-paint');
    return performance.timeOrigin + (entry?.startTime ?? NaN);
  });
  return { paint: painted - entered, seen };
}
