import fc from 'fast-check';
import * as faults from './faultSteps';
import * as tasks from './taskSteps';
import * as work from './workSteps';
import type { MemoryTower } from './memoryTower';
import type { Reference } from './reference';

type AnyStep = fc.Arbitrary<fc.AsyncCommand<Reference, MemoryTower>>;

/** The steps a run is made of: work goes on in most, so that tasks get far; the rest gets in its way. */
const STEPS: [weight: number, steps: AnyStep[]][] = [
  [4, [tasks.create, work.dispatch]],
  [2, [work.accept, work.result, work.fail, tasks.cancel, tasks.retry, tasks.reorder, faults.presence, faults.pass]],
  [1, [work.decline, work.stopped, work.ask, work.answer, work.claim, work.assignAny]],
  [1, [tasks.report, tasks.retryFailed, tasks.startNow, tasks.signOff, tasks.edit, tasks.purge, tasks.archive]],
  [1, [faults.sleep, faults.jump, faults.restart, faults.repeat, faults.heartbeat, faults.capacity, faults.queue, faults.caps]],
];

/** Runs of up to `most` steps. */
export function runsOf(most: number) {
  const weighted = STEPS.flatMap(([weight, steps]) => steps.flatMap((step) => Array<AnyStep>(weight).fill(step)));
  return fc.commands(weighted, { maxCommands: most, size: 'max' });
}
