import assert from 'node:assert/strict';
import { cpSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { nullLog } from '../../../src/server/base/log';
import type { TowerEvent } from '../../../src/server/domain/event';
import type { LiveAgent } from '../../../src/server/domain/live';
import { LiveBoard } from '../../../src/server/liveOverlay';
import { PresenceBook } from '../../../src/server/presenceBook';
import { startTower } from '../../../src/server/start';
import { agent, RuleBench, TOWER } from '../../support/ruleBench';
import { until } from '../../support/until';
import { Stand } from '../gateway/stand';

type Told = Extract<TowerEvent, { type: 'AgentPresent' }>;

describe('The presence of agents', () => {
  const books: PresenceBook[] = [];
  afterEach(() => books.splice(0).forEach((book) => book.dispose()));

  /** A book over the rules alone, and what it writes down. */
  function scene({ settleMs = 1_000_000, bench = new RuleBench() } = {}) {
    const id = bench.board.agents.size > 0 ? 'one' : bench.join('One');
    const clock = { now: () => bench.now, monotonic: () => bench.now };
    const live = new LiveBoard(clock);
    const execute = async (...asked: Parameters<RuleBench['do']>) => bench.do(...asked);
    const tower = {
      get board() {
        return bench.board;
      },
      execute,
    };
    const book = new PresenceBook({ tower, live, clock, log: nullLog, settleMs });
    books.push(book);
    const told = (): Told[] =>
      bench.records.flatMap(({ events }) => events.filter((event): event is Told => event.type === 'AgentPresent'));
    const turn = async (presence: LiveAgent['presence'] | 'offline'): Promise<void> => {
      live.setAgent(id, presence);
      await new Promise((done) => setImmediate(done));
    };
    return { bench, book, told, turn };
  }

  it('is written down when one can be given work, and when it went', async () => {
    const { bench, told, turn } = scene({ settleMs: 100 });
    await turn('starting');
    assert.deepEqual(told(), []);
    await turn('online');
    assert.deepEqual(told(), [{ type: 'AgentPresent', agentId: 'one', present: true }]);
    const went = (bench.now += 5_000);
    await turn('stopping');
    await turn('offline');
    bench.now += 30_000;
    await until('it to be written down', () => told().length === 2);
    assert.deepEqual(told()[1], { type: 'AgentPresent', agentId: 'one', present: false, lastAt: went });
    await turn('pull');
    assert.equal(told().length, 3);
  });

  it('is written down once for an agent that keeps coming and going', async () => {
    const { told, turn } = scene();
    for (let n = 0; n < 50; n++) {
      await turn('online');
      await turn('offline');
    }
    await turn('online');
    assert.equal(told().length, 1);
  });

  it('ends with the tower, at the time at which one went', async () => {
    const { bench, book, told, turn } = scene();
    await turn('online');
    const went = (bench.now += 5_000);
    await turn('offline');
    bench.now += 1_000;
    await book.leave();
    assert.deepEqual(told()[1], { type: 'AgentPresent', agentId: 'one', present: false, lastAt: went });
    await turn('online');
    assert.equal(told().length, 2, 'the tower has gone');
  });

  it('of an earlier tower ends with its last record, also for one that is back at once', async () => {
    const first = scene();
    await first.turn('online');
    first.book.dispose();
    const last = first.bench.board.at;
    first.bench.now += 60_000;
    const { told, turn } = scene({ bench: first.bench });
    await turn('online');
    await until('it to be written down', () => told().length === 3);
    assert.deepEqual(told().slice(1), [
      { type: 'AgentPresent', agentId: 'one', present: false, lastAt: last },
      { type: 'AgentPresent', agentId: 'one', present: true },
    ]);
  });

  it('is told by the tower alone, of agents it knows, and only when it changes', () => {
    const bench = new RuleBench();
    bench.join('One');
    const ask = { type: 'ReportPresence', agentId: 'one', present: true } as const;
    assert.match(bench.refusal(ask), /^forbidden/);
    assert.match(bench.refusal(ask, agent('one')), /^forbidden/);
    assert.match(bench.refusal({ ...ask, agentId: 'two' }, TOWER), /^not_found/);
    const before = bench.records.length;
    bench.do({ ...ask, present: false }, TOWER);
    assert.equal(bench.records.length, before);
    bench.do(ask, TOWER);
    bench.do(ask, TOWER);
    assert.equal(bench.records.length, before + 1);
    bench.do({ ...ask, present: false, lastAt: bench.now + 1 }, TOWER);
    assert.deepEqual(bench.records.at(-1)?.events, [{ type: 'AgentPresent', agentId: 'one', present: false }]);
    const [board, again, decoded] = bench.refolded();
    assert.deepEqual([again, decoded], [board, board]);
  });

  it('of a tower that died ends with the last thing it wrote', async () => {
    const stand = await Stand.open();
    try {
      let came = 0;
      stand.tower.onDidCommit((records) => {
        for (const { at, events } of records) if (events.some(({ type }) => type === 'AgentPresent')) came ||= at;
      });
      await stand.agent('One');
      await until('its presence', () => came > 0);
      await until('a record of a later time', async () => {
        await stand.create('For nobody', { skills: ['none'] });
        return stand.tower.board.at > came + 50;
      });
      const last = stand.tower.board.at;
      // What lies on the disk now is what a crash would leave.
      const storage = join(stand.folder, 'left');
      cpSync(join(stand.folder, 'storage'), storage, { recursive: true });
      const places = { storage, folders: [], dist: resolve('dist'), agents: [], cap: 4, port: 0, fsync: false, log: nullLog };
      const later = await startTower(places);
      await until('the end of its presence', () => later.tower.board.agents.get('one')?.present === undefined);
      const filter = { group: 'day', from: last - 1_000_000, to: last + 1_000_000 } as const;
      const idle = async (of: Stand['tower']): Promise<number> => (await of.query({ type: 'Analytics', filter })).agents[0]?.idleMs ?? NaN;
      assert.equal(await idle(later.tower), last - came);
      assert.ok((await idle(stand.tower)) > last - came, 'it is still there');
      await later.dispose();
    } finally {
      await stand.close();
    }
  });
});
