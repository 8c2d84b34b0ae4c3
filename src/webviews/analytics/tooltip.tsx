import { useLayoutEffect, useRef } from 'preact/hooks';

export interface Pointed {
  /** Up to three lines. */
  text: string;
  /** Of the pointer in the window, CSS pixels. */
  x: number;
  y: number;
}

const GAP = 12;

/** What is pointed at, beside the pointer and always inside the window. */
export function Tooltip({ text, x, y }: Pointed) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    const { offsetWidth, offsetHeight } = element;
    const left = x + GAP + offsetWidth > innerWidth ? x - GAP - offsetWidth : x + GAP;
    const top = y + GAP + offsetHeight > innerHeight ? y - GAP - offsetHeight : y + GAP;
    element.style.transform = `translate(${Math.max(0, left)}px, ${Math.max(0, top)}px)`;
  }, [text, x, y]);
  return (
    <div class="tooltip" ref={box}>
      {text.split('\n').map((line) => (
        <div key={line}>{line}</div>
      ))}
    </div>
  );
}
