import { setTimeout as wait } from 'node:timers/promises';
import type { Frame } from 'playwright-core';
import { EditorStage } from '../support/editorStage';
import { rest, SocketAgent, type Assigned } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

const AGENTS = 20;
const LINES_A_SECOND = 50;
const PROBES = 60;
const PENDING = 10_000;
const PAUSE_EVERY = 250;

/** In the real editor with 20 agents at 50 lines/s: how soon lines and states are seen in the panels, and how long the panels take to open. */
export async function liveBench(): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [], 'tasktower.queue.maxRunning': 100 });
  const stopping = new AbortController();
  const agents: SocketAgent[] = [];
  try {
    const window = await stage.window();
    const { url, token } = await stage.address();
    const create = (title: string, spec: object = {}) => rest(url, token, 'POST', '/api/tasks', { title, ...spec });
    let probe: ((text: string) => Promise<unknown>) | undefined;
    for (let n = 0; n < AGENTS; n++) {
      const talk = async (agent: SocketAgent, task: Assigned): Promise<void> => {
        if (n === 0) probe = (text) => agent.send(task, { type: 'log', lines: [{ text, level: 'info' }] });
        for (let step = 0; !stopping.signal.aborted; step++) {
          await wait(200);
          const lines = Array.from({ length: LINES_A_SECOND / 5 }, (_, index) => ({
            text: `step ${step} line ${index} of agent ${n}`,
            level: 'info',
          }));
          await agent.send(task, { type: 'log', lines });
        }
      };
      agents.push(await SocketAgent.join(url, token, { name: `Agent ${n}` }, talk));
      await create(`Talk ${n}`, { agent: `Agent ${n}` });
    }
    await until('the first line', () => probe !== undefined);

    await window.command('Tasktower: Open Logs');
    const logs = await pageOf(window, '.logs');
    await report('log line to Logs panel', 100, logs, (text) => probe?.(text));

    await window.command('Tasktower: Open Dashboard');
    const dashboard = await pageOf(window, '.dashboard');
    await report('new task to Dashboard', 150, dashboard, (text) => create(text, { skills: ['none'], priority: 'urgent' }));
    stopping.abort();

    for (let n = 0; n < PENDING;) {
      const from = performance.now();
      await Promise.all(Array.from({ length: PAUSE_EVERY }, () => create(`Task ${++n}`, { skills: ['none'] })));
      await until('the next second', () => performance.now() - from > 900);
    }
    for (const [command, first] of [
      ['Tasktower: Open Dashboard', '.card'],
      ['Tasktower: Open Logs', '.toolbar, .bar, header'],
      ['Tasktower: Open Analytics', 'h3, .empty, .summary'],
    ] as const) {
      await window.command('View: Close All Editors');
      const opened = performance.now();
      await window.command(command);
      await window.panel().locator(first).first().waitFor();
      console.log(`${command} with ${PENDING} tasks: ${Math.round(performance.now() - opened)} ms with the command palette`);
    }
  } finally {
    stopping.abort();
    for (const agent of agents) agent.close();
    await stage.close();
  }
}

/** The frame of the panel that is shown, once `inside` is in it. */
async function pageOf(window: Workbench, inside: string): Promise<Frame> {
  await window.panel().locator(inside).first().waitFor({ timeout: 30_000 });
  const outer = await (await window.page.locator('iframe.webview.ready').last().elementHandle())?.contentFrame();
  const frame = await (await outer?.locator('iframe#active-frame').elementHandle())?.contentFrame();
  if (!frame) throw new Error('There is no panel.');
  return frame;
}

/** Sends texts that are looked for in the page, and says how long each took to be seen there. */
async function report(name: string, wanted: number, frame: Frame, send: (text: string) => Promise<unknown> | undefined): Promise<void> {
  await frame.evaluate(() => {
    const seen: Record<string, number> = {};
    (globalThis as unknown as { seen: typeof seen }).seen = seen;
    new MutationObserver(() => {
      // After the paint that shows it.
      requestAnimationFrame(() => {
        for (const [text] of (document.body.textContent ?? '').matchAll(/probe-\d+-/g)) seen[text] ??= Date.now();
      });
    }).observe(document.body, { childList: true, subtree: true, characterData: true });
  });
  const times: number[] = [];
  for (let n = 0; n < PROBES; n++) {
    const text = `probe-${n}-`;
    const sent = Date.now();
    await send(text);
    const at = await until(
      text,
      () => frame.evaluate((key) => (globalThis as unknown as { seen: Record<string, number> }).seen[key], text),
      10_000,
    );
    times.push(at - sent);
    await wait(100);
  }
  times.sort((a, b) => a - b);
  const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? NaN;
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms (wanted < ${wanted}), worst ${at(1)} ms`);
}
