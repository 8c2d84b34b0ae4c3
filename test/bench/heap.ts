import { setTimeout as wait } from 'node:timers/promises';
import { EditorStage } from '../support/editorStage';
import { below } from './figure';
import type { Report } from './report';
import { frameOf, heapOf, LINES_A_SECOND, TALKERS, Talkers } from './talkers';

const MINUTE = 60_000;

/** The memory of the Logs panel while 20 agents talk: its heap after a collection at minute 2 and at minute 10, and its nodes. */
export async function heapBench(report: Report): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  let talkers: Talkers | undefined;
  try {
    const window = await stage.window();
    talkers = await Talkers.start(stage);
    await window.command('Tasktower: Open Logs');
    const frame = await frameOf(window, '.row.line');
    const session = await window.page.context().newCDPSession(frame);
    const from = performance.now();
    const heaps: number[] = [];
    for (const minute of [2, 4, 6, 8, 10]) {
      await wait(from + minute * MINUTE - performance.now());
      const heap = await heapOf(session);
      const nodes = await frame.evaluate(() => document.querySelectorAll('*').length);
      heaps.push(heap);
      const said = minute * 60 * TALKERS * LINES_A_SECOND;
      report.note(`minute ${minute}: heap ${(heap / 1e6).toFixed(1)} MB, ${nodes} elements, about ${said.toLocaleString('en')} lines`);
    }
    report.add({ metric: 'heap at minute 10 to minute 2', unit: '×', ours: [(heaps.at(-1) ?? NaN) / (heaps[0] ?? NaN)], goal: below(1.1) });
  } finally {
    talkers?.stop();
    await stage.close();
  }
}
