import { useLayoutEffect, useRef, useState } from 'preact/hooks';

/** The size of an element as it changes, CSS pixels; undefined until it is known. */
export function useSize<T extends HTMLElement>() {
  const ref = useRef<T>(null);
  const [size, setSize] = useState<{ width: number; height: number }>();
  const element = useRef<T | null>(null);
  const observer = useRef<ResizeObserver | undefined>(undefined);
  useLayoutEffect(() => {
    if (ref.current === element.current) return;
    observer.current?.disconnect();
    element.current = ref.current;
    if (!ref.current) return;
    const measure = (): void => {
      const { clientWidth: width, clientHeight: height } = ref.current ?? { clientWidth: 0, clientHeight: 0 };
      setSize((before) => (before?.width === width && before.height === height ? before : { width, height }));
    };
    measure();
    observer.current = new ResizeObserver(measure);
    observer.current.observe(ref.current);
  });
  useLayoutEffect(() => () => observer.current?.disconnect(), []);
  return [ref, size] as const;
}
