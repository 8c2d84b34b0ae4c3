import { useEffect, useState } from 'preact/hooks';
import type { Listen } from '../../server/domain/ports';

/** Draws at most once in each frame of the screen, however often something changes. */
export function useFrames(onDidChange: Listen<void>): void {
  const [, setDrawn] = useState(0);
  useEffect(() => {
    let frame = 0;
    const soon = (): void => {
      if (frame === 0)
        frame = requestAnimationFrame(() => {
          frame = 0;
          setDrawn((before) => before + 1);
        });
    };
    const subscription = onDidChange(soon);
    soon();
    return () => {
      subscription.dispose();
      cancelAnimationFrame(frame);
    };
  }, [onDidChange]);
}
