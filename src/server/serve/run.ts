import { errorText } from '../base/errors';
import type { SharedTower, Standing } from '../sharedTower';

/** Opens a tower and keeps it until a signal, or until it can go on no more; says on one line each where it listens. */
export function runShared(open: () => Promise<SharedTower>): void {
  serveShared(open).catch((error: unknown) => {
    process.stderr.write(`${errorText(error)}\n`);
    process.exit(1);
  });
}

async function serveShared(open: () => Promise<SharedTower>): Promise<void> {
  const tower = await open();
  const stop = (code: number): void => void tower.close().finally(() => process.exit(code));
  // One line for whoever started this, each time it changes: where the tower listens, and whether it is this one.
  const say = (standing: Standing): void => {
    const { url, pid, epoch } = 'address' in standing ? standing.address : {};
    const open = standing.role === 'owner' ? standing.openUrl : undefined;
    process.stdout.write(`${JSON.stringify({ role: standing.role, url, pid, epoch, open })}\n`);
  };
  tower.onDidChange((standing) => {
    say(standing);
    if (standing.role === 'down') stop(1);
  });
  say(tower.standing);
  process.once('SIGTERM', () => stop(0));
  process.once('SIGINT', () => stop(0));
}
