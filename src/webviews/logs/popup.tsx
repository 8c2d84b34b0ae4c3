import type { ComponentChildren } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';

interface PopupProps {
  label: string;
  children: ComponentChildren;
  onClose: () => void;
}

const ITEMS = '[role^=menuitem]:not([aria-disabled=true]), input';
/** The least distance to the edge of the page, CSS pixels. */
const MARGIN = 4;

/** A menu under the control before it; arrows move in it, Esc closes it and gives the focus back. */
export function Popup({ label, children, onClose }: PopupProps) {
  const root = useRef<HTMLDivElement>(null);
  const close = useRef(onClose);
  close.current = onClose;
  useLayoutEffect(() => {
    const box = root.current;
    if (!box) return;
    const over = box.getBoundingClientRect().right - innerWidth + MARGIN;
    if (over > 0) box.style.left = `${-over}px`;
  }, []);
  useEffect(() => {
    const before = document.activeElement;
    root.current?.querySelector<HTMLElement>(ITEMS)?.focus();
    const outside = (event: Event): void => {
      const target = event.target;
      if (!(target instanceof Node) || !root.current?.parentElement?.contains(target)) close.current();
    };
    addEventListener('pointerdown', outside);
    addEventListener('blur', outside);
    return () => {
      removeEventListener('pointerdown', outside);
      removeEventListener('blur', outside);
      if (before instanceof HTMLElement && document.activeElement === document.body) before.focus();
    };
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key === 'Escape' || event.key === 'Tab') {
      root.current?.parentElement?.querySelector<HTMLElement>('button')?.focus();
      return close.current();
    }
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const items = [...(root.current?.querySelectorAll<HTMLElement>(ITEMS) ?? [])];
    const at = items.findIndex((item) => item === document.activeElement);
    items[(at + step + items.length) % items.length]?.focus();
  };
  return (
    <div ref={root} class="popup" role="menu" aria-label={label} onKeyDown={onKeyDown}>
      {children}
    </div>
  );
}
