import { moveFocus } from './moveFocus';

interface RadioGroupProps<Key extends string> {
  label: string;
  options: readonly { key: Key; text: string; shortcut: string }[];
  current: Key | undefined;
  onChange: (key: Key) => void;
}

export function RadioGroup<Key extends string>({ label, options, current, onChange }: RadioGroupProps<Key>) {
  return (
    <div class="radio-group" role="radiogroup" aria-label={label} onKeyDown={moveFocus}>
      {options.map(({ key, text, shortcut }) => (
        <button
          key={key}
          type="button"
          role="radio"
          class="radio"
          title={`${text} (${shortcut})`}
          aria-checked={key === current}
          aria-keyshortcuts={shortcut}
          tabIndex={key === current ? 0 : -1}
          onClick={() => onChange(key)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}
