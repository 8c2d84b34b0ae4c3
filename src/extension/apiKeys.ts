import * as vscode from 'vscode';

const PREFIX = 'tasktower.key.';
const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,79}$/;

/** API keys in the secret storage of the editor, by the environment variable under which agents get them. */
export class ApiKeys implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly secrets: vscode.SecretStorage) {
    this.subscription = secrets.onDidChange(({ key }) => {
      if (key.startsWith(PREFIX)) this.changed.fire();
    });
  }

  /** The keys that are kept for these names. */
  async read(names: Iterable<string>): Promise<Record<string, string>> {
    const found = await Promise.all([...new Set(names)].map(async (name) => [name, await this.secrets.get(PREFIX + name)] as const));
    return Object.fromEntries(found.filter((pair): pair is [string, string] => pair[1] !== undefined));
  }

  /** Asks for a key and keeps it; empty takes it away. @returns false when the person thinks better of it. */
  async ask(name: string, whose: string): Promise<boolean> {
    const key = await vscode.window.showInputBox({
      title: vscode.l10n.t('API key of {0} ({1})', whose, name),
      prompt: vscode.l10n.t('Kept in the secret storage of the editor. Leave it empty to use the environment variable of that name.'),
      password: true,
      ignoreFocusOut: true,
    });
    if (key === undefined) return false;
    if (key === '') await this.secrets.delete(PREFIX + name);
    else await this.secrets.store(PREFIX + name, key.trim());
    return true;
  }

  /** Asks which key first. `known` are the names that settings use. */
  async pick(known: Iterable<string>): Promise<void> {
    const names = [...new Set(known)].sort();
    const other = vscode.l10n.t('Another name…');
    const picked =
      names.length === 0 ? other : await vscode.window.showQuickPick([...names, other], { title: vscode.l10n.t('Which API key?') });
    const name =
      picked === other
        ? await vscode.window.showInputBox({
            title: vscode.l10n.t('Name of the environment variable'),
            placeHolder: 'MOONSHOT_API_KEY',
            validateInput: (text) => (NAME.test(text) ? undefined : vscode.l10n.t('Letters, digits and _, such as MOONSHOT_API_KEY.')),
          })
        : picked;
    if (name) await this.ask(name, vscode.l10n.t('your agents'));
  }

  dispose(): void {
    this.subscription.dispose();
    this.changed.dispose();
  }
}
