import { moveFocus } from '../kit/moveFocus';

interface SwitchProps<Key extends string> {
  label: string;
  options: readonly { key: Key; text: string }[];
  current: Key;
  onChange: (key: Key) => void;
}

/** A choice of a few, all in sight. */
export function Switch<Key extends string>({ label, options, current, onChange }: SwitchProps<Key>) {
  const isKnown = options.some(({ key }) => key === current);
  return (
    <div class="radio-group" role="radiogroup" aria-label={label} onKeyDown={moveFocus}>
      {options.map(({ key, text }, index) => (
        <button
          key={key}
          type="button"
          role="radio"
          class="radio"
          aria-checked={key === current}
          tabIndex={key === current || (!isKnown && index === 0) ? 0 : -1}
          onClick={() => onChange(key)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
