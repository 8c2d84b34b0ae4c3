import { errorText } from '../../src/server/base/errors';
import { stderrLog } from '../../src/server/base/log';
import { SharedTower } from '../../src/server/sharedTower';
import { startTower, type StartOptions } from '../../src/server/start';
import { FaultyDisk, type DiskFault } from './faultyDisk';
import { SkewedClock } from './skewedClock';

/** How a tower under faults is started. */
export interface Setup {
  storage: string;
  dist: string;
  cap: number;
  fsync: boolean;
  /** Takes the folder over at once, as a window does that has found its owner silent. */
  seize: boolean;
}

/** What a tower under faults is told. */
export type Order =
  | { say: 'start' }
  | { say: 'fail'; fault: DiskFault }
  | { say: 'drag'; ms: number }
  | { say: 'heal' }
  | { say: 'set clock'; ms: number }
  | { say: 'sleep'; ms: number };

/** What it says. */
export type Word =
  | { said: 'loaded' }
  | { said: 'standing'; role: string; url?: string; epoch?: number }
  | { said: 'fired'; what: string }
  /** What must never happen in a tower. */
  | { said: 'fault'; text: string };

/** A tower in a process of its own, told by its parent what goes wrong: `fork(script, [JSON.stringify(setup)])`. */
async function main({ seize, ...rest }: Setup): Promise<void> {
  const say = (word: Word): void => void (process.connected && process.send?.(word));
  process.on('unhandledRejection', (error) => say({ said: 'fault', text: `Unhandled: ${errorText(error)}` }));
  process.on('uncaughtExceptionMonitor', (error) => say({ said: 'fault', text: `Uncaught: ${errorText(error)}` }));
  const disk = new FaultyDisk((what) => say({ said: 'fired', what }));
  const clock = new SkewedClock();
  const started = new Promise<void>((resolve) => {
    process.on('message', (order: Order) => {
      if (order.say === 'start') resolve();
      else obey(order, disk, clock);
    });
  });
  process.on('disconnect', () => process.exit(1));
  say({ said: 'loaded' });
  await started;
  const options: StartOptions = {
    ...rest,
    ...{ folders: [rest.storage], agents: [], port: 0, breaker: 0 },
    ...{ files: disk.files, clock, log: stderrLog(`tower ${process.pid}`) },
  };
  if (seize) {
    const tower = await startTower(options);
    tower.onDidLose(() => void tower.dispose().finally(() => process.exit(0)));
    process.once('SIGTERM', () => void tower.dispose().finally(() => process.exit(0)));
    return say({ said: 'standing', role: 'owner', ...(tower.address ?? {}) });
  }
  const shared = await SharedTower.open(options);
  const tell = (): void => {
    const { standing } = shared;
    say({ said: 'standing', role: standing.role, ...('address' in standing ? standing.address : {}) });
    if (standing.role === 'down') process.exit(1);
  };
  shared.onDidChange(tell);
  process.once('SIGTERM', () => void shared.close().finally(() => process.exit(0)));
  tell();
}

function obey(order: Exclude<Order, { say: 'start' }>, disk: FaultyDisk, clock: SkewedClock): void {
  if (order.say === 'fail') disk.fail(order.fault);
  else if (order.say === 'drag') disk.drag(order.ms);
  else if (order.say === 'heal') disk.heal();
  else if (order.say === 'set clock') clock.set(order.ms);
  else clock.sleep(order.ms);
}

main(JSON.parse(process.argv[2] ?? '{}') as Setup).catch((error: unknown) => {
  process.stderr.write(`${errorText(error)}\n`);
  process.exit(1);
});
