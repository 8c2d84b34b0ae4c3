import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { FrameProxy } from '../chaos/frameProxy';
import { StormAgent } from '../chaos/stormAgent';
import { bundleScript } from '../support/bundle';
import { removeTempFolders, tempFolder } from '../support/tempFolder';
import { keysOf, rest } from '../support/towerClient';
import { until } from '../support/until';
import type { Held } from './soakTower';

const AGENTS = 50;
/** How many tasks wait or run at most. */
const WAITING = 4 * AGENTS;
/** Between two cuts of about half of the connections, ms. */
const CUT = 20_000;
const MINUTE = 60_000;
/** How much more a tower may hold at the end than at minute 5, or on disk than when the first tasks were deleted. */
const GROWTH = 1.1;
/** The evidence of a task, bytes, of which that of so many minutes may be kept. */
const EVIDENCE = 7_000;
const EVIDENCE_KEPT = 3;
/** What stays of a deleted task are its figures, bytes. */
const HISTORY = 'history.sqlite';
const FIGURES = 400;
/** What comes and goes with the moment at which is counted. */
const FEW = 8;
/** A person deletes what ended longer ago than this, minutes. */
const TASKS_KEPT = 3;
/** Epochs of a journal go with the second checkpoint after them: at most three, of 64 MiB, and two checkpoints. */
const JOURNAL_MOST = 3 * (64 << 20) + (32 << 20);

/**
 * `npm run soak -- --minutes 30`: 50 agents, 20 tasks a minute for each (`--tasks 20`) with logs, evidence and lost connections, old tasks deleted after a while.
 * What the tower holds must stay the same, in memory and on disk.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' }, tasks: { type: 'string', default: '20' } } });
  const minutes = Number(values.minutes);
  const perMinute = AGENTS * Number(values.tasks);
  const kept = EVIDENCE_KEPT * perMinute * EVIDENCE;
  const home = tempFolder();
  const script = join(home, 'soakTower.cjs');
  bundleScript('test/soak/soakTower.ts', script, { external: ['bufferutil', 'utf-8-validate'] });
  process.env.TASKTOWER_HOME = join(home, 'addresses');
  const storage = join(home, 'storage');
  const child = fork(script, [storage, resolve('dist'), String(kept)], { execArgv: ['--expose-gc'] });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const keys = keysOf(storage);
  const proxy = await FrameProxy.open(
    () => url,
    (n) => Math.floor(Math.random() * n),
    () => undefined,
  );
  let reports = 0;
  let open = 0;
  let answer: Held | undefined;
  child.on('message', (said: Held | { open: number }) => {
    if ('open' in said) open = said.open;
    else answer = said;
  });
  const agents = Array.from(
    { length: AGENTS },
    (_, n) =>
      new StormAgent({
        name: `Agent ${n}`,
        capacity: 2,
        forgetful: false,
        address: () => ({ url: proxy.url, token: keys.client }),
        plan: ({ taskId }) => [
          ...Array.from({ length: 5 }, (_, line) => ({ type: 'log', lines: [{ text: `line ${line} of ${taskId}` }] })),
          { type: 'progress', progress: 0.5, step: 'halfway' },
          { type: 'evidence', evidence: { kind: 'text', name: 'notes' }, text: `Notes of ${taskId}. `.repeat(EVIDENCE / 35) },
          { type: 'result', result: `Done ${taskId}.` },
        ],
        offered: () => Promise.resolve(),
        before: () => wait(20 + Math.random() * 60),
        acked: () => void reports++,
        forgot: () => undefined,
      }),
  );
  const measure = async (): Promise<Held> => {
    answer = undefined;
    child.send('measure');
    return until('the tower to say what it holds', () => answer, MINUTE);
  };
  const began = Date.now();
  let [created, answered] = [0, 0];
  const ids: string[] = [];
  let deleted = 0;
  const creating = setInterval(() => {
    // What is not done yet is no leak, so that on a slow machine there is less work, not more of it waiting.
    const room = WAITING - open - (created - answered);
    const due = Math.min(Math.floor(((Date.now() - began) / MINUTE) * perMinute), created + room);
    for (; created < due; created++)
      void rest(url, keys.person, 'POST', '/api/tasks', { title: `Soak ${created}`, prompt: 'Soak.' })
        .then(
          ({ body }) => ids.push(body.id as string),
          () => undefined,
        )
        .finally(() => answered++);
    for (; deleted < ids.length - perMinute * TASKS_KEPT; deleted++)
      void rest(url, keys.person, 'POST', `/api/tasks/${ids[deleted]}/purge`).catch(() => undefined);
  }, 50);
  const cutting = setInterval(() => proxy.cut(), CUT);
  const held: Held[] = [];
  try {
    for (let minute = 1; minute <= minutes; minute++) {
      await wait(began + minute * MINUTE - Date.now());
      const now = await measure();
      held.push(now);
      const mb = (bytes: number): string => `${(bytes / (1 << 20)).toFixed(1)} MB`;
      console.log(
        `minute ${minute}: heap ${mb(now.heap)}, external ${mb(now.external)}, rss ${mb(now.rss)}, ${now.handles} handles, ${now.timers} timers, ` +
          `${now.listeners} listeners, ${now.tasks} tasks (${now.onBoard} on the board, ${deleted} deleted), ${reports} reports; ` +
          `disk ${Object.entries(now.disk)
            .map(([room, bytes]) => `${room} ${mb(bytes)}`)
            .join(', ')}`,
      );
    }
  } finally {
    clearInterval(creating);
    clearInterval(cutting);
    await Promise.all(agents.map((agent) => agent.close()));
    await proxy.close();
    child.disconnect();
    await once(child, 'exit');
    removeTempFolders();
  }
  verdict(held, perMinute * minutes, kept);
}

const COUNTS = ['heap', 'handles', 'timers', 'listeners'] as const;

/** @throws {AssertionError} when the tower held more and more. */
function verdict(held: readonly Held[], tasks: number, kept: number): void {
  console.log(`${held.at(-1)?.tasks} tasks of ${tasks} that a machine with room would have done.`);
  for (const { disk } of held) {
    assert.ok((disk.evidence ?? 0) <= kept * GROWTH, `${disk.evidence} bytes of evidence`);
    assert.ok(
      (disk.journal ?? 0) + (disk.checkpoints ?? 0) <= JOURNAL_MOST,
      `${disk.journal} bytes of journal, ${disk.checkpoints} of checkpoints`,
    );
  }
  if (held.length < 10) return console.log('Too short to say whether it grows.');
  const growth = COUNTS.map((what) => {
    const [early, late] = [middle(held.slice(3, 6).map((one) => one[what])), middle(held.slice(-3).map((one) => one[what]))];
    assert.ok(late <= early * GROWTH + (what === 'heap' ? 0 : FEW), `${what} grew from ${early} to ${late}`);
    return `${what} ${(late / early).toFixed(3)}`;
  });
  // Beside the journal, which comes and goes by whole files, and the history, which keeps the figures of what is deleted.
  const disk = ({ disk }: Held): number =>
    Object.entries(disk).reduce((sum, [room, bytes]) => sum + (room === 'journal' || room === HISTORY ? 0 : bytes), 0);
  const [full, end] = [held.slice(TASKS_KEPT, TASKS_KEPT + 3), held.slice(-3)].map((some) => middle(some.map(disk)));
  assert.ok(full && end && end <= full * GROWTH, `the disk grew from ${full} to ${end} bytes`);
  const [before, after] = [held[TASKS_KEPT], held.at(-1)];
  const perTask = ((after?.disk[HISTORY] ?? 0) - (before?.disk[HISTORY] ?? 0)) / ((after?.tasks ?? 0) - (before?.tasks ?? 0));
  assert.ok(perTask <= FIGURES, `the history keeps ${perTask} bytes of a task`);
  console.log(`Flat: ${growth.join(', ')} of minute 5, disk ${(end / full).toFixed(3)} of minute ${TASKS_KEPT + 2}.`);
}

/** The median. */
function middle(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1] ?? 0;
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
