import assert from 'node:assert/strict';
import { setTimeout as wait } from 'node:timers/promises';
import { LATE } from '../../../src/server/base/awakeTimer';
import { nullLog } from '../../../src/server/base/log';
import type { CommandInput } from '../../../src/server/domain/command';
import type { Actor } from '../../../src/server/domain/task';
import { LeaseBook } from '../../../src/server/leases';
import { Timekeeper } from '../../../src/server/timekeeper';
import { SkewedClock } from '../../chaos/skewedClock';
import { RuleBench, TOWER } from '../../support/ruleBench';
import { until } from '../../support/until';

const HOUR = 3_600_000;

describe('The timekeeper', () => {
  let keeper: Timekeeper | undefined;

  afterEach(() => keeper?.dispose());

  /** A tower on which an agent works that is connected and one that reports over HTTP, and which does something at each `tick`. */
  function begin(tick: (n: number) => void | Promise<void>): {
    bench: RuleBench;
    clock: SkewedClock;
    ticks: () => number;
    outcomes: () => unknown[];
  } {
    const [bench, clock] = [new RuleBench(), new SkewedClock()];
    bench.run(bench.create('Sleep on it'), bench.join('One'));
    const { id } = bench.create('Be quick');
    bench.do({ type: 'AssignTask', taskId: id, agentId: bench.join('Two'), leaseMs: 1_000 }, TOWER);
    let ticks = 0;
    const execute = async (command: CommandInput, by: Actor) => {
      const answer = bench.do(command, by);
      if (command.type === 'Tick') await tick(++ticks);
      return answer;
    };
    const tower = { board: bench.board, onDidCommit: () => ({ dispose: () => undefined }), execute };
    keeper = new Timekeeper({ tower, clock, leases: new LeaseBook(clock, 60_000), log: nullLog, onTick: () => undefined });
    keeper.look();
    const outcomes = (): unknown[] => [...bench.board.tasks.values()].map(({ attempts: [attempt] }) => attempt?.outcome);
    return { bench, clock, ticks: () => ticks, outcomes };
  }

  it('declares an attempt lost whose holder was silent for its term, and no other', async () => {
    const { outcomes } = begin(() => undefined);
    await until('the end of an attempt', () => outcomes()[1]);
    assert.deepEqual(outcomes(), [undefined, 'failed']);
  });

  it('takes a disk that is slow each time for no absence', async () => {
    const { outcomes } = begin(() => wait(LATE + 200));
    await until('the end of an attempt', () => outcomes()[1]);
    assert.deepEqual(outcomes(), [undefined, 'failed']);
  });

  it('declares nothing lost for its own absence when the machine falls asleep while it carries something out', async () => {
    const begun = begin((n) => {
      if (n === 1) begun.clock.sleep(HOUR);
    });
    await until('a third look', () => begun.ticks() === 3);
    assert.equal(begun.outcomes()[0], undefined);
  });
});
