import * as vscode from 'vscode';
import { estimatesBy, type EstimateOf } from '../server/domain/analytics';
import type { Tower } from '../server/domain/ports';
import type { TowerHost } from './towerHost';

/** Ends of attempts within this are one question to the history, ms. */
const GATHER = 2_000;

/** How long tasks take, from the history, asked for again after attempts have ended. */
export class Estimates implements vscode.Disposable {
  private known: EstimateOf = () => undefined;
  /** The tower that told them. */
  private asked: Tower | undefined;
  private readonly changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.changed.event;
  private timer: NodeJS.Timeout | undefined;
  private listening: { dispose(): void } | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(private readonly host: TowerHost) {
    this.subscription = host.onDidChange(() => this.follow());
    this.follow();
  }

  readonly of: EstimateOf = (agentId, kind) => this.known(agentId, kind);

  private follow(): void {
    this.listening?.dispose();
    const { tower } = this.host;
    if (tower !== this.asked) this.known = () => undefined;
    this.listening = tower?.onDidCommit((records) => {
      if (records.some(({ events }) => events.some(({ type }) => type === 'AttemptEnded'))) this.soon();
    });
    if (tower) this.soon();
  }

  private soon(): void {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      void this.ask();
    }, GATHER);
  }

  private async ask(): Promise<void> {
    const { tower } = this.host;
    // A tower without anything ended has nothing to tell, and its history need not be started.
    const hasEnded = [...(tower?.board.agents.values() ?? [])].some(({ totals }) => totals.completed > 0);
    if (!tower || !hasEnded) return;
    try {
      const rows = await tower.query({ type: 'Estimates' });
      if (tower !== this.host.tower) return;
      this.asked = tower;
      this.known = estimatesBy(rows);
      this.changed.fire();
    } catch {
      // The next end of an attempt asks again; until then rows say how long a task has run.
    }
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.listening?.dispose();
    this.subscription.dispose();
    this.changed.dispose();
  }
}
