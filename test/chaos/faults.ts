import { setTimeout as wait } from 'node:timers/promises';
import { until } from '../support/until';
import type { ChaosRun } from './chaosRun';
import type { DiskFault } from './faultyDisk';
import type { Weather } from './frameProxy';

const HOUR = 3_600_000;

/** Lets something go wrong in a run; what it returns ends it. */
export type Fault = (run: ChaosRun) => Promise<(() => void) | undefined>;

/** What a run counts. Of each a long run must have seen enough, those that need a single window only in runs with one. */
export const kinds = [
  ...['kill', 'close midway', 'hang', 'sleep', 'clock set', 'vanish'],
  ...['cut', 'delay', 'duplicate', 'reorder'],
  ...['ENOSPC writeSync', 'short writeSync', 'ENOSPC write', 'EIO sync', 'EIO rename', 'slow disk'],
  ...['cancel before acceptance', 'old attempt reports'],
];
export const kindsOfOneWindow = ['kill at start', 'two at once'];

/** Everything that can go wrong beside a kill. */
export const faults: readonly Fault[] = [
  fill,
  weather('delay'),
  weather('duplicate'),
  weather('reorder'),
  cut,
  disk({ operation: 'writeSync', code: 'ENOSPC', times: 3 }),
  disk({ operation: 'writeSync', code: 'short', times: 2 }),
  disk({ operation: 'write', code: 'ENOSPC', times: 3 }),
  disk({ operation: 'sync', code: 'EIO', times: 2 }),
  disk({ operation: 'rename', code: 'EIO', times: 2 }),
  slowDisk,
  closeMidway,
  hang,
  clockIsSet,
  sleep,
  vanish,
];

function weather(kind: Weather): Fault {
  return (run) => {
    run.link.weather = kind;
    return Promise.resolve(() => (run.link.weather = 'clear'));
  };
}

async function cut(run: ChaosRun): Promise<undefined> {
  run.link.cut();
  await wait(run.random(40));
  run.link.cut();
}

function disk(fault: DiskFault): Fault {
  return async (run) => {
    run.owner.tell({ say: 'fail', fault });
    return Promise.resolve(undefined);
  };
}

async function slowDisk(run: ChaosRun): Promise<undefined> {
  run.owner.tell({ say: 'drag', ms: 2 + run.random(15) });
  return Promise.resolve(undefined);
}

/** The disk is full to the last byte, where the run has one of its own. */
function fill(run: ChaosRun): Promise<(() => void) | undefined> {
  if (!run.disk) return Promise.resolve(undefined);
  run.count('full disk');
  run.disk.fill();
  return Promise.resolve(() => run.disk?.clear());
}

/** The window is closed, and killed while it writes what is left. */
async function closeMidway(run: ChaosRun): Promise<undefined> {
  const { owner } = run;
  run.count('close midway');
  owner.tell({ say: 'drag', ms: 5 });
  const closing = owner.close();
  await wait(run.random(120));
  if (!owner.ended) run.count('kill');
  owner.signal('SIGKILL');
  await closing;
  run.leave(owner);
  run.enter(await run.open({}).start());
  await until('another window to run the tower', () => run.owner.role === 'owner', 180_000);
}

/** The owner stands still, another one seizes the folder; then it wakes, and must do no harm. */
async function hang(run: ChaosRun): Promise<undefined> {
  const { owner } = run;
  run.count('hang');
  owner.signal('SIGSTOP');
  await wait(run.random(100));
  const next = run.open({ seize: true });
  try {
    run.enter(await next.start());
  } catch (error) {
    // One that stood by may be faster.
    if (run.lonely) throw error;
  }
  await until('another window to run the tower', () => run.owner.epoch > owner.epoch, 180_000);
  await wait(run.random(200));
  owner.signal('SIGCONT');
  await until('a replaced owner to step down', () => owner.role !== 'owner' || owner.ended, 180_000);
  await owner.kill();
  run.leave(owner);
}

async function clockIsSet(run: ChaosRun): Promise<undefined> {
  run.count('clock set');
  const back = run.random(2) === 0;
  run.owner.tell({ say: 'set clock', ms: (back ? -1 : 1) * run.random(2 * HOUR) });
  return Promise.resolve(undefined);
}

/** As a laptop that is closed and opened again. */
async function sleep(run: ChaosRun): Promise<undefined> {
  const { owner } = run;
  run.count('sleep');
  owner.signal('SIGSTOP');
  await wait(50 + run.random(100));
  owner.tell({ say: 'sleep', ms: HOUR + run.random(5 * HOUR) });
  owner.signal('SIGCONT');
}

async function vanish(run: ChaosRun): Promise<undefined> {
  run.count('vanish');
  await run.vanish();
}
