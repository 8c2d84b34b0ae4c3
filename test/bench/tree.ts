import { EditorStage } from '../support/editorStage';
import { rest } from '../support/towerClient';
import { until } from '../support/until';
import { below } from './figure';
import type { Report } from './report';

const PENDING = 10_000;
/** The rate limit of the listener allows 300 requests a second. */
const PAUSE_EVERY = 250;

/** Times the Tasks view of a real editor with thousands of pending tasks. */
export async function treeBench(report: Report): Promise<void> {
  const stage = await EditorStage.open({ 'tasktower.agents': [] });
  try {
    const window = await stage.window();
    const { url, token } = await stage.address();
    for (let n = 0; n < PENDING;) {
      const from = performance.now();
      const batch = Array.from({ length: PAUSE_EVERY }, () => ({ title: `Task ${++n}`, skills: ['none'] }));
      await Promise.all(batch.map((task) => rest(url, token, 'POST', '/api/tasks', task)));
      await until('the next second', () => performance.now() - from > 900);
    }
    const opened = performance.now();
    await window.page
      .locator('.activitybar')
      .getByRole('tab', { name: /^Tasktower/ })
      .click();
    await window.row('Tasks', '#1 Task 1').waitFor();
    report.add({ metric: `Tasks view with ${PENDING} pending`, unit: 'ms', ours: [performance.now() - opened], goal: below(500) });
    const times: number[] = [];
    for (let n = 1; n <= 20; n++) {
      const from = performance.now();
      await rest(url, token, 'DELETE', `/api/tasks/${n}`);
      await until('the row to go', async () => !(await window.rows('Tasks')).some((row) => row.includes(`#${n} Task`)), 10_000);
      times.push(performance.now() - from);
    }
    report.add({ metric: 'cancel shown in the view', unit: 'ms', ours: times, goal: below(1000) });
  } finally {
    await stage.close();
  }
}
