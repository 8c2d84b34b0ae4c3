import * as vscode from 'vscode';
import { Command } from '../manifest';
import type { TowerHost } from '../towerHost';
import type { Handlers } from './handlers';
import { dateLanguage } from '../../server/domain/language';
import { showWarning } from '../messages';

/** Who may come in: tokens for one agent each, and new ones for everybody. */
export function tokenCommands(host: TowerHost): Handlers {
  const say = (text: string): void => void vscode.window.setStatusBarMessage(text, 6000);
  return {
    [Command.copyAgentToken]: async () => {
      const name = await askName(host);
      if (name === undefined) return;
      const { url } = host.here.address;
      await vscode.env.clipboard.writeText(`export TASKTOWER_URL=${url} TASKTOWER_TOKEN=${host.here.issueToken(name)}`);
      say(vscode.l10n.t('Copied. The token is good for {0} alone, until you revoke it; it is shown nowhere again.', name));
    },
    [Command.revokeAgentToken]: async () => {
      const tokens = host.here.namedTokens;
      if (tokens.length === 0) return say(vscode.l10n.t('No agent has a token of its own.'));
      const items = tokens.map(({ name, createdAt }) => ({
        label: name,
        description: vscode.l10n.t('since {0}', new Date(createdAt).toLocaleString(dateLanguage())),
      }));
      const picked = await vscode.window.showQuickPick(items, {
        title: vscode.l10n.t('Revoke Agent Token'),
        placeHolder: vscode.l10n.t('Who is to be shut out?'),
      });
      if (!picked) return;
      host.here.revokeToken(picked.label);
      say(vscode.l10n.t('The token of {0} is good no more.', picked.label));
    },
    [Command.rotateTokens]: async () => {
      const detail = vscode.l10n.t(
        'Agents that read the address file find the new token by themselves. Tokens that you copied stop working. What runs goes on.',
      );
      const rotate = vscode.l10n.t('Rotate Tokens');
      if ((await showWarning(vscode.l10n.t('Give this folder new tokens?'), { modal: true, detail }, rotate)) !== rotate) return;
      host.here.rotateTokens();
      say(vscode.l10n.t('The folder has new tokens.'));
    },
  };
}

/** The agent that is to get a token of its own. */
async function askName(host: TowerHost): Promise<string | undefined> {
  const taken = new Set(host.here.namedTokens.map(({ name }) => name.toLowerCase()));
  const name = await vscode.window.showInputBox({
    title: vscode.l10n.t('Copy Agent Token'),
    prompt: vscode.l10n.t('The name the agent connects under'),
    placeHolder: 'Kimi Code',
    validateInput: (text) => {
      if (text.trim() === '' || text.trim().length > 80) return vscode.l10n.t('A name of 1 to 80 characters.');
      if (!taken.has(text.trim().toLowerCase())) return undefined;
      return {
        message: vscode.l10n.t('{0} has a token; this one takes its place.', text.trim()),
        severity: vscode.InputBoxValidationSeverity.Warning,
      };
    },
  });
  return name?.trim();
}
