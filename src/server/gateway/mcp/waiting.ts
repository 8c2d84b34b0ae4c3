import type { Tower } from '../../domain/ports';

/** The longest that a tool lets its caller wait, ms: clients give up after a minute. */
export const WAIT_MS = 50_000;

/** Resolves when something is so on the board, with true; with false after `ms`, or when the caller hangs up. */
export async function waitUntil(tower: Tower, isSo: () => boolean, ms: number, gone: AbortSignal): Promise<boolean> {
  if (isSo()) return true;
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      subscription.dispose();
      gone.removeEventListener('abort', end);
      resolve(isSo());
    };
    const timer = setTimeout(end, ms);
    const subscription = tower.onDidCommit(() => isSo() && end());
    gone.addEventListener('abort', end);
  });
}
