import * as vscode from 'vscode';
import { bytes as size } from '../server/domain/format';
import type { Tower } from '../server/domain/ports';
import type { LogLine } from '../server/domain/query';
import type { TowerHost } from './towerHost';
import { agentName } from '../server/domain/rows/row';
import type { CutLine } from '../webviews/protocol';
import { cutLine } from './panels/cutLine';

/** Agents' lines in VS Code's own log output: all in one channel, and one an agent on request. */
export class AgentOutputs implements vscode.Disposable {
  private readonly channels = new Map<string, vscode.LogOutputChannel>();
  private readonly subscription: vscode.Disposable;
  private listening: { dispose(): void }[] = [];
  /** The folder of the tower whose lines are in the channels. */
  private of: string | undefined;

  constructor(
    private readonly host: TowerHost,
    private readonly main: vscode.LogOutputChannel,
  ) {
    this.subscription = host.onDidChange(() => this.follow());
  }

  /** Opens the channel of an agent, filled with its last lines. */
  async show(agentId: string): Promise<void> {
    const tower = this.host.here;
    let channel = this.channels.get(agentId);
    if (!channel) {
      channel = vscode.window.createOutputChannel(`Tasktower: ${agentName(tower.board, agentId)}`, { log: true });
      this.channels.set(agentId, channel);
      for (const line of await tower.query({ type: 'Logs', filter: { agent: agentId, limit: 500 } })) write(channel, tower, line);
    }
    channel.show(true);
  }

  private follow(): void {
    for (const subscription of this.listening) subscription.dispose();
    this.listening = [];
    const { tower } = this.host;
    if (!tower) return;
    // Agents of two towers may have the same name.
    const { evidence } = this.host.here.folders;
    if (this.of !== undefined && this.of !== evidence) this.forget();
    this.of = evidence;
    this.listening = [
      tower.onDidLog((lines) => {
        for (const line of lines) {
          write(this.main, tower, line);
          const own = this.channels.get(line.agentId);
          if (own) write(own, tower, line);
        }
      }),
      tower.onDidPrint(({ agentId, lines }) => {
        for (const line of lines) (this.channels.get(agentId) ?? this.main).info(`${agentName(tower.board, agentId)}: ${line}`);
      }),
    ];
  }

  private forget(): void {
    for (const channel of this.channels.values()) channel.dispose();
    this.channels.clear();
  }

  dispose(): void {
    for (const subscription of [...this.listening, this.subscription]) subscription.dispose();
    this.forget();
  }
}

function write(channel: vscode.LogOutputChannel, tower: Tower, line: LogLine): void {
  const { level, taskId, agentId, text, bytes } = cutLine<CutLine>(line);
  const number = tower.board.tasks.get(taskId)?.number;
  const rest = bytes === undefined ? '' : vscode.l10n.t('… [cut: {0} in all, whole in the Logs panel]', size(bytes));
  channel[level](`${number === undefined ? '' : `#${number} `}${agentName(tower.board, agentId)}: ${text}${rest}`);
}
