import { EditorStage } from '../support/editorStage';
import type { Workbench } from '../support/workbench';
import { ratioAtMost } from './figure';
import { inPairs } from './pairs';
import type { Report } from './report';
import { atShare } from './statistics';
import { TALKERS, Talkers } from './talkers';

const ROUNDS = 6;
const KEYS = 80;

/** From a key to its paint in a text editor: with the tower at work for 20 talking agents, and in an editor without the extension, in turns. */
export async function keysBench(report: Report): Promise<void> {
  const busy = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  const plain = await EditorStage.open({}, { extended: false });
  let talkers: Talkers | undefined;
  try {
    const windows = [await busy.window(), await plain.window()] as const;
    talkers = await Talkers.start(busy);
    await windows[0].openSideBar();
    for (const window of windows) await window.command('File: New Untitled Text File');
    const p95 = (window: Workbench) => async (): Promise<number> => atShare(await typed(window), 0.95);
    const { ours, peer } = await inPairs(p95(windows[0]), p95(windows[1]), { pairs: ROUNDS });
    const samples = { name: 'editor without the extension', samples: peer };
    report.add({ metric: `key to paint with ${TALKERS} agents at work, p95`, unit: 'ms', ours, peer: samples, goal: ratioAtMost(1.1) });
  } finally {
    talkers?.stop();
    await busy.close();
    await plain.close();
  }
}

/** Types, and gives the time from each key to the frame after it, ms. */
async function typed({ page }: Workbench): Promise<number[]> {
  await page.bringToFront();
  await page.locator('.editor-instance .view-lines').last().click();
  await page.evaluate(() => {
    const held = globalThis as unknown as { times?: number[] };
    const isNew = held.times === undefined;
    held.times = [];
    if (!isNew) return;
    document.addEventListener(
      'keydown',
      ({ timeStamp }) => {
        const channel = new MessageChannel();
        // A message after the frame callback comes when the frame is drawn.
        channel.port1.onmessage = () => held.times?.push(performance.now() - timeStamp);
        requestAnimationFrame(() => channel.port2.postMessage(undefined));
      },
      true,
    );
  });
  for (let n = 0; n < KEYS; n++) await page.keyboard.press('abcdefgh'[n % 8] ?? 'a', { delay: 20 });
  return page.evaluate(() => (globalThis as unknown as { times: number[] }).times);
}
