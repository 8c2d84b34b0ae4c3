import type { BoardData } from '../../src/server/domain/board';
import type { TowerRecord } from '../../src/server/domain/event';
import { RpcSocket } from '../support/towerClient';
import { until } from '../support/until';

/** A viewer on `/board`: keeps what it was sent. */
export class Viewer {
  readonly records: TowerRecord[] = [];
  private snapshot: BoardData | undefined;

  private constructor(private readonly rpc: RpcSocket) {
    rpc.onCall = (method, params) => {
      if (method === 'board/snapshot') this.snapshot = (params as { board: BoardData }).board;
      else if (method === 'board/records') this.records.push(...(params as { records: TowerRecord[] }).records);
      return {};
    };
  }

  static async open(url: string, token: string): Promise<Viewer> {
    const viewer = new Viewer(await RpcSocket.open(url, '/board', token));
    await viewer.rpc.ask('board/hello', { protocol: 1, seq: 0, role: 'panel' });
    return viewer;
  }

  /** The board as it was first sent. */
  async board(): Promise<BoardData> {
    return until('a snapshot', () => this.snapshot, 180_000);
  }

  close(): void {
    this.rpc.close();
  }
}
