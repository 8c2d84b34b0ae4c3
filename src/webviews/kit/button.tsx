import type { ComponentChildren } from 'preact';
import { Icon } from './icon';

interface ButtonProps {
  children: ComponentChildren;
  onClick: (event: MouseEvent) => void;
  /** What a screen reader says in place of the text. */
  label?: string;
  /** Shown where there is no room for the text. */
  icon?: string;
  /** False: not reached by Tab, as one of many alike. */
  tabbable?: boolean;
  kind?: 'primary' | 'secondary' | 'link';
  /** The key that does the same. */
  shortcut?: string;
  /** Why it cannot be used now; it stays reachable, so that the reason can be read. */
  disabled?: string | undefined;
}

export function Button({ children, onClick, kind = 'secondary', shortcut, disabled, label, icon, tabbable = true }: ButtonProps) {
  return (
    <button
      type="button"
      class={`button ${kind}${icon ? ' with-icon' : ''}`}
      title={disabled}
      aria-description={disabled}
      aria-label={label}
      tabIndex={tabbable ? undefined : -1}
      aria-disabled={disabled !== undefined}
      aria-keyshortcuts={shortcut}
      onClick={(event) => disabled === undefined && onClick(event)}
    >
      {icon ? <Icon name={icon} /> : null}
      {icon ? <span class="button-text">{children}</span> : children}
      {shortcut ? <kbd aria-hidden="true">{shortcut}</kbd> : null}
    </button>
  );
}

interface IconButtonProps {
  icon: string;
  label: string;
  onClick: (event: MouseEvent) => void;
  tabbable?: boolean;
  shortcut?: string;
  /** For one that is on or off. */
  pressed?: boolean;
  /** For one that opens something. */
  expanded?: boolean;
  popup?: 'menu';
  disabled?: string | undefined;
}

export function IconButton({ icon, label, onClick, shortcut, pressed, expanded, popup, disabled, tabbable = true }: IconButtonProps) {
  return (
    <button
      type="button"
      class="icon-button"
      title={disabled ?? (shortcut ? `${label} (${shortcut})` : label)}
      aria-description={disabled}
      aria-label={label}
      tabIndex={tabbable ? undefined : -1}
      aria-pressed={pressed}
      aria-expanded={expanded}
      aria-haspopup={popup}
      aria-disabled={disabled !== undefined}
      aria-keyshortcuts={shortcut}
      onClick={(event) => disabled === undefined && onClick(event)}
    >
      <Icon name={icon} />
    </button>
  );
}
