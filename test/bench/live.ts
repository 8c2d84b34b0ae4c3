import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from 'playwright-core';
import { EditorStage } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';
import { below } from './figure';
import type { Report } from './report';
import { atShare } from './statistics';
import { frameOf, Talkers } from './talkers';

const PROBES = 60;
const PENDING = 10_000;
const FINISHED = 100;
const PAUSE_EVERY = 250;
const STORED = 1_000_000;
const LINES_A_CALL = 1_000;

/** In the real editor with 20 agents at 50 lines/s: how soon lines and states are seen in the panels, and how long the panels take to open. */
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
    talkers.stop();
    await fill(stage, create);
    for (const [command, first] of [
      ['Tasktower: Open Dashboard', '.card'],
      ['Tasktower: Open Logs', '.row.line'],
      ['Tasktower: Open Analytics', 'figure'],
    ] as const)
      await opening(report, window, command, first);
  } finally {
    talkers?.stop();
    await stage.close();
  }
}

async function fill(stage: EditorStage, create: Talkers['create']): Promise<void> {
  const { url } = await stage.address();
  for (let n = 0; n < PENDING;) {
    const from = performance.now();
    await Promise.all(Array.from({ length: PAUSE_EVERY }, () => create(`Task ${++n}`, { skills: ['none'] })));
    await until('the next second', () => performance.now() - from > 900);
  }
  for (let n = 0; n < FINISHED; n++) {
    const { body } = await rest(url, stage.person, 'POST', '/api/tasks', { title: `Done ${n}`, status: 'running', agent: `Doer ${n % 5}` });
    await rest(url, stage.person, 'POST', `/api/tasks/${String(body.number)}/result`, { result: 'Done.', usage: { costUsd: 0.02 } });
  }
  const { body } = await rest(url, stage.person, 'POST', '/api/tasks', { title: 'Long', status: 'running', agent: 'Long' });
  for (let n = 0; n < STORED; n += LINES_A_CALL) {
    const lines = Array.from({ length: LINES_A_CALL }, (_, index) => ({
      text: `line ${n + index} of what was said before, and some more`,
    }));
    const { status } = await rest(url, stage.person, 'POST', `/api/tasks/${String(body.number)}/logs`, { lines });
    if (status >= 300) throw new Error(`The lines were refused with ${status}.`);
  }
}

/** Says how long a panel takes from its command to the first row, five times. */
async function opening(report: Report, window: Workbench, command: string, first: string): Promise<void> {
  const times: number[] = [];
  for (let n = 0; n < 5; n++) {
    await window.command('View: Close All Editors');
    await window.page.keyboard.press('F1');
    await window.type(`>${command}`);
    await window.page.locator('.quick-input-list').getByRole('option', { name: command }).first().waitFor();
    const from = performance.now();
    await window.page.keyboard.press('Enter');
    await window.panel().locator(first).first().waitFor();
    times.push(performance.now() - from);
  }
  report.add({ metric: `${command} with ${PENDING} tasks and ${STORED} lines`, unit: 'ms', ours: times, goal: below(500) });
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
