import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

interface ButtonProps {
  children: ComponentChildren;
  onClick: () => void;
  kind?: 'primary' | 'secondary' | 'link';
  /** The key that does the same. */
  shortcut?: string;
  /** Why it cannot be used now; it stays reachable, so that the reason can be read. */
  disabled?: string | undefined;
}

export function Button({ children, onClick, kind = 'secondary', shortcut, disabled }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}`}
      title={disabled}
      aria-disabled={disabled !== undefined}
      aria-keyshortcuts={shortcut}
      onClick={() => disabled === undefined && onClick()}
    >
      {children}
      {shortcut ? <kbd aria-hidden="true">{shortcut}</kbd> : null}
    </button>
  );
}

interface IconButtonProps {
  icon: string;
  label: string;
  onClick: () => void;
  shortcut?: string;
  /** For one that is on or off. */
  pressed?: boolean;
  /** For one that opens something. */
  expanded?: boolean;
  popup?: 'menu';
  disabled?: string | undefined;
}

export function IconButton({ icon, label, onClick, shortcut, pressed, expanded, popup, disabled }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      title={disabled ?? (shortcut ? `${label} (${shortcut})` : label)}
      aria-label={label}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={popup}
      aria-disabled={disabled !== undefined}
      aria-keyshortcuts={shortcut}
      onClick={() => disabled === undefined && onClick()}
    >
      <Icon name={icon} />
    </button>
  );
}
