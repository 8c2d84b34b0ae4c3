import * as l10n from '@vscode/l10n';
import type { ComponentChildren } from 'preact';
import { IconButton } from '../kit/button';
import { showAccount } from './account';
import type { Stage } from './stage';
import { word } from '../../server/domain/words';

/** The parts of the tower as pages. */
const TABS = [
  { text: l10n.t('Tasks'), path: '/' },
  { text: l10n.t('Agents'), path: '/agents' },
  { text: l10n.t('Analytics'), path: '/analytics' },
  { text: l10n.t('Logs'), path: '/logs' },
  { text: l10n.t('Evidence'), path: '/evidence' },
] as const;

/** The tabs above a page that is a panel of its own in an editor; the Dashboard has its own. */
export function Shell({ stage, children }: { stage: Stage; children: ComponentChildren }) {
  const { name, role } = stage.me;
  return (
    <div class="shell">
      <header class="shell-bar">
        <nav class="tabs" aria-label={l10n.t('Parts of the tower')}>
          {TABS.map(({ text, path }) => (
            <a key={path} class="tab" href={path} aria-current={location.pathname === path ? 'page' : undefined}>
              {text}
            </a>
          ))}
        </nav>
        <span class="quiet shell-you">
          {name}, {word(role)}
        </span>
        <IconButton
          icon="account"
          label={l10n.t('{0}, {1}: sessions and signing out', name, word(role))}
          onClick={() => showAccount(stage)}
        />
      </header>
      <div class="shell-page">{children}</div>
    </div>
  );
}
