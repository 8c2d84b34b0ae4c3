import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import type { BoardData } from '../../../src/server/domain/board';
import type { StoredEvent } from '../../../src/server/domain/ports';
import { person, TowerBench } from '../../support/towerBench';
import { until } from '../../support/until';

const linesOf = (path: string): string[] => readFileSync(path, 'utf8').trimEnd().split('\n');

describe('The checkpoint of a tower', function () {
  this.timeout(60_000);
  let bench: TowerBench;
  beforeEach(() => (bench = new TowerBench()));
  afterEach(() => bench.close());

  const folder = (): string => join(bench.storage, 'checkpoints');
  const written = (): string[] => (existsSync(folder()) ? readdirSync(folder()).filter((name) => name.endsWith('.json')) : []);

  /** Gives every task a new title. */
  async function rename(ids: readonly string[], title: string): Promise<void> {
    const edits = ids.map((taskId) => bench.tower.execute({ type: 'EditTask', taskId, patch: { title } }, person));
    await Promise.all([...edits, turn()]);
  }

  it('is written under a load that never pauses, once the files of its tasks are whole', async () => {
    await bench.start();
    const ids = await Promise.all(Array.from({ length: 50 }, (_, n) => bench.create(`Task ${n}`)));
    for (let n = 0; written().length === 0; n++) {
      assert.ok(bench.tower.board.seq < 12_000, `no checkpoint after ${bench.tower.board.seq} records`);
      await rename(ids, `Named ${n} times`);
    }
    const board = JSON.parse(linesOf(join(folder(), written()[0] ?? ''))[1] ?? '') as BoardData;
    assert.equal(board.tasks.length, 50);
    for (const { id, title } of board.tasks) {
      const stored = linesOf(join(bench.storage, 'tasks', id, 'events.ndjson')).map((line) => JSON.parse(line) as StoredEvent);
      const last = stored.filter(({ seq }) => seq <= board.seq).at(-1)?.event;
      assert.deepEqual(last?.type === 'TaskEdited' && last.patch, { title });
    }
  });

  it('counts what came before a crash, so that towers which never live long keep the journal short', async () => {
    await bench.start();
    const ids = await Promise.all(Array.from({ length: 50 }, (_, n) => bench.create(`Task ${n}`)));
    for (let n = 0; bench.tower.board.seq < 4_990; n++) await rename(ids, `Named ${n} times`);
    await bench.stop();
    // As a crash would have left it.
    rmSync(folder(), { recursive: true });
    await bench.start();
    await rename(ids, 'Named after the start');
    await until('the checkpoint', () => written().length > 0);
  });
});
