import type { ComponentChildren, Key, RefObject } from 'preact';

/** Elements of the toolkit take attributes and properties that no type lists. */
interface Props {
  children?: ComponentChildren;
  key?: Key;
  ref?: RefObject<HTMLElement | null>;
  [attribute: string]: unknown;
}

declare module 'preact' {
  namespace JSX {
    interface IntrinsicElements {
      'vscode-checkbox': Props;
      'vscode-dropdown': Props;
      'vscode-option': Props;
      'vscode-text-area': Props;
      'vscode-text-field': Props;
    }
  }
}
