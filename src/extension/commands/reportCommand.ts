import { open, readdir, stat } from 'node:fs/promises';
import { homedir, release } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { Secrets } from '../../server/domain/secrets';
import type { Settings } from '../settings';
import { stateReport } from '../stateReport';
import type { TowerHost } from '../towerHost';

const LINES = 100;
/** How much of the end of a log is read, bytes. */
const TAIL = 64 * 1024;

/** Opens what helps to find a fault, redacted, as a document that the person can look through and send. */
export async function openReport(context: vscode.ExtensionContext, host: TowerHost, settings: Settings): Promise<void> {
  const secrets = new Secrets();
  secrets.know(settings.agents.flatMap(({ env, keyFrom }) => [...Object.values(env), process.env[keyFrom ?? ''] ?? '']));
  const { version } = context.extension.packageJSON as { version: string };
  const { remoteName } = vscode.env;
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }, at) => [uri.fsPath, `<folder ${at + 1}>`] as const);
  const { storage } = host;
  const content = stateReport(
    {
      versions: [
        ['Tasktower', version],
        [vscode.env.appName, `${vscode.version}, ${vscode.env.uiKind === vscode.UIKind.Web ? 'in a browser' : 'on a desktop'}`],
        ['Extension host', `Node ${process.versions.node}, ${process.platform} ${release()} ${process.arch}`],
        ['Remote', remoteName === undefined ? 'no' : remoteName.replace(/[^a-z-].*$/i, '') || 'yes'],
      ],
      state: host.state,
      settings: changedSettings(context),
      storage: await sizes(storage),
      logs: [
        ['Log of this window', await tail(join(context.logUri.fsPath, 'Tasktower.log'))],
        ['Log of the runner', await tail(join(storage, 'runner.log'))],
      ],
      paths: [...folders, [homedir(), '~']],
    },
    secrets,
  );
  await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content, language: 'markdown' }));
}

function changedSettings(context: vscode.ExtensionContext): Record<string, unknown> {
  type Contributed = { contributes: { configuration: { properties: object } | { properties: object }[] } };
  const { configuration } = (context.extension.packageJSON as Contributed).contributes;
  const names = [configuration].flat().flatMap(({ properties }) => Object.keys(properties));
  const section = vscode.workspace.getConfiguration();
  const changed = names.flatMap((name) => {
    const { globalValue, workspaceValue, workspaceFolderValue } = section.inspect(name) ?? {};
    const value: unknown = workspaceFolderValue ?? workspaceValue ?? globalValue;
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(changed);
}

async function sizes(folder: string): Promise<(readonly [string, number])[]> {
  const names = await readdir(folder).catch(() => []);
  return Promise.all(names.filter((name) => name !== 'keys.json').map(async (name) => [name, await sizeOf(join(folder, name))] as const));
}

async function sizeOf(path: string): Promise<number> {
  const stats = await stat(path).catch(() => undefined);
  if (!stats?.isDirectory()) return stats?.size ?? 0;
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile()).slice(0, 50_000);
  let sum = 0;
  for (const { parentPath, name } of files) sum += (await stat(join(parentPath, name)).catch(() => undefined))?.size ?? 0;
  return sum;
}

async function tail(path: string): Promise<string[]> {
  const file = await open(path).catch(() => undefined);
  if (!file) return [];
  try {
    const { size } = await file.stat();
    const from = Math.max(0, size - TAIL);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
    return buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').slice(-LINES);
  } finally {
    await file.close();
  }
}
