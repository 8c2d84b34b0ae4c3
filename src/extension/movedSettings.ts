import * as vscode from 'vscode';
import { errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import { Command } from './manifest';
import { movesIn, SETTING_MOVES, type SettingMove } from './settingMoves';
import { showInformation } from './messages';

/** The scopes that our settings have. */
const SCOPES = [
  ['globalValue', vscode.ConfigurationTarget.Global],
  ['workspaceValue', vscode.ConfigurationTarget.Workspace],
] as const;

/** Writes what stands under the name of an earlier version where it is read now, and says so. @returns what was moved, `old → new`. */
export async function moveSettings(log: Log, moves: readonly SettingMove[] = SETTING_MOVES): Promise<string[]> {
  const settings = vscode.workspace.getConfiguration('tasktower');
  const moved = new Set<string>();
  for (const [scope, target] of SCOPES)
    for (const { from, to, value } of movesIn((name) => settings.inspect(name)?.[scope], moves)) {
      const line = `tasktower.${from} → tasktower.${to}`;
      try {
        // In this order, so that at no moment the value is in neither place.
        await settings.update(to, value, target);
        await settings.update(from, undefined, target);
        moved.add(line);
      } catch (error) {
        log.warn(`${line}: the setting could not be moved, and is left where it was: ${errorText(error)}`);
      }
    }
  if (moved.size > 0) void tell([...moved]);
  return [...moved];
}

async function tell(lines: readonly string[]): Promise<void> {
  const show = vscode.l10n.t('Open Settings');
  const text = vscode.l10n.t('Settings of Tasktower have new names, and yours were moved: {0}', lines.join(', '));
  if ((await showInformation(text, show)) === show) await vscode.commands.executeCommand(Command.openSettings);
}
