import type * as vscode from 'vscode';
import { encodeBoard } from '../../server/domain/board';
import type { Command } from '../../server/domain/command';
import type { LogScope } from '../../server/domain/logQuery';
import type { Query } from '../../server/domain/query';
import { Refusal } from '../../server/domain/refusal';
import type { WindowTower } from '../../server/sharedTower';
import { YOU } from '../you';
import { cutLine } from './cutLine';
import { FEED_PER_SECOND, LogFeed } from './logFeed';
import { spoken } from '../../server/domain/spoken';

interface Message {
  id?: number | string;
  method?: string;
  params?: Record<string, unknown>;
}

/** The board for a panel over `postMessage`: the same JSON-RPC as `/board`, so that a panel follows like any window. */
export class PanelLink implements vscode.Disposable {
  private listening: { dispose(): void }[] = [];
  /** The board was sent before the page could ask for it. */
  private isAhead = false;
  private logs: { scope: LogScope; dispose(): void } | undefined;
  private readonly subscription: vscode.Disposable;

  constructor(
    private readonly webview: vscode.Webview,
    private current: WindowTower,
    /** What else the panel says. */
    private readonly hear: (method: string, params: Record<string, unknown>) => void,
  ) {
    this.subscription = webview.onDidReceiveMessage((message: Message) => void this.receive(message));
  }

  /** The tower that the page follows. */
  get tower(): WindowTower {
    return this.current;
  }

  notify(method: string, params: unknown): void {
    void this.webview.postMessage({ jsonrpc: '2.0', method, params });
  }

  /** Sends a page that is being loaded what it will ask for; the editor keeps it until the page listens. */
  ahead(): void {
    this.follow();
    this.snapshot();
    this.isAhead = true;
  }

  /** Sends the whole board anew: of another tower, or of the same one when another window runs it now. */
  turnTo(tower: WindowTower): void {
    const { logs } = this;
    const isOther = tower !== this.current;
    this.current = tower;
    if (this.listening.length === 0) return;
    if (isOther) this.follow();
    this.snapshot();
    if (isOther && logs) this.feed(logs.scope);
  }

  private async receive({ id, method, params = {} }: Message): Promise<void> {
    if (typeof method !== 'string') return;
    if (id === undefined) return this.hear(method, params);
    try {
      void this.webview.postMessage({ jsonrpc: '2.0', id, result: await this.answer(method, params) });
    } catch (error) {
      const { code = 'unavailable', data } = error instanceof Refusal ? error : {};
      void this.webview.postMessage({ jsonrpc: '2.0', id, error: { code: -32000, message: spoken(error), data: { ...data, code } } });
    }
  }

  private answer(method: string, params: Record<string, unknown>): Promise<unknown> {
    switch (method) {
      case 'board/hello':
        return Promise.resolve({ protocol: params.protocol, seq: this.tower.board.seq, ahead: this.hello() });
      case 'command':
        return this.tower.execute(params.command as Command, YOU, String(params.id));
      case 'query':
        return this.query(params.query as Query);
      case 'logs/subscribe':
        this.feed(params.scope ?? {});
        return Promise.resolve({});
      default:
        throw new Refusal('not_found', `There is no ${method}.`);
    }
  }

  /** The lines of a page are cut as live ones are; the files that proof names are there when it is told. */
  private async query(query: Query): Promise<unknown> {
    if (query.type === 'Evidence') await this.tower.prepareEvidence(query.taskId);
    if (query.type !== 'LogPage') return this.tower.query(query);
    const page = await this.tower.query(query);
    return { ...page, lines: page.lines.map(cutLine) };
  }

  private feed(scope: LogScope): void {
    this.logs?.dispose();
    const feed = new LogFeed(scope, ({ lines, dropped }) => {
      if (Object.keys(dropped).length > 0) this.notify('panel/dropped', { lines: dropped, perSecond: FEED_PER_SECOND });
      return this.webview.postMessage({ jsonrpc: '2.0', method: 'board/logs', params: { lines } });
    });
    const subscription = this.tower.onDidLog((lines) => feed.take(lines));
    this.logs = {
      scope,
      dispose: () => {
        subscription.dispose();
        feed.dispose();
      },
    };
  }

  /** @returns whether the board is already under way. */
  private hello(): boolean {
    const { isAhead } = this;
    this.isAhead = false;
    if (isAhead) return true;
    this.follow();
    // After the answer.
    setImmediate(() => this.snapshot());
    return false;
  }

  private follow(): void {
    this.stop();
    this.listening = [
      this.tower.onDidCommit((records) => this.notify('board/records', { records })),
      this.tower.onDidChangeLive((change) => this.notify('board/live', change)),
    ];
  }

  private snapshot(): void {
    const { board, live } = this.tower;
    const overlay = { tasks: Object.fromEntries(live.tasks), agents: Object.fromEntries(live.agents), trouble: live.trouble };
    const params = { board: { ...encodeBoard(board), answers: [] }, live: overlay };
    // Bytes pass from process to process as they are; an object of this size would be taken apart and copied at each step.
    void this.webview.postMessage({ jsonrpc: '2.0', method: 'board/snapshot', packed: new TextEncoder().encode(JSON.stringify(params)) });
  }

  private stop(): void {
    for (const subscription of this.listening.splice(0)) subscription.dispose();
    this.logs?.dispose();
    this.logs = undefined;
  }

  dispose(): void {
    this.stop();
    this.subscription.dispose();
  }
}
