import { elementScroll, observeElementOffset, observeElementRect, Virtualizer, type VirtualItem } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';

interface Options {
  count: number;
  /** The height of a row, CSS pixels. */
  sizeOf: (index: number) => number;
  /** Rows beyond what is seen. */
  overscan?: number;
}

/** The rows of a long list that are in sight, all the others being left out of the page. */
export function useVirtual(
  scroller: RefObject<HTMLElement | null>,
  { count, sizeOf, overscan = 8 }: Options,
): { items: VirtualItem[]; length: number; scrollTo: (index: number) => void } {
  const [, draw] = useState(0);
  const made = useRef<Virtualizer<HTMLElement, HTMLElement> | undefined>(undefined);
  const options = {
    ...{ count, overscan, estimateSize: sizeOf, getScrollElement: () => scroller.current },
    ...{ observeElementRect, observeElementOffset, scrollToFn: elementScroll },
    onChange: () => draw((n) => n + 1),
  };
  const virtualizer = (made.current ??= new Virtualizer<HTMLElement, HTMLElement>(options));
  virtualizer.setOptions(options);
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer]);
  useLayoutEffect(() => virtualizer._willUpdate());
  // Sizes are known, not measured: other rows have other ones.
  useLayoutEffect(() => virtualizer.measure(), [virtualizer, sizeOf]);
  return {
    items: virtualizer.getVirtualItems(),
    length: virtualizer.getTotalSize(),
    scrollTo: (index) => virtualizer.scrollToIndex(index, { align: 'auto' }),
  };
}
