import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useSize } from '../kit/useSize';
import type { Chart, Mark } from './charts/main';
import type { LazyCharts } from './lazyCharts';
import type { ChartSpec } from './question';
import { Tooltip, type Pointed } from './tooltip';
import { useFont } from './useFont';

interface ChartProps {
  spec: ChartSpec;
  grow: number;
  charts: LazyCharts;
  onOpen: (search: string) => void;
  onFail: (error: unknown) => void;
}

/** One drawing, drawn anew when its figures or the font change; colours follow the theme by themselves. */
export function ChartView({ spec, grow, charts, onOpen, onFail }: ChartProps) {
  const [box, size] = useSize<HTMLDivElement>();
  const place = useRef<HTMLDivElement>(null);
  const chart = useRef<Chart | undefined>(undefined);
  const [pointed, setPointed] = useState<Pointed>();
  const font = useFont();
  const width = Math.floor(size?.width ?? 0);
  const key = useMemo(() => JSON.stringify(spec), [spec]);
  const isVisible = width > 0;
  const latest = useRef({ width, onOpen, onFail });
  latest.current = { width, onOpen, onFail };

  useEffect(() => {
    if (!isVisible) return;
    let isGone = false;
    const draw = async (): Promise<void> => {
      const { drawChart } = await charts();
      if (isGone || !place.current) return;
      // Into an element of its own, so that the old picture stays until the new one is there.
      const container = document.createElement('div');
      const drawn = await drawChart(spec, {
        ...{ container, width: latest.current.width, font },
        onPoint: ({ tip }: Mark = {}, event) =>
          setPointed(tip === undefined ? undefined : { text: tip, x: event.clientX, y: event.clientY }),
        onPress: ({ search }) => search !== undefined && latest.current.onOpen(search),
      });
      if (isGone) return drawn.dispose();
      chart.current?.dispose();
      chart.current = drawn;
      place.current.replaceChildren(container);
      setPointed(undefined);
      drawn.resize(latest.current.width);
    };
    draw().catch((error: unknown) => !isGone && latest.current.onFail(error));
    return () => {
      isGone = true;
    };
    // The text of the spec stands for it.
  }, [key, font, isVisible, charts]);
  useEffect(() => chart.current?.resize(width), [width]);
  useEffect(() => () => chart.current?.dispose(), []);

  return (
    <div class="drawing" ref={box} aria-hidden="true" style={{ flexGrow: grow }}>
      <div ref={place} />
      {pointed ? <Tooltip {...pointed} /> : null}
    </div>
  );
}
