import { useEffect, useRef, useState } from 'preact/hooks';
import { IconButton } from './button';
import { Icon } from './icon';

export interface MenuItem {
  icon: string;
  text: string;
  /** Why it cannot be used now. */
  disabled?: string | undefined;
  onClick: () => void;
}

/** An icon button that opens a menu. */
export function Menu({ label, items, icon = 'ellipsis' }: { label: string; items: readonly MenuItem[]; icon?: string }) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  const buttons = (): HTMLElement[] => [...(root.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const close = (): void => {
    setOpen(false);
    root.current?.querySelector('button')?.focus();
  };
  useEffect(() => {
    if (!isOpen) return;
    buttons()[0]?.focus();
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
    event.stopPropagation();
    const all = buttons();
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') close();
    else if (event.key === 'Tab') setOpen(false);
    else if (event.key === 'ArrowDown') all[(at + 1) % all.length]?.focus();
    else if (event.key === 'ArrowUp') all.at(at - 1)?.focus();
    else return;
    if (event.key !== 'Tab') event.preventDefault();
  };
  return (
    <div class="menu" ref={root} onKeyDown={onKeyDown}>
      <IconButton icon={icon} label={label} popup="menu" expanded={isOpen} onClick={() => (isOpen ? close() : setOpen(true))} />
      {isOpen ? (
        <div class="menu-items" role="menu" aria-label={label}>
          {items.map(({ icon, text, disabled, onClick }) => (
            <button
              key={text}
              type="button"
              role="menuitem"
              tabIndex={-1}
              title={disabled}
              aria-description={disabled}
              aria-disabled={disabled !== undefined}
              onClick={() => {
                if (disabled !== undefined) return;
                close();
                onClick();
              }}
            >
              <Icon name={icon} />
              {text}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}
