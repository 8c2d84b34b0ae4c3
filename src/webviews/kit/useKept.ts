import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import type { VsCodeApi } from './vscodeApi';

/** A state that the editor keeps over a reload; dragging changes it too often to keep each step. */
const KEEP_AFTER_MS = 150;

/** What is kept of a panel, and how to change parts of it. */
export function useKept<T extends object>(
  api: VsCodeApi,
  restore: (kept: unknown) => T,
): [T, (change: Partial<T> | ((state: T) => T)) => void] {
  const [state, setState] = useState(() => restore(api.getState()));
  const latest = useRef(state);
  latest.current = state;
  const timer = useRef<number | undefined>(undefined);
  const keep = useCallback(() => {
    clearTimeout(timer.current);
    timer.current = undefined;
    api.setState(latest.current);
  }, [api]);
  useEffect(() => {
    timer.current ??= window.setTimeout(keep, KEEP_AFTER_MS);
  }, [state, keep]);
  useEffect(() => {
    addEventListener('pagehide', keep);
    return () => removeEventListener('pagehide', keep);
  }, [keep]);
  const update = useCallback(
    (change: Partial<T> | ((state: T) => T)) =>
      setState((before) => (typeof change === 'function' ? change(before) : { ...before, ...change })),
    [],
  );
  return [state, update];
}
