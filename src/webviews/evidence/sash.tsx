import * as l10n from '@vscode/l10n';
const [LEAST, MOST, STEP] = [140, 420, 20];

/** The edge of the gallery: drag it, or move it with arrows. */
export function Sash({ width, onChange }: { width: number; onChange: (width: number) => void }) {
  const set = (wanted: number): void => onChange(Math.round(Math.min(MOST, Math.max(LEAST, wanted))));
  return (
    <div
      class="sash"
      role="separator"
      aria-orientation="vertical"
      aria-label={l10n.t('Width of the gallery')}
      aria-valuenow={width}
      aria-valuemin={LEAST}
      aria-valuemax={MOST}
      tabIndex={0}
      onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
      onPointerMove={(event) => event.currentTarget.hasPointerCapture(event.pointerId) && set(event.clientX)}
      onKeyDown={({ key }) => {
        if (key === 'ArrowLeft') set(width - STEP);
        if (key === 'ArrowRight') set(width + STEP);
      }}
    />
  );
}
