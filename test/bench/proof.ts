import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EditorStage } from '../support/editorStage';
import { blocks, paint, pngOf } from '../support/pictures';
import { pseudoRandom } from '../support/pseudoRandom';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import { below } from './figure';
import type { Report } from './report';

const PICTURES = 500;
const KEYS = 60;

/** Fills the Evidence panel of a real editor with screenshots, compares them, and times what a person feels. */
export async function proofBench(report: Report): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [] });
  try {
    const window = await stage.window();
    const { url } = await stage.address();
    const token = stage.person;
    const plain = blocks(1920, 1080, pseudoRandom(7), true);
    const bytes = (n: number, changed: boolean): Uint8Array<ArrayBuffer> => {
      const numbered = paint(plain, 20, 20, 20 + n, 20, [n % 256, 80, 160, 255]);
      return new Uint8Array(pngOf(changed ? paint(numbered, 800, 400, 60, 40, [255, 0, 0, 255]) : numbered, 2));
    };
    const run = async (title: string, pictures: readonly Uint8Array<ArrayBuffer>[]): Promise<string> => {
      const { body } = await rest(url, token, 'POST', '/api/tasks', { title, status: 'running', agent: 'bench' });
      const id = String(body.id);
      for (let n = 0; n < PICTURES; n++) {
        const query = `kind=screenshot&name=page-${n}&viewport=1920x1080`;
        const headers = { authorization: `Bearer ${token}`, 'content-type': 'image/png' };
        const sent = await fetch(`${url}/api/tasks/${id}/evidence?${query}`, { method: 'POST', headers, body: pictures[n] ?? null });
        if (sent.status !== 201) throw new Error(await sent.text());
      }
      await rest(url, token, 'POST', `/api/tasks/${id}/result`, { result: 'Done.' });
      await until(`${title} to end`, async () => (await rest(url, token, 'GET', `/api/tasks/${id}`)).body.status === 'completed', 300_000);
      return id;
    };
    const evidence = async (id: string): Promise<{ id: string; comparison?: { state: string } }[]> =>
      (await rest(url, token, 'GET', `/api/tasks/${id}/evidence`)).body.evidence as { id: string; comparison?: { state: string } }[];

    const made = (changed: boolean): Uint8Array<ArrayBuffer>[] => Array.from({ length: PICTURES }, (_, n) => bytes(n, changed));
    const first = await run('First run', made(false));
    for (const piece of await evidence(first)) await rest(url, token, 'POST', `/api/evidence/${first}/${piece.id}/accept`);
    await until('the baselines', () => stage.baselines().length === PICTURES, 300_000);

    const changed = made(true);
    const stop = watch(stage, url);
    const from = performance.now();
    const second = await run('Second run', changed);
    await until(
      'the comparisons',
      async () => (await evidence(second)).every(({ comparison }) => comparison?.state === 'changed'),
      600_000,
    );
    const seconds = (performance.now() - from) / 1000;
    report.add({ metric: `${PICTURES} pictures of 1920 × 1080 taken in and compared`, unit: 's', ours: [seconds] });
    report.add({ metric: 'answers of the extension host meanwhile', unit: 'ms', ours: await stop() });

    await window.openSideBar();
    await window.expand('Tasks', 'Finished');
    const opened = performance.now();
    await window.contextMenu('Tasks', '#2', 'Open Evidence');
    await window.panel().getByText('page-0').first().waitFor();
    report.add({ metric: `panel with ${PICTURES} changed pictures, first one shown`, unit: 'ms', ours: [performance.now() - opened] });
    const images = await window.panel().locator('img').count();
    const nodes = await window.panel().locator('*').count();
    report.add({ metric: 'pictures in the page', unit: 'pictures', ours: [images], goal: below(100) });
    report.add({ metric: 'elements in the page', unit: 'elements', ours: [nodes], goal: below(3000) });
    const times: number[] = [];
    const tree = window.panel().getByRole('tree', { name: 'Pictures' });
    for (let n = 0; n < KEYS; n++) {
      const shown = await tree.getAttribute('aria-activedescendant');
      const before = performance.now();
      await tree.press('ArrowDown');
      await window.panel().locator(`[role=tree][aria-activedescendant]:not([aria-activedescendant="${shown}"])`).waitFor();
      times.push(performance.now() - before);
    }
    report.add({ metric: 'next picture by key', unit: 'ms', ours: times });
    await window.screenshot('bench-proof');
  } finally {
    await stage.close();
  }
}

/** Asks the extension host all the while, from a process of its own. @returns how long its answers took, ms. */
function watch(stage: EditorStage, url: string): () => Promise<number[]> {
  const file = join(stage.home, 'watch.json');
  const script = `
    const times = [];
    process.on('SIGTERM', () => {
      require('node:fs').writeFileSync(${JSON.stringify(file)}, JSON.stringify(times));
      process.exit(0);
    });
    const ask = async () => {
      const from = performance.now();
      await (await fetch(${JSON.stringify(`${url}/api/health`)})).arrayBuffer();
      times.push(performance.now() - from);
      setTimeout(ask, 5);
    };
    ask();`;
  const child = stage.run('node', ['-e', script]);
  return async () => {
    await stage.stop(child);
    return JSON.parse(readFileSync(file, 'utf8')) as number[];
  };
}
