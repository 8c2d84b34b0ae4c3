import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { openBrowser, TeamPage } from '../support/teamBrowser';
import { TeamServe } from '../support/teamServe';
import { rest, RpcSocket, SocketAgent } from '../support/towerClient';
import { until } from '../support/until';
import { agentTokens } from './agentTokens';
import { atLeast, below } from './figure';
import type { Report } from './report';
import { atShare } from './statistics';

const VIEWERS = 1_000;
const MINUTES = 5;
/** Records a second. */
const RATE = 20;
/** A token may open this many sockets at once. */
const A_TOKEN = 140;
/** Records of a task from its making to its end: made, given, accepted, ended. */
const A_TASK = 4;
/** How often the dashboard is opened meanwhile. */
const PAINTS = 5;
/** Where a record says which one it is and when it was written. */
const RECORD = /"seq":(\d+),"at":(\d+)/g;

let parsed: { text: string; records: { seq: number; at: number }[] } = { text: '', records: [] };

/** The records of a frame. All viewers get the same ones, and it is the tower that is measured, so each frame is read once. */
function recordsIn(text: string): { seq: number; at: number }[] {
  if (text !== parsed.text)
    parsed = { text, records: [...text.matchAll(RECORD)].map(([, seq, at]) => ({ seq: Number(seq), at: Number(at) })) };
  return parsed.records;
}

/** Someone who watches: which records came, in what order and how late. */
class Watcher {
  /** The last record, or the one that the first board held. */
  last: number | undefined;
  seen = 0;
  /** Records that were not the next one, and boards sent anew because it was too far behind. */
  gaps = 0;
  boards = 0;

  /** @param late ms from when a record was written, for all of them together. */
  constructor(
    private readonly rpc: RpcSocket,
    private readonly late: number[],
  ) {
    rpc.socket.on('message', this.hear);
  }

  private readonly hear = (data: Buffer): void => this.take(data.toString());

  /** Nothing more is asked, so no frame is taken apart for answers: of a thousand viewers in one process that is what would be measured. */
  onlyListen(): void {
    this.rpc.socket.removeAllListeners('message').on('message', this.hear);
  }

  get closed(): boolean {
    return this.rpc.closed !== undefined;
  }

  close(): void {
    this.rpc.close();
  }

  private take(text: string): void {
    if (text.startsWith('{"jsonrpc":"2.0","method":"board/snapshot"')) {
      this.boards++;
      this.last = (JSON.parse(text) as { params: { board: { seq: number } } }).params.board.seq;
      return;
    }
    if (!text.startsWith('{"jsonrpc":"2.0","method":"board/records"')) return;
    const now = Date.now();
    for (const { seq, at } of recordsIn(text)) {
      if (this.last !== undefined && seq !== this.last + 1) this.gaps++;
      this.last = seq;
      this.seen++;
      this.late.push(Math.max(0, now - at));
    }
  }
}

/** A team at work: viewers and half as many agents on one tower for some minutes, and the dashboard in a browser meanwhile. */
export async function crowdBench(report: Report, viewers = VIEWERS, minutes = MINUTES): Promise<void> {
  const agents = Math.ceil(viewers / 2);
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const tower = await TeamServe.start(home, ['--cap', '1000']);
  const watchers: Watcher[] = [];
  const workers: SocketAgent[] = [];
  let browser: Browser | undefined;
  try {
    const tokens = agentTokens(tower.storage, Math.max(agents, Math.ceil(viewers / A_TOKEN)));
    await until('the tokens to be known', async () => (await rest(tower.url, tokens.at(-1) ?? '', 'GET', '/api/agents')).status === 200);
    const late: number[] = [];
    for (let n = 0; n < viewers; n++) {
      const rpc = await RpcSocket.open(tower.url, '/board', tokens[Math.trunc(n / A_TOKEN)] ?? '');
      const watcher = new Watcher(rpc, late);
      watchers.push(watcher);
      await rpc.ask('board/hello', { protocol: 1, seq: 0, role: 'viewer' });
      watcher.onlyListen();
    }
    for (let n = 0; n < agents; n++)
      workers.push(
        await SocketAgent.join(tower.url, tokens[n] ?? '', { name: `Agent ${n}` }, async (agent, task) => {
          await agent.send(task, { type: 'result', result: 'done' });
        }),
      );
    await until('every viewer to have a board', () => watchers.every(({ last }) => last !== undefined), 60_000);
    await settled(watchers);
    // What came before, such as agents that were written down as present, is no part of it.
    for (const watcher of watchers) [watcher.seen, watcher.gaps, watcher.boards] = [0, 0, 0];
    late.length = 0;
    report.note(`${viewers} viewers and ${agents} agents for ${minutes} minutes`);

    browser = await openBrowser();
    const page = await TeamPage.signIn(browser, tower.openUrl, 'vera');
    const paints: number[] = [];
    const begun = performance.now();
    const ms = minutes * 60_000;
    let made = 0;
    const making = (async (): Promise<number> => {
      for (; performance.now() - begun < ms; made++) {
        const due = begun + (made * A_TASK * 1000) / RATE;
        if (due > performance.now()) await wait(due - performance.now());
        void rest(tower.url, tower.keys.person, 'POST', '/api/tasks', { title: `Task ${made}` });
      }
      return performance.now() - begun;
    })();
    for (let n = 0; n < PAINTS; n++) {
      await until('the time of the next look', () => performance.now() - begun > (ms * (n + 0.5)) / PAINTS, ms);
      paints.push(await firstPaint(page, tower.openUrl));
    }
    const took = await making;
    await settled(watchers);

    const most = Math.max(...watchers.map(({ seen }) => seen));
    const whole = watchers.filter(({ seen, gaps, boards, closed }) => seen === most && gaps === 0 && boards === 0 && !closed).length;
    report.note(`${made} tasks, ${most} records, ${watchers.filter(({ boards }) => boards > 0).length} viewers were sent the board anew`);
    report.add({ metric: 'viewers that got every record, in order', unit: 'viewers', ours: [whole], goal: atLeast(viewers) });
    report.add({
      metric: 'agents still there',
      unit: 'agents',
      ours: [workers.filter(({ rpc }) => rpc.closed === undefined).length],
      goal: atLeast(agents),
    });
    report.add({ metric: 'records', unit: 'a second', ours: [(most * 1000) / took], goal: atLeast(RATE - 1) });
    report.add({ metric: 'a record at a viewer, median', unit: 'ms', ours: [atShare(late, 0.5)] });
    report.add({ metric: 'a record at a viewer, p99', unit: 'ms', ours: [atShare(late, 0.99)], goal: below(50) });
    report.add({ metric: 'first paint of the dashboard in a browser', unit: 'ms', ours: paints, goal: below(2_000) });
    await page.close();
  } finally {
    for (const one of [...watchers, ...workers]) one.close();
    await browser?.close();
    await tower.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Waits until no viewer has heard anything for two seconds. */
async function settled(watchers: readonly Watcher[]): Promise<void> {
  let [before, since] = [-1, performance.now()];
  await until(
    'the viewers to hear nothing more',
    () => {
      const now = watchers.reduce((sum, { seen }) => sum + seen, 0);
      if (now !== before) [before, since] = [now, performance.now()];
      return performance.now() - since > 2_000;
    },
    120_000,
  );
}

/** How long a browser takes to paint the dashboard, loaded anew. */
async function firstPaint({ page }: TeamPage, url: string): Promise<number> {
  await page.goto(url);
  await page.locator('.strip').waitFor();
  return page.evaluate(() => performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? NaN);
}
