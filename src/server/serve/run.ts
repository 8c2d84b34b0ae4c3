import { errorText } from '../base/errors';
import type { SharedQueue } from '../domain/ports';
import type { SharedTower, Standing } from '../sharedTower';
import type { RunningTower } from '../start';

/** Runs what keeps the process going; says in one line why it cannot. */
export function runServe(serve: () => Promise<void>): void {
  Promise.resolve()
    .then(serve)
    .catch((error: unknown) => {
      process.stderr.write(`${errorText(error)}\n`);
      process.exit(1);
    });
}

/** Keeps a tower that has its folder for itself until a signal, or until it can go on no more; says on one line each where it listens. */
export async function runShared(open: () => Promise<SharedTower>): Promise<void> {
  const tower = await open();
  const stop = (code: number): void => void tower.close().finally(() => process.exit(code));
  // One line for whoever started this, each time it changes: where the tower listens, and whether it is this one.
  const say = (standing: Standing): void => {
    const { url, pid, epoch } = 'address' in standing ? standing.address : {};
    const open = standing.role === 'owner' ? standing.openUrl : undefined;
    tell({ role: standing.role, url, pid, epoch, open });
  };
  tower.onDidChange((standing) => {
    say(standing);
    if (standing.role === 'down') stop(1);
  });
  say(tower.standing);
  onSignal(() => stop(0));
}

/** Keeps a tower of a shared queue until a signal, or until it can go on no more: whoever started it starts it again. */
export async function runMember(name: string, open: () => Promise<{ shared: SharedQueue; tower: RunningTower }>): Promise<void> {
  const { shared, tower } = await open();
  let stopping = false;
  const stop = (code: number): void => {
    if (stopping) return;
    stopping = true;
    void tower
      .dispose()
      .then(() => shared.dispose())
      .finally(() => process.exit(code));
  };
  tower.onDidLose((why) => {
    process.stderr.write(`${errorText(why)}\n`);
    stop(1);
  });
  tell({ role: 'member', name, url: tower.address?.url, pid: process.pid, open: tower.openUrl });
  onSignal(() => stop(0));
}

function tell(standing: object): void {
  process.stdout.write(`${JSON.stringify(standing)}\n`);
}

function onSignal(stop: () => void): void {
  process.once('SIGTERM', stop);
  process.once('SIGINT', stop);
}
