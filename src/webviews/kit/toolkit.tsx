import {
  provideVSCodeDesignSystem,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeOption,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import type { TargetedEvent } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

provideVSCodeDesignSystem().register(vsCodeCheckbox(), vsCodeDropdown(), vsCodeOption(), vsCodeTextArea(), vsCodeTextField());

interface FieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  placeholder?: string;
  /** What is wrong with it. */
  error?: string | undefined;
  /** Takes the focus when it appears. */
  autofocus?: boolean;
}

/** One line of text, with its label above and what is wrong below. */
export function TextField({ label, value, onChange, placeholder, error }: FieldProps) {
  return (
    <div class="field">
      <vscode-text-field
        value={value}
        placeholder={placeholder}
        aria-label={error ? `${label}. ${error}` : label}
        aria-invalid={error !== undefined}
        onInput={(event: TargetedEvent<HTMLInputElement>) => onChange(event.currentTarget.value)}
      >
        {label}
      </vscode-text-field>
      <FieldError error={error} />
    </div>
  );
}

/** Several lines of text. */
export function TextArea({ label, value, onChange, placeholder, error, autofocus, rows = 3 }: FieldProps & { rows?: number }) {
  const element = useRef<HTMLElement>(null);
  useEffect(() => {
    if (!autofocus) return;
    // The element is made of parts that come a moment later.
    requestAnimationFrame(() => element.current?.focus());
  }, [autofocus]);
  return (
    <div class="field">
      <vscode-text-area
        ref={element}
        rows={rows}
        resize="vertical"
        value={value}
        placeholder={placeholder}
        aria-label={error ? `${label}. ${error}` : label}
        aria-invalid={error !== undefined}
        onInput={(event: TargetedEvent<HTMLTextAreaElement>) => onChange(event.currentTarget.value)}
      >
        {label}
      </vscode-text-area>
      <FieldError error={error} />
    </div>
  );
}

interface ChoiceProps {
  label: string;
  options: readonly { key: string; text: string }[];
  current: string;
  onChange: (key: string) => void;
}

/** One of several. */
export function Choice({ label, options, current, onChange }: ChoiceProps) {
  return (
    <div class="field">
      <span class="field-label" aria-hidden="true">
        {label}
      </span>
      <vscode-dropdown
        aria-label={label}
        value={current}
        onChange={(event: TargetedEvent<HTMLSelectElement>) => onChange(event.currentTarget.value)}
      >
        {options.map(({ key, text }) => (
          <vscode-option key={key} value={key} selected={key === current}>
            {text}
          </vscode-option>
        ))}
      </vscode-dropdown>
    </div>
  );
}

/** Yes or no. */
export function Checkbox({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <vscode-checkbox checked={checked} onChange={(event: TargetedEvent<HTMLInputElement>) => onChange(event.currentTarget.checked)}>
      {label}
    </vscode-checkbox>
  );
}

function FieldError({ error }: { error?: string | undefined }) {
  return error === undefined ? null : (
    <p class="field-error" role="alert">
      {error}
    </p>
  );
}
