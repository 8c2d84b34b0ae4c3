import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from 'playwright-core';
import { EditorStage } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import { below } from './figure';
import type { Report } from './report';
import { atShare } from './statistics';
import { frameOf, Talkers } from './talkers';

const PROBES = 60;

/** In the real editor with 20 agents at 50 lines/s: how soon lines and states are seen in the panels and the tree. */
export async function liveBench(report: Report): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  let talkers: Talkers | undefined;
  try {
    const window = await stage.window();
    talkers = await Talkers.start(stage);
    const { url } = await stage.address();
    const { create, say } = { create: talkers.create.bind(talkers), say: talkers.say.bind(talkers) };
    await window.command('Tasktower: Open Logs');
    await measure(report, 'log line to Logs panel', 100, await frameOf(window, '.row.line'), say);
    await window.command('Tasktower: Open Dashboard');
    // Each is taken away again, or the next ones were under them, out of sight.
    let number = 0;
    const urgent = async (text: string): Promise<void> => {
      number = Number((await create(text, { skills: ['none'], priority: 'urgent' })).body.number);
    };
    const remove = (): Promise<unknown> => rest(url, stage.person, 'DELETE', `/api/tasks/${number}`);
    await measure(report, 'new task to Dashboard', 150, await frameOf(window, '.card'), urgent, remove);
    await window.openSideBar();
    // Under the running ones it would be out of sight.
    await window.row('Tasks', /^Running/).click();
    await window.page.keyboard.press('ArrowLeft');
    await measure(report, 'new task to the Tasks view', 150, window.page.mainFrame(), urgent, remove);
  } finally {
    talkers?.stop();
    await stage.close();
  }
}

/** Sends texts that are looked for in the page, and says how long each took to be seen there. */
async function measure(
  report: Report,
  metric: string,
  wanted: number,
  frame: Frame,
  send: (text: string) => Promise<unknown>,
  after: () => Promise<unknown> = () => Promise.resolve(),
): Promise<void> {
  await frame.evaluate(() => {
    const seen: Record<string, number> = {};
    (globalThis as unknown as { seen: typeof seen }).seen = seen;
    new MutationObserver(() => {
      // After the paint that shows it.
      requestAnimationFrame(() => {
        for (const [text] of (document.body.textContent ?? '').matchAll(/~\w+-probe-\d+-/g)) seen[text] ??= Date.now();
      });
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  const times: number[] = [];
  for (let n = 0; n < PROBES; n++) {
    const text = `~${metric.split(' ').at(-1)}-probe-${n}-`;
    const sent = Date.now();
    await send(text);
    const at = await until(
      text,
      () => frame.evaluate((key) => (globalThis as unknown as { seen: Record<string, number> }).seen[key], text),
      10_000,
    );
    times.push(at - sent);
    await after();
    // At no fixed distance from what happens all the time.
    await wait(300 + Math.random() * 300);
  }
  report.add({ metric, unit: 'ms', ours: times });
  report.add({ metric: `${metric}, p95`, unit: 'ms', ours: [atShare(times, 0.95)], goal: below(wanted) });
}
