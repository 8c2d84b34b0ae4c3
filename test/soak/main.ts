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
import type { Held } from './soakTower';

const AGENTS = 50;
/** Tasks a minute for each agent. */
const TASKS = 20;
/** Between two cuts of about half of the connections, ms. */
const CUT = 20_000;
const MINUTE = 60_000;
/** How much more a tower may hold at the end than at minute 5. */
const GROWTH = 1.1;

/** `npm run soak -- --minutes 30`: 50 agents, 1,000 tasks a minute with logs, evidence and lost connections. What the tower holds must stay the same. */
async function main(): Promise<void> {
  const { values } = parseArgs({ options: { minutes: { type: 'string', default: '30' } } });
  const minutes = Number(values.minutes);
  const home = tempFolder();
  const script = join(home, 'soakTower.cjs');
  bundleScript('test/soak/soakTower.ts', script, { external: ['bufferutil', 'utf-8-validate'] });
  process.env.TASKTOWER_HOME = join(home, 'addresses');
  const storage = join(home, 'storage');
  const child = fork(script, [storage, resolve('dist')], { execArgv: ['--expose-gc'] });
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  const keys = keysOf(storage);
  const proxy = await FrameProxy.open(
    () => url,
    (n) => Math.floor(Math.random() * n),
    () => undefined,
  );
  let reports = 0;
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
          { type: 'evidence', evidence: { kind: 'text', name: 'notes' }, text: `Notes of ${taskId}. `.repeat(200) },
          { type: 'result', result: `Done ${taskId}.` },
        ],
        offered: () => Promise.resolve(),
        before: () => wait(20 + Math.random() * 60),
        acked: () => void reports++,
        forgot: () => undefined,
      }),
  );
  const measure = async (): Promise<Held> => {
    const answer = once(child, 'message');
    child.send('measure');
    return ((await answer) as [Held])[0];
  };
  const began = Date.now();
  let created = 0;
  const creating = setInterval(() => {
    const due = Math.floor(((Date.now() - began) / MINUTE) * AGENTS * TASKS);
    for (; created < due; created++)
      void rest(url, keys.person, 'POST', '/api/tasks', { title: `Soak ${created}`, prompt: 'Soak.' }).catch(() => undefined);
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
          `${now.tasks} tasks (${now.onBoard} on the board), ${reports} reports`,
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
  const [first, last] = [held[Math.min(4, held.length - 1)], held.at(-1)];
  assert.ok(first && last && last.tasks > AGENTS * TASKS * minutes * 0.9, 'the tower kept up');
  for (const what of ['heap', 'handles', 'timers'] as const)
    assert.ok(last[what] <= first[what] * GROWTH, `${what} grew from ${first[what]} to ${last[what]}`);
  console.log(`Flat: heap ${(last.heap / first.heap).toFixed(3)}, handles ${(last.handles / first.handles).toFixed(3)} of minute 5.`);
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
