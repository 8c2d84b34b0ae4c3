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
const PREVIEWED = 'one-line.md';

/** From a panel's command to its first row, with all that is kept; beside it, the editor's own Markdown preview of one line, which is such a page as well. */
export async function openingBench(report: Report, size = PENDING): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  try {
    writeFileSync(join(stage.workspace, PREVIEWED), '# One line\n');
    const window = await stage.window();
    const shown = [...PANELS.map(([, first]) => first), 'h1'].join();
    await window.page.addInitScript(watch, shown);
    await window.page.evaluate(watch, shown);
    await fill(stage, size);
    for (const [command, first] of PANELS) {
      const [ours, previews]: [number[], number[]] = [[], []];
      for (let round = 0; round <= ROUNDS; round++) {
        const [panel, preview] = [await opened(window, command, first), await previewed(window)];
        // The first of each loads what the others find in the cache.
        if (round === 0) continue;
        ours.push(panel);
        previews.push(preview);
      }
      const metric = `${command} with ${size} tasks and ${STORED * (size / PENDING)} lines`;
      report.add({ metric, unit: 'ms', ours, peer: { name: 'Markdown preview', samples: previews }, goal: below(500) });
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
async function opened(window: Workbench, command: string, first: string): Promise<number> {
  await window.command('View: Close All Editors');
  return timedCommand(window, command, first);
}

/** How long the preview of a Markdown file takes to show its heading, ms. */
async function previewed(window: Workbench): Promise<number> {
  await window.command('View: Close All Editors');
  await window.command('Go to File...');
  await window.type(PREVIEWED);
  await window.pick(/one-line/);
  await window.page.getByRole('button', { name: 'Open Preview to the Side' }).waitFor();
  return timedCommand(window, 'Markdown: Open Preview', 'h1');
}

/** From the key that carries out the command to the frame that shows `first`, as the pages themselves see both. */
async function timedCommand(window: Workbench, command: string, first: string): Promise<number> {
  const { page } = window;
  await page.keyboard.press('F1');
  await window.type(`>${command}`);
  await page.locator('.quick-input-list').getByRole('option', { name: command }).first().waitFor();
  await page.keyboard.press('Enter');
  const at = await (await frameOf(window, first)).evaluate(() => (globalThis as Watched).shownAt);
  return at - (await page.evaluate(() => (globalThis as Watched).enteredAt));
}

type Watched = typeof globalThis & { enteredAt: number; shownAt: number };

/** Runs in every page before its own scripts: notes when Enter was pressed last, and when one of the elements was first painted. ms since 1970. */
function watch(selector: string): void {
  const noted = globalThis as Watched;
  addEventListener('keydown', ({ key }) => void (key === 'Enter' && (noted.enteredAt = Date.now())), true);
  const observer = new MutationObserver(() => {
    if (!document.querySelector(selector)) return;
    observer.disconnect();
    const channel = new MessageChannel();
    // A message after the frame callback comes when the frame is drawn.
    channel.port1.onmessage = () => (noted.shownAt = Date.now());
    requestAnimationFrame(() => channel.port2.postMessage(undefined));
  });
  observer.observe(document, { childList: true, subtree: true });
}
