import { setTimeout as wait } from 'node:timers/promises';
import type { CDPSession, Frame } from 'playwright-core';
import type { EditorStage } from '../support/editorStage';
import { rest, SocketAgent, type Assigned } from '../support/towerClient';
import { until } from '../support/until';
import type { Workbench } from '../support/workbench';

/** How many agents talk, and how many log lines each sends a second. */
export const TALKERS = 20;
export const LINES_A_SECOND = 50;

/** Agents at work in a real editor, which talk until they are stopped. */
export class Talkers {
  private readonly stopping = new AbortController();
  private readonly agents: SocketAgent[] = [];
  private sender: ((text: string) => Promise<unknown>) | undefined;
  /** What was said last. All lines after it carry it too: a burst scrolls a single line away before it is ever painted. */
  private said = '';

  private constructor(
    readonly url: string,
    private readonly token: string,
  ) {}

  static async start(stage: EditorStage): Promise<Talkers> {
    const { url, token } = await stage.address();
    const talkers = new Talkers(url, token);
    for (let n = 0; n < TALKERS; n++) {
      talkers.agents.push(await SocketAgent.join(url, token, { name: `Agent ${n}` }, (agent, task) => talkers.talk(agent, task, n)));
      await talkers.create(`Talk ${n}`, { agent: `Agent ${n}` });
    }
    await until('the first line', () => talkers.sender !== undefined);
    return talkers;
  }

  create(title: string, spec: object = {}): ReturnType<typeof rest> {
    return rest(this.url, this.token, 'POST', '/api/tasks', { title, ...spec });
  }

  /** Sends one line more in the name of the first agent. */
  async say(text: string): Promise<void> {
    const sent = this.sender?.(text);
    this.said = text;
    await sent;
  }

  stop(): void {
    this.stopping.abort();
    for (const agent of this.agents.splice(0)) agent.close();
  }

  private async talk(agent: SocketAgent, task: Assigned, n: number): Promise<void> {
    if (n === 0) this.sender = (text) => agent.send(task, { type: 'log', lines: [{ text, level: 'info' }] });
    for (let step = 0; !this.stopping.signal.aborted; step++) {
      await wait(200);
      const lines = Array.from({ length: LINES_A_SECOND / 5 }, (_, index) => ({
        text: `${this.said} step ${step} line ${index} of agent ${n}`,
        level: 'info',
      }));
      await agent.send(task, { type: 'log', lines });
    }
  }
}

/** The frame of the panel that is shown, once `inside` is in it. */
export async function frameOf(window: Workbench, inside: string): Promise<Frame> {
  await window.panel().locator(inside).first().waitFor({ timeout: 30_000 });
  const outer = await (await window.page.locator('iframe.webview.ready').last().elementHandle())?.contentFrame();
  const frame = await (await outer?.locator('iframe#active-frame').elementHandle())?.contentFrame();
  if (!frame) throw new Error('There is no panel.');
  return frame;
}

/** The heap of the page after a collection, bytes. */
export async function heapOf(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  return (await session.send('Runtime.getHeapUsage')).usedSize;
}
