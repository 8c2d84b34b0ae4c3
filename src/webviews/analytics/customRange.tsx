import * as l10n from '@vscode/l10n';
import { useState } from 'preact/hooks';
import { dayFrom } from './kept';
import { localDate } from './taskSearch';

interface CustomRangeProps {
  from: number;
  /** Excluded. */
  to: number;
  onChange: (range: { from: number; to: number }) => void;
}

/** The first and the last day of a range. */
export function CustomRange({ from, to, onChange }: CustomRangeProps) {
  const [first, setFirst] = useState(localDate(from));
  const [last, setLast] = useState(localDate(dayFrom(to, -1)));
  const isBackwards = first !== '' && last !== '' && first > last;
  const change = (start: string, end: string): void => {
    setFirst(start);
    setLast(end);
    if (start === '' || end === '' || start > end) return;
    onChange({ from: startOf(start), to: dayFrom(startOf(end), 1) });
  };
  return (
    <div class="custom-range">
      <label>
        {l10n.t('From')}{' '}
        <input class="input" type="date" value={first} max={last} onInput={(event) => change(event.currentTarget.value, last)} />
      </label>
      <label>
        {l10n.t('to')}{' '}
        <input class="input" type="date" value={last} min={first} onInput={(event) => change(first, event.currentTarget.value)} />
      </label>
      {isBackwards ? <span role="alert">{l10n.t('The first day is after the last one.')}</span> : null}
    </div>
  );
}

/** The first moment of `2026-11-03` on this machine. */
function startOf(date: string): number {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  return new Date(year, month - 1, day).getTime();
}
