import './language';
import * as l10n from '@vscode/l10n';
import './signIn.css';
import { render } from 'preact';
import { useState } from 'preact/hooks';
import { spoken } from '../../server/domain/spoken';
import { signIn, signsInAt } from './session';

/** Where to go on: a page of this tower, and nowhere else. */
export function targetOf(search: string, origin: string): string {
  const to = new URLSearchParams(search).get('to') ?? '/';
  const url = new URL(to, origin);
  return url.origin === origin && to.startsWith('/') && url.pathname !== '/sign-in' ? url.pathname + url.search : '/';
}

const UNSAFE = l10n.t('A browser keeps a session only over https, or on this machine. Ask whoever runs the tower for its https address.');

function Password() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const [why, setWhy] = useState(isSecureContext ? '' : UNSAFE);
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    try {
      const refusal = await signIn(name, password);
      if (refusal === undefined) return location.replace(targetOf(location.search, location.origin));
      setWhy(refusal);
    } catch (error) {
      setWhy(l10n.t('The tower does not answer: {0}', spoken(error)));
    }
    setBusy(false);
  };
  return (
    <form onSubmit={(event) => void submit(event)}>
      <h1>Tasktower</h1>
      <label>
        {l10n.t('Name')}
        <input
          class="input"
          name="username"
          autocomplete="username"
          autocapitalize="none"
          required
          autofocus
          value={name}
          onInput={(event) => setName(event.currentTarget.value)}
        />
      </label>
      <label>
        {l10n.t('Password')}
        <input
          class="input"
          name="password"
          type="password"
          autocomplete="current-password"
          required
          value={password}
          onInput={(event) => setPassword(event.currentTarget.value)}
        />
      </label>
      <p class="why" role="alert">
        {why}
      </p>
      <button type="submit" class="button primary" disabled={isBusy}>
        {isBusy ? l10n.t('Signing In…') : l10n.t('Sign In')}
      </button>
    </form>
  );
}

/** Why the tower sent someone back here who had signed in elsewhere. */
const TROUBLES: Readonly<Record<string, string>> = {
  denied: l10n.t('You were not let in there. Try again, or ask whoever runs the tower.'),
  stale: l10n.t('That sign-in is over, or was not begun here. Sign in again.'),
  role: l10n.t('You are signed in there, but have no role on this tower. Ask an admin.'),
  away: l10n.t('The place where people sign in does not answer. Try again in a moment.'),
};

/** The way to the issuer's page, and what came of it before. */
function Elsewhere({ at }: { at: string }) {
  const why = new URLSearchParams(location.search).get('why') ?? '';
  const to = new URLSearchParams({ to: targetOf(location.search, location.origin) }).toString();
  return (
    <div class="elsewhere">
      <h1>Tasktower</h1>
      <p class="why" role="alert">
        {isSecureContext ? (Object.hasOwn(TROUBLES, why) ? TROUBLES[why] : '') : UNSAFE}
      </p>
      <a class="button primary" href={`/api/session/begin?${to}`}>
        {l10n.t('Sign in with {0}', at)}
      </a>
    </div>
  );
}

async function open(): Promise<void> {
  const at = await signsInAt().catch(() => undefined);
  render(
    <main class="sign-in">{at === undefined ? <Password /> : <Elsewhere at={at} />}</main>,
    document.getElementById('app') ?? document.body,
  );
}

void open();
