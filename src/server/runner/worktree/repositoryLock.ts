/** The last in line for each repository, by its git folder. */
const lines = new Map<string, Promise<unknown>>();

/**
 * Runs `work` when no other work of this process changes that repository.
 * @throws the reason of an abort while it waits; work that has begun is waited for.
 */
export async function inRepository<T>(gitDir: string, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const before = lines.get(gitDir);
  const turn = waitFor(before, signal).then(work);
  const last = Promise.allSettled([before, turn]);
  lines.set(gitDir, last);
  void last.then(() => lines.get(gitDir) === last && lines.delete(gitDir));
  return turn;
}

async function waitFor(before: Promise<unknown> | undefined, signal: AbortSignal | undefined): Promise<void> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => (stop = resolve));
  signal?.addEventListener('abort', stop, { once: true });
  if (!signal?.aborted) await Promise.race([before, aborted]);
  signal?.removeEventListener('abort', stop);
  signal?.throwIfAborted();
}
