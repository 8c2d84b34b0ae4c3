import { useEffect, useState } from 'preact/hooks';

const listeners = new Set<(now: number) => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The time, ms, once a second by one timer for the whole page; only what uses it is drawn anew. */
export function useSecond(isFrozen: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (isFrozen) return;
    listeners.add(setNow);
    timer ??= setInterval(() => {
      const at = Date.now();
      for (const listener of listeners) listener(at);
    }, 1000);
    return () => {
      listeners.delete(setNow);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  }, [isFrozen]);
  return now;
}
