interface SelectProps {
  label: string;
  options: readonly { key: string; text: string }[];
  current: string;
  onChange: (key: string) => void;
  /** Why nothing else can be chosen now; it stays reachable, so that the reason can be read. */
  disabled?: string | undefined;
}

export function Select({ label, options, current, onChange, disabled }: SelectProps) {
  const offered = disabled === undefined ? options : options.filter(({ key }) => key === current);
  return (
    <select
      class="select"
      aria-label={label}
      title={disabled ?? label}
      aria-description={disabled}
      aria-disabled={disabled !== undefined}
      value={current}
      onChange={(event) => onChange(event.currentTarget.value)}
    >
      {offered.map(({ key, text }) => (
        <option key={key} value={key}>
          {text}
        </option>
      ))}
    </select>
  );
}
