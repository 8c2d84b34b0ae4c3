import * as l10n from '@vscode/l10n';
interface SliderGripProps {
  /** Where the line stands, and how far it can go, CSS pixels in the pane. */
  at: number;
  range: { from: number; to: number };
  /** 0..100. */
  split: number;
  onChange: (split: number) => void;
}

/** The line between two pictures: drag it, or move it with arrows. */
export function SliderGrip({ at, range, split, onChange }: SliderGripProps) {
  const set = (wanted: number): void => onChange(Math.min(100, Math.max(0, wanted)));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.shiftKey ? 10 : 1;
    if (event.key === 'ArrowLeft' || event.key === 'ArrowDown') set(split - step);
    else if (event.key === 'ArrowRight' || event.key === 'ArrowUp') set(split + step);
    else if (event.key === 'Home') set(0);
    else if (event.key === 'End') set(100);
    else return;
    event.preventDefault();
  };
  return (
    <div class="divider" style={{ left: `${at}px` }}>
      <div
        class="grip"
        role="slider"
        aria-label={l10n.t('Line between the two pictures')}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={Math.round(split)}
        aria-valuetext={l10n.t('{0}% of the left picture', Math.round(split))}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onDblClick={(event) => {
          event.stopPropagation();
          set(50);
        }}
        onPointerDown={(event) => {
          event.stopPropagation();
          event.currentTarget.setPointerCapture(event.pointerId);
        }}
        onPointerMove={(event) => {
          if (!event.currentTarget.hasPointerCapture(event.pointerId)) return;
          event.stopPropagation();
          const box = event.currentTarget.closest('.pane-view')?.getBoundingClientRect();
          if (box && range.to > range.from) set(((event.clientX - box.left - range.from) / (range.to - range.from)) * 100);
        }}
      />
    </div>
  );
}
