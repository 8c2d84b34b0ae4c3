interface SelectProps {
  label: string;
  options: readonly { key: string; text: string }[];
  current: string;
  onChange: (key: string) => void;
}

export function Select({ label, options, current, onChange }: SelectProps) {
  return (
    <select class="select" aria-label={label} title={label} value={current} onChange={(event) => onChange(event.currentTarget.value)}>
      {options.map(({ key, text }) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
