import * as vscode from 'vscode';
import { MCP_PROVIDER } from './manifest';
import type { TowerHost } from './towerHost';

/** Offers the tower to the editor's own chat and agents as an MCP server. */
export class McpProvider implements vscode.McpServerDefinitionProvider<vscode.McpHttpServerDefinition>, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChangeMcpServerDefinitions = this.changed.event;
  private readonly subscriptions: vscode.Disposable[];
  private told = '';

  constructor(
    private readonly host: TowerHost,
    private readonly version: string,
  ) {
    this.subscriptions = [host.onDidChange(() => this.look()), vscode.lm.registerMcpServerDefinitionProvider(MCP_PROVIDER, this)];
  }

  provideMcpServerDefinitions(): vscode.McpHttpServerDefinition[] {
    const address = this.address();
    if (!address) return [];
    return [new vscode.McpHttpServerDefinition('Tasktower', vscode.Uri.parse(`${address.url}/mcp`), {}, this.version)];
  }

  /** The token comes in only when the server is started. */
  resolveMcpServerDefinition(server: vscode.McpHttpServerDefinition): vscode.McpHttpServerDefinition | undefined {
    const address = this.address();
    if (!address) return undefined;
    server.headers = { ...server.headers, Authorization: `Bearer ${address.token}` };
    return server;
  }

  private address(): { url: string; token: string } | undefined {
    try {
      return this.host.state.kind === 'running' && this.host.state.isTrusted ? this.host.here.address : undefined;
    } catch {
      return undefined;
    }
  }

  private look(): void {
    const { url = '' } = this.address() ?? {};
    if (url === this.told) return;
    this.told = url;
    this.changed.fire();
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
    this.changed.dispose();
  }
}
