import { useEffect, useRef, useState } from 'preact/hooks';
import { Icon } from '../kit/icon';

interface FilterMenuProps {
  /** What is chosen from, as it is called when all are: `All agents`. */
  all: string;
  /** What the list is for: `Choose agents`. */
  choose: string;
  /** So many of them: `3 agents`. */
  many: (count: number) => string;
  options: readonly { key: string; text: string }[];
  /** Keys; none = all. */
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}

/** A chip that opens a list of check boxes. */
export function FilterMenu({ all, choose, many, options, chosen, onChange }: FilterMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const items = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitemcheckbox]') ?? [])];
  useEffect(() => {
    if (!isOpen) return;
    items()[0]?.focus();
    const outside = (event: Event): void => void (root.current?.contains(event.target as Node) || setOpen(false));
    addEventListener('pointerdown', outside);
    addEventListener('blur', outside);
    return () => {
      removeEventListener('pointerdown', outside);
      removeEventListener('blur', outside);
    };
  }, [isOpen]);
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!isOpen) return;
    const list = items();
    const at = list.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') {
      setOpen(false);
      root.current?.querySelector('button')?.focus();
    } else if (event.key === 'Tab') return setOpen(false);
    else if (event.key === 'ArrowDown') list[(at + 1) % list.length]?.focus();
    else if (event.key === 'ArrowUp') list.at(at - 1)?.focus();
    else return;
    event.preventDefault();
  };
  const toggle = (key: string): void => onChange(chosen.includes(key) ? chosen.filter((other) => other !== key) : [...chosen, key]);
  const [first, ...others] = chosen;
  const text =
    first === undefined ? all : others.length > 0 ? many(chosen.length) : (options.find(({ key }) => key === first)?.text ?? first);
  return (
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <button
        type="button"
        class={`chip${first === undefined ? '' : ' on'}`}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        title={choose}
        onClick={() => setOpen(!isOpen)}
      >
        <span>{text}</span>
        <Icon name="chevron-down" />
      </button>
      {isOpen ? (
        <div class="menu-items left" role="menu" aria-label={choose}>
          <Item text={all} isOn={first === undefined} onClick={() => onChange([])} />
          {options.map(({ key, text: name }) => (
            <Item key={key} text={name} isOn={chosen.includes(key)} onClick={() => toggle(key)} />
          ))}
        </div>
      ) : null}
    </div>
  );
}

function Item({ text, isOn, onClick }: { text: string; isOn: boolean; onClick: () => void }) {
  return (
    <button type="button" role="menuitemcheckbox" aria-checked={isOn} tabIndex={-1} onClick={onClick}>
      <span class="tick">{isOn ? <Icon name="check" /> : null}</span>
      {text}
    </button>
  );
}
