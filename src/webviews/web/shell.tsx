import type { ComponentChildren } from 'preact';
import { IconButton } from '../kit/button';
import { showAccount } from './account';
import type { Stage } from './stage';

/** The parts of the tower as pages. */
const TABS = [
  { text: 'Tasks', path: '/' },
  { text: 'Agents', path: '/agents' },
  { text: 'Analytics', path: '/analytics' },
  { text: 'Logs', path: '/logs' },
  { text: 'Evidence', path: '/evidence' },
] as const;

/** The tabs above a page that is a panel of its own in an editor; the Dashboard has its own. */
export function Shell({ stage, children }: { stage: Stage; children: ComponentChildren }) {
  const { name, role } = stage.me;
  return (
    <div class="shell">
      <header class="shell-bar">
        <nav class="tabs" aria-label="Parts of the tower">
          {TABS.map(({ text, path }) => (
            <a key={path} class="tab" href={path} aria-current={location.pathname === path ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <span class="quiet shell-you">
          {name}, {role}
        </span>
        <IconButton icon="account" label={`${name}, ${role}: sessions and signing out`} onClick={() => showAccount(stage)} />
      </header>
      <div class="shell-page">{children}</div>
    </div>
  );
}
