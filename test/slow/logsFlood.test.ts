import assert from 'node:assert/strict';
import { LogFeed } from '../../src/extension/panels/logFeed';
import { storedLine } from '../support/logLines';
import { LogsScene, type LogsPage } from '../support/logsPage';
import { logsStage } from '../support/logsStage';

/** What a page did for a while. */
interface Watched {
  frames: number;
  /** The longest time between two frames, ms. */
  longest: number;
  nodes: number;
  /** Megabytes after a collection, at the beginning and at the end. */
  heap: [number, number];
  seconds: number;
}

/** Has so many lines come in each batch, every 50 ms for `ms`, of 20 agents. */
function flood(panel: LogsPage, taskIds: readonly string[], agents: readonly string[], perBatch: number, ms: number): Promise<Watched> {
  return panel.page.evaluate(
    async ({ taskIds, agents, perBatch, ms }) => {
      const { gc, performance } = globalThis as unknown as {
        gc: () => void;
        performance: Performance & { memory: { usedJSHeapSize: number } };
      };
      const heap = (): number => {
        gc();
        return Math.round(performance.memory.usedJSHeapSize / 100_000) / 10;
      };
      let count = 0;
      const send = (): void => {
        const lines = Array.from({ length: perBatch }, () => {
          const n = ++count;
          const of = n % agents.length;
          const level = n % 50 === 0 ? 'error' : n % 17 === 0 ? 'warn' : 'info';
          const text = n % 9 === 0 ? `\u001b[32mok\u001b[0m {"n": ${n}, "a": [1, 2]}` : `Reading file ${n} of the flood`;
          return { place: `f${n}`, at: Date.now(), taskId: taskIds[of], attempt: 1, agentId: agents[of], level, text };
        });
        postMessage({ jsonrpc: '2.0', method: 'board/logs', params: { lines } }, '*');
      };
      for (let n = 0; n < 10; n++) send();
      await new Promise(requestAnimationFrame);
      const before = heap();
      const from = performance.now();
      let [frames, longest, last] = [0, 0, from];
      const timer = setInterval(send, 50);
      while (performance.now() - from < ms) {
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        longest = Math.max(longest, now - last);
        last = now;
        frames++;
      }
      clearInterval(timer);
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
      let nodes = 0;
      while (walker.nextNode()) nodes++;
      return {
        frames,
        longest: Math.round(longest),
        nodes,
        heap: [before, heap()] as [number, number],
        seconds: (performance.now() - from) / 1000,
      };
    },
    { taskIds, agents, perBatch, ms },
  );
}

describe('The Logs panel in a flood', function () {
  this.timeout(90_000);
  const stage = logsStage();

  async function twenty(): Promise<{ panel: LogsPage; tasks: string[]; agents: string[] }> {
    const scene = new LogsScene();
    const tasks = Array.from({ length: 20 }, (_, n) => scene.work(`Agent ${n}`, `Task of ${n}`));
    for (const task of tasks) scene.line(task, 'Begin');
    return { panel: await stage.open(scene), tasks, agents: tasks.map((_, n) => `agent-${n}`) };
  }

  it('of 20 agents at 50 lines a second goes on drawing smoothly', async () => {
    const { panel, tasks, agents } = await twenty();
    const calm = await flood(panel, tasks, agents, 0, 1500);
    const busy = await flood(panel, tasks, agents, 50, 6000);
    const rate = (watched: Watched): number => watched.frames / watched.seconds;
    assert.ok(rate(busy) > rate(calm) * 0.5, `${rate(busy)} frames a second of ${rate(calm)}`);
    assert.ok(busy.longest < 400, `${busy.longest} ms without a frame`);
    assert.ok(busy.nodes < 3000, `${busy.nodes} nodes`);
  });

  it('at all that the feed lets through stays light and goes on drawing', async () => {
    const { panel, tasks, agents } = await twenty();
    await flood(panel, tasks, agents, 2000, 3000);
    const watched = await flood(panel, tasks, agents, 2000, 6000);
    assert.ok(watched.frames / watched.seconds > 10, `${watched.frames} frames in ${watched.seconds} s`);
    assert.ok(watched.longest < 1000, `${watched.longest} ms without a frame`);
    assert.ok(watched.nodes < 3000, `${watched.nodes} nodes`);
    assert.ok(watched.heap[1] - watched.heap[0] < 20, `${watched.heap.join(' to ')} MB`);
  });

  it('of lines that are all colours keeps the page small on a tall screen', async () => {
    const scene = new LogsScene();
    const task = scene.work('Painter', 'Paint');
    const words = Array.from({ length: 200 }, (_, n) => `\u001b[${31 + (n % 6)}mword`).join(' ');
    for (let n = 0; n < 400; n++)
      scene.line(task, n % 2 === 0 ? words : JSON.stringify(Array.from({ length: 200 }, (_, one) => ({ one }))));
    const panel = await stage.open(scene, { height: 1400 });
    const nodes = await panel.page.evaluate(() => {
      const walker = document.createTreeWalker(document, NodeFilter.SHOW_ALL);
      let count = 0;
      while (walker.nextNode()) count++;
      return count;
    });
    assert.ok(nodes < 3000, `${nodes} nodes`);
    assert.ok((await panel.page.locator('.fg-1').count()) > 5);
  });

  it('of 100,000 lines a second takes the feed a small part of the time', () => {
    const feed = new LogFeed({}, () => new Promise(() => undefined));
    const lines = Array.from({ length: 5000 }, (_, n) => storedLine(n));
    const from = performance.now();
    for (let n = 0; n < 20; n++) feed.take(lines);
    const ms = performance.now() - from;
    feed.dispose();
    assert.ok(ms < 500, `${ms} ms for a second's lines`);
  });
});
