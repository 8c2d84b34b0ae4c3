import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { once } from 'node:events';
import type { WebSocket } from 'ws';
import { newTask } from '../support/records';
import { atLeast, below, ratioAtLeast } from './figure';
import { Forked } from './forked';
import { inPairs } from './pairs';
import { npmPeer } from './peers';
import type { Report } from './report';
import { atShare } from './statistics';
import type { FromSocketIo, ToSocketIo } from './socketIoProcess';
import type { FromTower, ToTower } from './towerProcess';
import { Viewers } from './viewers';

const VIEWERS = 1_000;
const MANY = 10_000;
const BURST = 100;
/** A token may open this many sockets at once. */
const A_TOKEN = 140;
/** Stands once in each event. */
const MARK = '"type":"TaskCreated"';

/** Bursts of task events to 1,000 viewers, and the same records broadcast by Socket.io. */
export async function fanoutBench(report: Report, viewers = VIEWERS): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const env = { TASKTOWER_HOME: join(home, 'tasktower') };
  const tower = await Forked.start<ToTower, FromTower>('towerProcess', [join(home, 'storage'), String(Math.ceil(MANY / A_TOKEN) + 1)], env);
  const peer = await Forked.start<ToSocketIo, FromSocketIo>('socketIoProcess', []);
  const [ours, theirs] = [new Viewers(MARK), new Viewers(MARK)];
  try {
    await openTower(ours, tower.first, viewers);
    for (let n = 0; n < viewers; n++)
      await theirs.open(`${peer.first.url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`, {}, greetSocketIo);
    const name = npmPeer('socket.io').label;
    for (const [metric, each, bound] of [
      ['coalesced', 'burst', 5],
      ['one event a frame', 'tick', 2],
    ] as const) {
      const times: number[] = [];
      const rates = await inPairs(
        async () => {
          const ms = await ours.see(BURST, () => tower.send({ type: 'burst', count: BURST, each }));
          times.push(...ours.times);
          return (BURST * viewers * 1000) / ms;
        },
        async () =>
          (BURST * viewers * 1000) / (await theirs.see(BURST, () => peer.send({ type: 'burst', records: recordsLike(BURST), each }))),
        { warmUp: 2, pairs: 7 },
      );
      report.add({
        metric: `${viewers} viewers, ${metric}`,
        unit: 'events/s',
        ours: rates.ours,
        peer: { name, samples: rates.peer },
        goal: ratioAtLeast(bound),
      });
      report.add({
        metric: `${viewers} viewers, ${metric}: p99 of a burst of ${BURST}`,
        unit: 'ms',
        ours: [atShare(times, 0.99)],
        ...(each === 'burst' ? { goal: below(50) } : {}),
      });
    }
    if (ours.counters.some(({ count }) => count !== ours.counters[0]?.count)) throw new Error('Not every viewer saw every event.');
    report.note(`every viewer saw each of the ${ours.counters[0]?.count} events`);
    theirs.close();
    if (viewers !== VIEWERS) return;
    await openTower(ours, tower.first, MANY - viewers, Math.ceil(viewers / A_TOKEN));
    const ms = await ours.see(BURST, () => tower.send({ type: 'burst', count: BURST, each: 'burst' }));
    report.add({
      metric: `${MANY} viewers: served and connected`,
      unit: 'viewers',
      ours: [ours.sockets.length - ours.closed],
      goal: atLeast(MANY),
    });
    report.add({ metric: `${MANY} viewers, coalesced`, unit: 'events/s', ours: [(BURST * MANY * 1000) / ms] });
    report.add({ metric: `${MANY} viewers: a burst of ${BURST} at the last`, unit: 'ms', ours: [ms] });
  } finally {
    for (const side of [ours, theirs]) side.close();
    await tower.stop();
    await peer.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

/** Viewers that have all there is so far, so that none of them needs a snapshot. */
export async function openTower(viewers: Viewers, { url, tokens }: FromTower, count: number, skip = 0): Promise<void> {
  let seq = 0;
  for (let n = 0; n < count; n++) {
    const authorization = `Bearer ${tokens[skip + Math.trunc(n / A_TOKEN)]}`;
    await viewers.open(`${url.replace('http', 'ws')}/board`, { authorization }, async (socket) => {
      await once(socket, 'open');
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'board/hello', params: { protocol: 1, seq } }));
      const [answer] = (await once(socket, 'message')) as [Buffer];
      ({ seq } = (JSON.parse(answer.toString()) as { result: { seq: number } }).result);
    });
  }
}

/** The handshake of Engine.IO 4 and Socket.io, and the answers to its pings. */
export function greetSocketIo(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const start = data.subarray(0, 2).toString();
      if (start === '2') socket.send('3');
      else if (start.startsWith('0')) socket.send('40');
      else if (start === '40') resolve();
    });
  });
}

/** Records of the size that creating a task makes. */
function recordsLike(count: number): unknown[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ v: 1, seq: n + 1, at: 1_800_000_000_000, by: { kind: 'person', name: 'you' }, commandId: '01K0000000000000000000000A' },
    events: [
      {
        type: 'TaskCreated',
        task: newTask(n + 1, { createdAt: 1_800_000_000_000, since: 1_800_000_000_000, skills: ['none'] }),
        prompt: 'Do it.',
      },
    ],
  }));
}
