import * as l10n from '@vscode/l10n';
import type { BoardChannel, BoardNotice, CloseReason } from '../../server/follower/boardChannel';
import { Listeners } from './listeners';

/** The other end of a panel's messages: VS Code's `postMessage` and the window's `message` events. */
export interface PanelPort {
  post(message: unknown): void;
  /** @returns what ends the listening. */
  listen(listener: (message: unknown) => void): () => void;
}

interface Frame {
  id?: string;
  method?: string;
  params?: unknown;
  result?: unknown;
  error?: { message?: string; code?: number; data?: unknown };
}

/** An error that the extension answered, in its words. */
export class PanelError extends Error {
  override readonly name = 'PanelError';

  constructor(
    message: string,
    readonly code?: number,
    readonly data?: unknown,
  ) {
    super(message);
  }
}

/** JSON-RPC 2.0 over a panel's messages: the board, and whatever else panel and extension tell each other. It closes only when disposed. */
export class PanelChannel implements BoardChannel {
  private readonly notified = new Listeners<BoardNotice>();
  private readonly closed = new Listeners<CloseReason>();
  private readonly told = new Listeners<{ method: string; params: unknown }>();
  readonly onDidNotify = this.notified.event;
  readonly onDidClose = this.closed.event;
  /** Notifications that are not the board's. */
  readonly onDidTell = this.told.event;
  private readonly asked = new Map<string, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  private readonly stop: () => void;
  private isClosed = false;

  constructor(private readonly port: PanelPort) {
    this.stop = port.listen((message) => this.hear(message as Frame | undefined));
  }

  request(method: string, params: unknown): Promise<unknown> {
    if (this.isClosed) return Promise.reject(new PanelError(l10n.t('The panel is closed.')));
    // Another channel may stand on the same port, or have stood.
    const id = crypto.randomUUID();
    return new Promise((resolve, reject) => {
      this.asked.set(id, { resolve, reject });
      this.port.post({ jsonrpc: '2.0', id, method, params });
    });
  }

  /** Tells the extension something; there is no answer. */
  tell(method: string, params: unknown): void {
    this.port.post({ jsonrpc: '2.0', method, params });
  }

  private hear(frame: Frame | undefined): void {
    if (typeof frame !== 'object' || frame === null) return;
    const { id, method, params } = frame;
    if (method?.startsWith('board/')) this.notified.fire({ method, params } as BoardNotice);
    else if (method !== undefined) this.told.fire({ method, params });
    else if (id !== undefined) this.settle(id, frame);
  }

  private settle(id: string, { result, error }: Frame): void {
    const asked = this.asked.get(id);
    this.asked.delete(id);
    if (error) asked?.reject(new PanelError(error.message ?? l10n.t('The extension gave no reason.'), error.code, error.data));
    else asked?.resolve(result);
  }

  dispose(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stop();
    for (const { reject } of this.asked.values()) reject(new PanelError(l10n.t('The panel is closed.')));
    this.asked.clear();
    this.closed.fire('closed');
  }
}
