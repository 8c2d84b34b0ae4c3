import * as l10n from '@vscode/l10n';
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import type * as vscode from 'vscode';
import { errorText } from '../server/base/errors';
import type { Log } from '../server/base/log';
import type { Settings } from './settings';
import type { TowerHost } from './towerHost';

/** Gives integrated terminals the command `tasktower` and the address of this window's tower. */
export class Terminals implements vscode.Disposable {
  private readonly subscriptions: vscode.Disposable[];
  private bin: Promise<string> | undefined;
  private given = '';

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly host: TowerHost,
    private readonly settings: Pick<Settings, 'terminals' | 'onDidChange'>,
    private readonly log: Log,
  ) {
    const { environmentVariableCollection: variables } = context;
    // What an earlier window wrote may name a tower that is gone.
    variables.clear();
    variables.persistent = false;
    variables.description = l10n.t('The command `tasktower`, and where it finds the tower of this window');
    this.subscriptions = [host.onDidChange(() => this.give()), settings.onDidChange(() => this.give())];
    this.give();
  }

  private give(): void {
    const { state } = this.host;
    const isWanted = this.settings.terminals && state.kind === 'running' && state.isTrusted;
    const { url = '', token = '' } = (isWanted ? this.address() : undefined) ?? {};
    if (`${url} ${token}` === this.given) return;
    this.given = `${url} ${token}`;
    const { environmentVariableCollection: variables } = this.context;
    variables.clear();
    if (url === '') return;
    variables.replace('TASKTOWER_URL', url);
    variables.replace('TASKTOWER_TOKEN', token);
    this.bin ??= writeCommand(this.context);
    this.bin.then(
      (folder) => {
        if (this.given === `${url} ${token}`) variables.prepend('PATH', folder + delimiter);
      },
      (error: unknown) => this.log.warn(`Terminals do not get the command tasktower: ${errorText(error)}`),
    );
  }

  /** Undefined while the tower cannot be reached. */
  private address(): { url: string; token: string } | undefined {
    try {
      return this.host.here.address;
    } catch {
      return undefined;
    }
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }
}

/** Writes the command as a script of this editor's own Node, as there may be no other. @returns its folder. */
async function writeCommand({ extensionPath, globalStorageUri }: vscode.ExtensionContext): Promise<string> {
  const folder = join(globalStorageUri.fsPath, 'bin');
  const script = join(extensionPath, 'dist', 'cli', 'tasktower.js');
  await mkdir(folder, { recursive: true });
  const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
  const shell = join(folder, 'tasktower');
  await writeFile(shell, `#!/bin/sh\nELECTRON_RUN_AS_NODE=1 exec ${quoted(process.execPath)} ${quoted(script)} "$@"\n`);
  await chmod(shell, 0o755);
  if (process.platform === 'win32')
    await writeFile(join(folder, 'tasktower.cmd'), `@set ELECTRON_RUN_AS_NODE=1\r\n@"${process.execPath}" "${script}" %*\r\n`);
  return folder;
}
