import { moveFocus } from './moveFocus';

interface TabsProps<Key extends string> {
  label: string;
  tabs: readonly { key: Key; text: string; count?: number }[];
  current: Key;
  /** The id of what a tab shows. */
  controls: string;
  onChange: (key: Key) => void;
}

export function Tabs<Key extends string>({ label, tabs, current, controls, onChange }: TabsProps<Key>) {
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={moveFocus}>
      {tabs.map(({ key, text, count }) => (
        <button
          key={key}
          id={`${controls}-${key}`}
          type="button"
          role="tab"
          class="tab"
          aria-selected={key === current}
          aria-controls={controls}
          tabIndex={key === current ? 0 : -1}
          onClick={() => onChange(key)}
        >
          {text}
          {count === undefined ? null : <span class="count">{count}</span>}
        </button>
      ))}
    </div>
  );
}
