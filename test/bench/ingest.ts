import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import { keysOf, rest, SocketAgent, type Assigned } from '../support/towerClient';
import { until } from '../support/until';
import { greetSocketIo } from './fanout';
import { atLeast, ratioAtLeast } from './figure';
import { Forked } from './forked';
import { inPairs } from './pairs';
import { npmPeer } from './peers';
import type { Report } from './report';
import type { FromSocketIo, ToSocketIo } from './socketIoProcess';
import type { FromTower, ToTower } from './towerProcess';
import { Viewers } from './viewers';

const AGENTS = 50;
const VIEWERS = 5;
/** Lines of an agent in one round, how many of them a frame holds, and how many frames are on their way at once. */
const LINES = 2_000;
const A_FRAME = 50;
const AHEAD = 4;
/** Stands once in each line. */
const WORD = '~said~';
const MARK = `"text":"${WORD}`;
const HEARD = 'reads the module that handles the session, and says so at step';

interface Line {
  text: string;
  level: 'info';
}
/** Hands lines over and waits until they are stored. */
type Send = (lines: Line[]) => Promise<unknown>;

/** Log lines of 50 agents to the disk and to 5 viewers, and the same lines through Socket.io to one file. */
export async function ingestBench(report: Report, lines = LINES): Promise<void> {
  const home = mkdtempSync(join(tmpdir(), 'tasktower-bench-'));
  const [storage, file] = [join(home, 'storage'), join(home, 'lines.ndjson')];
  const tower = await Forked.start<ToTower, FromTower>('towerProcess', [storage, '0'], { TASKTOWER_HOME: join(home, 'tasktower') });
  const peer = await Forked.start<ToSocketIo, FromSocketIo>('socketIoProcess', [file]);
  const [ours, theirs] = [new Viewers(MARK), new Viewers(MARK)];
  try {
    const agents = await joinTower(tower.first.url, storage, ours);
    const clients = await joinSocketIo(peer.first.url, theirs);
    const name = npmPeer('socket.io').label;
    const rate = async (viewers: Viewers, senders: readonly Send[], each: number, aFrame: number): Promise<number> => {
      let sent: Promise<unknown> | undefined;
      const ms = await viewers.see(each * senders.length, () => {
        sent = Promise.all(senders.map((send) => say(send, each, aFrame)));
      });
      const from = performance.now();
      await sent;
      return (each * senders.length * 1000) / (ms + performance.now() - from);
    };
    const inFrames = await inPairs(
      () => rate(ours, agents, lines, A_FRAME),
      () => rate(theirs, clients, lines, A_FRAME),
    );
    await until(
      'every line on the disk',
      () => linesIn(storage) === ours.counters[0]?.count && linesIn(file) === theirs.counters[0]?.count,
    );
    report.note(`${linesIn(storage)} lines here and ${linesIn(file)} there are on the disk and were seen by all ${VIEWERS} viewers`);
    report.add({ metric: `${AGENTS} agents, sustained`, unit: 'lines/s', ours: inFrames.ours, goal: atLeast(100_000) });
    report.add({
      metric: `${A_FRAME} lines a message on both sides`,
      unit: 'lines/s',
      ours: inFrames.ours,
      peer: { name, samples: inFrames.peer },
    });
    const few = Math.ceil(lines / 10);
    const single = await inPairs(
      () => rate(ours, agents, lines, A_FRAME),
      () => rate(theirs, clients, few, 1),
    );
    report.add({
      metric: 'each as it is sent by its users',
      unit: 'lines/s',
      ours: single.ours,
      peer: { name: `${name}, a line a message`, samples: single.peer },
      goal: ratioAtLeast(3),
    });
  } finally {
    for (const side of [ours, theirs]) side.close();
    await tower.stop();
    await peer.stop();
    rmSync(home, { recursive: true, force: true });
  }
}

async function say(send: Send, count: number, aFrame: number): Promise<void> {
  let said = 0;
  const ahead = async (): Promise<void> => {
    while (said < count) {
      const frame = Array.from({ length: Math.min(aFrame, count - said) }, (_, n) => ({
        text: `${WORD} ${HEARD} ${said + n}`,
        level: 'info' as const,
      }));
      said += frame.length;
      await send(frame);
    }
  };
  await Promise.all(Array.from({ length: AHEAD }, ahead));
}

/** Agents that each have a task, and viewers of all lines. */
async function joinTower(url: string, storage: string, viewers: Viewers): Promise<Send[]> {
  const keys = keysOf(storage);
  for (let n = 0; n < VIEWERS; n++)
    await viewers.open(`${url.replace('http', 'ws')}/board`, { authorization: `Bearer ${keys.person}` }, async (socket) => {
      await once(socket, 'open');
      for (const [method, params] of [
        ['board/hello', { protocol: 1, seq: 0 }],
        ['logs/subscribe', { filter: {} }],
      ] as const)
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: method, method, params }));
      await once(socket, 'message');
    });
  const senders: Send[] = [];
  for (let n = 0; n < AGENTS; n++)
    await SocketAgent.join(url, keys.client, { name: `Agent ${n}` }, (agent: SocketAgent, task: Assigned) =>
      senders.push((lines) => agent.send(task, { type: 'log', lines })),
    );
  for (let n = 0; n < AGENTS; n++) await rest(url, keys.client, 'POST', '/api/tasks', { title: `Talk ${n}`, agent: `Agent ${n}` });
  await until('every agent to have its task', () => senders.length === AGENTS, 30_000);
  return senders;
}

async function joinSocketIo(url: string, viewers: Viewers): Promise<Send[]> {
  const address = `${url.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`;
  for (let n = 0; n < VIEWERS; n++)
    await viewers.open(address, {}, async (socket) => {
      await greetSocketIo(socket);
      socket.send('42["watch"]');
    });
  return Promise.all(
    Array.from({ length: AGENTS }, async () => {
      const socket = new WebSocket(address, { perMessageDeflate: false });
      await greetSocketIo(socket);
      const waiting = new Map<number, () => void>();
      let ids = 0;
      socket.on('message', (data: Buffer) => {
        const acknowledged = /^43(\d+)\[/.exec(data.subarray(0, 16).toString());
        if (!acknowledged) return;
        waiting.get(Number(acknowledged[1]))?.();
        waiting.delete(Number(acknowledged[1]));
      });
      return (lines: Line[]) =>
        new Promise<void>((resolve) => {
          waiting.set(++ids, resolve);
          socket.send(`42${ids}${JSON.stringify(['lines', lines.length === 1 ? lines[0] : lines])}`);
        });
    }),
  );
}

/** How many lines of agents are in a file, or in the logs of a storage folder. */
function linesIn(path: string): number {
  const files = path.endsWith('.ndjson') ? [path] : globSync(join(path, 'tasks', '*', 'log', '*.ndjson'));
  return files.reduce((sum, file) => sum + readFileSync(file, 'latin1').split(WORD).length - 1, 0);
}
