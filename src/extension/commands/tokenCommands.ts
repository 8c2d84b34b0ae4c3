import * as vscode from 'vscode';
import { Command } from '../manifest';
import type { TowerHost } from '../towerHost';
import type { Handlers } from './handlers';

/** Who may come in: tokens for one agent each, and new ones for everybody. */
export function tokenCommands(host: TowerHost): Handlers {
  const say = (text: string): void => void vscode.window.setStatusBarMessage(text, 6000);
  return {
    [Command.copyAgentToken]: async () => {
      const name = await askName(host);
      if (name === undefined) return;
      const { url } = host.here.address;
      await vscode.env.clipboard.writeText(`export TASKTOWER_URL=${url} TASKTOWER_TOKEN=${host.here.issueToken(name)}`);
      say(`Copied. The token is good for ${name} alone, until you revoke it; it is shown nowhere again.`);
    },
    [Command.revokeAgentToken]: async () => {
      const tokens = host.here.namedTokens;
      if (tokens.length === 0) return say('No agent has a token of its own.');
      const items = tokens.map(({ name, createdAt }) => ({ label: name, description: `since ${new Date(createdAt).toLocaleString()}` }));
      const picked = await vscode.window.showQuickPick(items, { title: 'Revoke Agent Token', placeHolder: 'Who is to be shut out?' });
      if (!picked) return;
      host.here.revokeToken(picked.label);
      say(`The token of ${picked.label} is good no more.`);
    },
    [Command.rotateTokens]: async () => {
      const detail =
        'Agents that read the address file find the new token by themselves. Tokens that you copied stop working. What runs goes on.';
      const rotate = 'Rotate Tokens';
      if ((await vscode.window.showWarningMessage('Give this folder new tokens?', { modal: true, detail }, rotate)) !== rotate) return;
      host.here.rotateTokens();
      say('The folder has new tokens.');
    },
  };
}

/** The agent that is to get a token of its own. */
async function askName(host: TowerHost): Promise<string | undefined> {
  const taken = new Set(host.here.namedTokens.map(({ name }) => name.toLowerCase()));
  const name = await vscode.window.showInputBox({
    title: 'Copy Agent Token',
    prompt: 'The name the agent connects under',
    placeHolder: 'Kimi Code',
    validateInput: (text) => {
      if (text.trim() === '' || text.trim().length > 80) return 'A name of 1 to 80 characters.';
      if (!taken.has(text.trim().toLowerCase())) return undefined;
      return { message: `${text.trim()} has a token; this one takes its place.`, severity: vscode.InputBoxValidationSeverity.Warning };
    },
  });
  return name?.trim();
}
