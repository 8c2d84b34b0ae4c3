import fc from 'fast-check';
import * as agents from './agentSteps';
import * as faults from './faultSteps';
import * as proof from './proofSteps';
import * as tasks from './taskSteps';
import * as work from './workSteps';
import type { MemoryTower } from './memoryTower';
import type { Reference } from './reference';

type AnyStep = fc.Arbitrary<fc.AsyncCommand<Reference, MemoryTower>>;

type Weighted = [weight: number, steps: AnyStep[]];

/** In every run: work goes on, so that tasks get far. */
const WORK: Weighted[] = [
  [8, [work.dispatch]],
  [5, [tasks.create, work.result]],
  [4, [faults.everyone]],
  [2, [work.accept, work.fail, tasks.cancel, tasks.retry, faults.pass]],
];

/** What gets in its way. A run is about one of these, or about all: much needs several steps of a kind to get to. */
const THEMES: Weighted[][] = [
  [
    [8, [proof.evidence, proof.judge]],
    [6, [proof.compare, proof.baseline]],
    [2, [tasks.signOff]],
    [1, [tasks.archive, tasks.purge, faults.restart]],
  ],
  [
    [4, [work.ask, work.answer]],
    [2, [work.usage, work.session, work.commit, work.message, work.stopped, work.decline]],
    [1, [tasks.goOn, tasks.spawn, tasks.dismiss, tasks.report, faults.caps, faults.jump]],
  ],
  [
    [3, [agents.configure, agents.crash]],
    [2, [agents.capacity, agents.start, agents.stop, agents.startAnew, agents.recovery, agents.dismissAgent]],
    [2, [agents.written, agents.loseTower, agents.process, work.assignAny, faults.caps]],
  ],
  [
    [2, [tasks.reorder, tasks.edit, tasks.startNow, tasks.report, tasks.retryFailed, work.claim, work.assignAny]],
    [2, [faults.queue, faults.caps, faults.presence, faults.heartbeat]],
    [1, [tasks.purge, tasks.archive, faults.sleep, faults.jump, faults.restart, faults.repeat]],
  ],
];

/** Runs of up to `most` steps. */
export function runsOf(most: number) {
  const runs = [...THEMES, THEMES.flat()].map((theme) => {
    const weighted = [...WORK, ...theme].flatMap(([weight, steps]) => steps.flatMap((step) => Array<AnyStep>(weight).fill(step)));
    return fc.commands(weighted, { maxCommands: most, size: 'max' });
  });
  return fc.oneof(...runs);
}
