import { hostname } from 'node:os';
import * as vscode from 'vscode';
import { TeamSession, type KeptSession } from '../../server/follower/teamSession';
import { word } from '../../server/domain/words';
import { Command } from '../manifest';
import type { Teams } from '../teams';
import type { Handlers } from './handlers';
import { spoken } from '../../server/domain/spoken';

const KNOWN = 'team.known';

/** Joining a team's tower, and going back to the folder's own. */
export function teamCommands(teams: Teams, context: Pick<vscode.ExtensionContext, 'globalState'>): Handlers {
  const say = (text: string): void => void vscode.window.setStatusBarMessage(text, 6000);
  const known = (): string[] => context.globalState.get<string[]>(KNOWN) ?? [];

  const askUrl = async (): Promise<string | undefined> => {
    const other = vscode.l10n.t('Another address…');
    const picked =
      known().length === 0
        ? other
        : await vscode.window.showQuickPick([...known(), other], { title: vscode.l10n.t('Connect to a Tower'), ignoreFocusOut: true });
    if (picked !== other) return picked;
    const url = await vscode.window.showInputBox({
      title: vscode.l10n.t('Connect to a Tower'),
      prompt: vscode.l10n.t('The address of the team tower'),
      placeHolder: 'https://tower.example',
      ignoreFocusOut: true,
      validateInput: (text) => (text.trim() === '' ? undefined : problemOf(text.trim())),
    });
    return url?.trim() ? new URL(url.trim()).origin : undefined;
  };

  return {
    [Command.connectTower]: async () => {
      const url = await askUrl();
      if (url === undefined) return;
      if (await teams.isSignedIn(url)) {
        const again = vscode.l10n.t('Sign in as someone else');
        const go = vscode.l10n.t('Connect');
        // The panel that had the focus gets it back from the question before.
        const picked = await vscode.window.showQuickPick([go, again], { title: url, ignoreFocusOut: true });
        if (picked === undefined) return;
        if (picked === go) return teams.join(url, await teams.session(url).token());
      }
      const session = await signIn(url);
      if (!session) return;
      await context.globalState.update(KNOWN, [url, ...known().filter((one) => one !== url)].slice(0, 10));
      await teams.join(url, session);
      say(vscode.l10n.t('Connected to {0} as {1}, {2}.', url, session.name, word(session.role)));
    },
    [Command.leaveTower]: async () => {
      if (teams.url === undefined) return say(vscode.l10n.t("This window has its folder's own tower."));
      await teams.leave();
      say(vscode.l10n.t("Back at the tower of this folder. You are still signed in at the team's."));
    },
    [Command.signOutTower]: async () => {
      const { url } = teams;
      if (url === undefined) return say(vscode.l10n.t('This window is connected to no team tower.'));
      try {
        await teams.session(url).signOut();
      } finally {
        await teams.leave();
      }
      say(vscode.l10n.t('Signed out of {0}.', url));
    },
  };
}

/** Asks until the tower lets someone in; undefined when the person thinks better of it. */
async function signIn(url: string): Promise<KeptSession | undefined> {
  let why = '';
  let name = '';
  for (;;) {
    const asked = await vscode.window.showInputBox({
      title: vscode.l10n.t('Sign In to {0}', url),
      prompt: why || vscode.l10n.t('Your name. Leave it empty to sign in with a token of your own issuer.'),
      value: name,
      ignoreFocusOut: true,
    });
    if (asked === undefined) return undefined;
    name = asked.trim();
    const isToken = name === '';
    const secret = await vscode.window.showInputBox({
      title: vscode.l10n.t('Sign In to {0}', url),
      prompt: isToken ? vscode.l10n.t('The access token') : vscode.l10n.t('The password of {0}', name),
      password: true,
      ignoreFocusOut: true,
    });
    if (!secret) return undefined;
    try {
      return await (isToken ? TeamSession.withToken(url, secret.trim()) : TeamSession.signIn(url, name, secret, `VS Code, ${hostname()}`));
    } catch (error) {
      why = spoken(error);
    }
  }
}

/** A password goes over https, or stays on this machine. */
function problemOf(text: string): string | undefined {
  if (!URL.canParse(text)) return vscode.l10n.t('An address such as https://tower.example.');
  const { protocol, hostname } = new URL(text);
  if (protocol === 'https:' || (protocol === 'http:' && /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname))) return undefined;
  return vscode.l10n.t('Your password is safe over https:// alone.');
}
