import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from 'playwright-core';
import { EditorStage } from '../support/editorStage';
import { until } from '../support/until';
import { below } from './figure';
import type { Report } from './report';
import { frameOf, heapOf, LINES_A_SECOND, TALKERS, Talkers } from './talkers';

const MINUTE = 60_000;

/** The page that has such an element, if any. */
async function frameWith(frames: readonly Frame[], inside: string): Promise<Frame | undefined> {
  for (const frame of frames) if ((await frame.locator(inside).count()) > 0) return frame;
  return undefined;
}

/** All nodes of a page, texts too. */
function countNodes(): number {
  const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
  let count = 1;
  while (walker.nextNode()) count++;
  return count;
}

/** The memory of the Logs panel and the Dashboard while 20 agents talk: heap after a collection at minute 2 and at minute 10, and nodes. */
export async function heapBench(report: Report): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  let talkers: Talkers | undefined;
  try {
    const window = await stage.window();
    talkers = await Talkers.start(stage);
    await window.command('Tasktower: Open Logs');
    await frameOf(window, '.row.line');
    await window.command('View: Split Editor Right');
    await window.command('Tasktower: Open Dashboard');
    const panels = await Promise.all(
      Object.entries({ Logs: '.row.line', Dashboard: '.card' }).map(async ([name, inside]) => {
        const frame = await until(name, () => frameWith(window.page.frames(), inside), 30_000);
        const { page } = window;
        // An editor that is served from one site has its panels in the process of the workbench, and its heap is theirs too.
        const session = await page
          .context()
          .newCDPSession(frame)
          .catch(() => page.context().newCDPSession(page));
        return { name, frame, session, heaps: [] as number[], most: 0 };
      }),
    );
    const from = performance.now();
    for (const minute of [2, 4, 6, 8, 10]) {
      await wait(from + minute * MINUTE - performance.now());
      const said = (minute * 60 * TALKERS * LINES_A_SECOND).toLocaleString('en');
      for (const panel of panels) {
        const heap = await heapOf(panel.session);
        const nodes = await panel.frame.evaluate(countNodes);
        panel.heaps.push(heap);
        panel.most = Math.max(panel.most, nodes);
        report.note(`minute ${minute}, ${panel.name}: heap ${(heap / 1e6).toFixed(1)} MB, ${nodes} nodes, about ${said} lines`);
      }
    }
    for (const { name, heaps, most } of panels) {
      const growth = (heaps.at(-1) ?? NaN) / (heaps[0] ?? NaN);
      report.add({ metric: `${name}: heap at minute 10 to minute 2`, unit: '×', ours: [growth], goal: below(1.1) });
      report.add({ metric: `${name}: nodes at most`, unit: '', ours: [most], goal: below(3000) });
    }
  } finally {
    talkers?.stop();
    await stage.close();
  }
}
