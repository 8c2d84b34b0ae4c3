import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

interface DialogProps {
  title: string;
  children: ComponentChildren;
  /** Its buttons, the one that does it first. */
  actions: ComponentChildren;
  onClose: () => void;
}

/** A modal dialog; Esc closes it, and the focus goes back to where it was. */
export function Dialog({ title, children, actions, onClose }: DialogProps) {
  const root = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    root.current?.showModal();
    return () => void (before instanceof HTMLElement && before.focus());
  }, []);
  const onKeyDown = (event: KeyboardEvent): void => {
    event.stopPropagation();
    if (event.key !== 'Escape') return;
    // The browser closes it too, but says so later, and a key pressed in between would still be the dialog's.
    event.preventDefault();
    onClose();
  };
  return (
    <dialog ref={root} class="dialog" aria-labelledby="dialog-title" onClose={onClose} onKeyDown={onKeyDown}>
      <h2 id="dialog-title">{title}</h2>
      <div class="dialog-body">{children}</div>
      <div class="dialog-actions">{actions}</div>
    </dialog>
  );
}
