import type { Browser } from 'playwright-core';
import type { Metric } from '../../src/server/domain/evidence';
import { baselineOf, PanelScene, type ComparedPair } from './panelScene';
import { takePicture } from './panelSite';

const LOOKS = {
  login: { title: 'Sign in' },
  loginNew: { title: 'Sign in', button: 'Log in now', total: '31.40', clock: '13:52' },
  cart: { title: 'Basket', total: '12.00' },
  cartNew: { title: 'Basket', total: '12.00', accent: '#7a3fb0' },
  menu: { title: 'Menu', rows: 2 },
  about: { title: 'About', rows: 1 },
  long: { title: 'All loaves', rows: 14 },
  longNew: { title: 'All loaves', rows: 14, banner: 'Closed on Monday.', total: '9.10' },
};
export type SitePictures = Record<keyof typeof LOOKS, Buffer>;

/** Real screenshots of the shop, before and after changes. */
export async function sitePictures(browser: Browser): Promise<SitePictures> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  const taken: [string, Buffer][] = [];
  for (const [name, look] of Object.entries(LOOKS)) taken.push([name, await takePicture(page, look, name.startsWith('long'))]);
  await page.close();
  return Object.fromEntries(taken) as SitePictures;
}

/** Attempt 2 of #12 in review: 3 changed pictures (one longer than before), a new one, an unreadable one, one that is gone, and 3 as they were. */
export function auditScene(pictures: SitePictures, known?: Map<string, ComparedPair>): PanelScene {
  const scene = new PanelScene(
    'Audit the login page',
    {
      requires: ['screenshot', 'metric:accessibility>=90', 'signoff'],
    },
    known,
  );
  const first = scene.start();
  scene.picture(first, 'login', pictures.login, null);
  scene.picture(first, 'gone', pictures.about, null);
  scene.bench.do({ type: 'ReportError', taskId: scene.task.id, attempt: first, kind: 'refused', message: 'No.' });
  scene.bench.do({ type: 'RetryTask', taskId: scene.task.id });
  const second = scene.start();
  scene.picture(second, 'login', pictures.loginNew, pictures.login, [{ x: 1150, y: 15, width: 90, height: 42 }]);
  scene.picture(second, 'cart', pictures.cartNew, pictures.cart);
  scene.picture(second, 'long', pictures.longNew, pictures.long);
  scene.picture(second, 'menu', pictures.menu, null);
  for (const name of ['about', 'contact', 'imprint']) scene.picture(second, name, pictures.about, pictures.about);
  const broken = scene.keep(Buffer.from('no picture'));
  const none = { changed: 0, ratio: 0, areas: [], width: 0, height: 0, ignore: [] };
  scene.comparedPicture(second, 'broken', broken, { ...none, state: 'unreadable', message: 'truncated PNG after 18 kB' });
  scene.baselines['gone@1280x800'] = baselineOf('gone@1280x800', scene.keep(pictures.about));
  addReports(scene, second);
  scene.finish(second);
  return scene;
}

function addReports(scene: PanelScene, attempt: number): void {
  const metric = (key: string, value: number, unit?: string): Metric => {
    const [category = '', name = ''] = key.split('.');
    return { category, name, value, ...(unit ? { unit } : {}) };
  };
  const axe = scene.hand(attempt, {
    kind: 'report',
    name: 'axe.json',
    measured: true,
    description: 'axe-core on 4 pages',
    metrics: [metric('accessibility.score', 98), metric('accessibility.serious', 3), metric('accessibility.minor', 1)],
  });
  const finding = (rule: string, line: number, message: string) =>
    ({
      category: 'accessibility',
      severity: rule === 'color-contrast' ? 'error' : 'warning',
      rule,
      message,
      file: 'site/login.html',
      line,
    }) as const;
  scene.findings.set(axe, [
    finding('color-contrast', 41, 'The text has a contrast of 3.1, and 4.5 is needed.'),
    finding('color-contrast', 58, 'The text has a contrast of 2.9, and 4.5 is needed.'),
    finding('color-contrast', 77, 'The text has a contrast of 2.2, and 4.5 is needed.'),
    finding('image-alt', 8, 'The picture has no alternative text.'),
  ]);
  scene.hand(attempt, {
    kind: 'report',
    name: 'lighthouse.json',
    measured: true,
    metrics: [metric('performance.score', 71), metric('performance.lcp', 2_600, 'ms'), metric('performance.bytes', 913_000, 'bytes')],
  });
  scene.hand(attempt, { kind: 'metrics', name: 'tests', metrics: [metric('tests.passed', 38), metric('tests.failed', 3)] });
  scene.hand(attempt, { kind: 'patch', name: 'fix.patch', mime: 'text/x-patch', description: 'Labels for both fields' });
  scene.acceptedFindings = [finding('color-contrast', 40, 'The text has a contrast of 3.1, and 4.5 is needed.')];
  scene.accepted = [
    metric('accessibility.score', 94),
    metric('performance.score', 83),
    metric('tests.passed', 41),
    metric('tests.failed', 0),
  ];
  scene.trend = {
    'accessibility.score': [80, 82, 90, 88, 91, 94, 98],
    'performance.score': [90, 88, 86, 89, 83, 71],
    'tests.passed': [41, 38],
  };
}
