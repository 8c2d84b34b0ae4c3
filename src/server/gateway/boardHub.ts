import { WebSocket } from 'ws';
import { DisposableStore, type Disposable } from '../base/disposables';
import { JsonRpcSocket } from '../base/jsonRpcSocket';
import { encodeBoard } from '../domain/board';
import type { TowerRecord } from '../domain/event';
import type { LiveChange } from '../domain/live';
import type { Tower } from '../domain/ports';
import type { LogFilter, LogLine } from '../domain/query';
import { read, Refusal } from '../domain/refusal';
import { LogLevel } from '../domain/report';
import type { Actor } from '../domain/task';
import { BoardHelloParams, CommandParams, QueryParams, SubscribeLogsParams, type LiveData } from '../protocol/board';
import { Close, HEARTBEAT_MS, PROTOCOL } from '../protocol/version';
import type { Who } from './guard';
import { describeRefusal } from './rpcErrors';

/** Records kept for viewers that come back. */
const RECENT = 2_000;
/** A viewer further behind than this, bytes, gets nothing until it has drained, then a fresh snapshot. */
const LAGGING = 1024 * 1024;

interface Viewer {
  rpc: JsonRpcSocket;
  /** After its hello. */
  greeted: boolean;
  lagging: boolean;
  logs: LogFilter | undefined;
}

/** Everyone who watches the board over a socket: a snapshot or what is missing, then records in order. */
export class BoardHub implements Disposable {
  private readonly store = new DisposableStore();
  private readonly viewers = new Set<Viewer>();
  private recent: TowerRecord[] = [];
  /** The snapshot as text, made once for all who need it at the same `seq`. */
  private snapshot: { seq: number; text: string } | undefined;
  private readonly beat: NodeJS.Timeout;

  constructor(private readonly tower: Tower) {
    this.store.add(tower.onDidCommit((records) => this.tellRecords(records)));
    this.store.add(tower.onDidChangeLive((change) => this.tellLive(change)));
    this.store.add(tower.onDidLog((lines) => this.tellLines(lines)));
    this.beat = setInterval(() => this.look(), HEARTBEAT_MS);
    this.beat.unref();
  }

  /** Takes in a viewer that the guard has let through. */
  accept(socket: WebSocket, who: Who): void {
    const by: Actor = who.kind === 'person' ? { kind: 'person', name: 'you' } : { kind: 'client', name: 'client' };
    const rpc: JsonRpcSocket = new JsonRpcSocket(socket, {
      badFrame: Close.badFrame,
      describe: describeRefusal,
      handlers: {
        'board/hello': (params) => this.hello(viewer, params),
        command: (params) => {
          const { id, command } = read(CommandParams, params, 'This command');
          return this.tower.execute(command, by, `${by.kind}:${id}`);
        },
        query: (params) => this.tower.query(read(QueryParams, params, 'This query').query),
        'logs/subscribe': (params) => {
          viewer.logs = read(SubscribeLogsParams, params, 'This filter').filter;
          return {};
        },
        'logs/unsubscribe': () => {
          viewer.logs = undefined;
          return {};
        },
      },
    });
    const viewer: Viewer = { rpc, greeted: false, lagging: false, logs: undefined };
    this.viewers.add(viewer);
    rpc.onDidClose(() => this.viewers.delete(viewer));
  }

  private hello(viewer: Viewer, params: unknown): object {
    const { protocol, seq } = read(BoardHelloParams, params, 'board/hello');
    if (protocol !== PROTOCOL) {
      setImmediate(() => viewer.rpc.close(Close.version));
      throw new Refusal('invalid', `This tower speaks protocol ${PROTOCOL}, not ${protocol}. Update the older of the two.`);
    }
    // After the answer, so that the viewer knows what it is told.
    setImmediate(() => {
      const oldest = this.recent[0]?.seq ?? this.tower.board.seq + 1;
      const known = seq > 0 && seq <= this.tower.board.seq && seq + 1 >= oldest;
      if (known) this.send(viewer, frame('board/records', { records: this.recent.filter((record) => record.seq > seq) }));
      else this.sendSnapshot(viewer);
      viewer.greeted = true;
    });
    return { protocol: PROTOCOL, seq: this.tower.board.seq };
  }

  private tellRecords(records: readonly TowerRecord[]): void {
    this.recent.push(...records);
    if (this.recent.length > RECENT * 2) this.recent = this.recent.slice(-RECENT);
    this.broadcast(frame('board/records', { records }));
  }

  private tellLive(change: LiveChange): void {
    this.broadcast(frame('board/live', change));
  }

  private tellLines(lines: readonly LogLine[]): void {
    for (const viewer of this.viewers) {
      const { logs } = viewer;
      const passing = logs ? lines.filter((line) => passes(line, logs)) : [];
      if (passing.length > 0) this.send(viewer, frame('board/logs', { lines: passing }));
    }
  }

  private broadcast(text: string): void {
    for (const viewer of this.viewers) if (viewer.greeted) this.send(viewer, text);
  }

  private send(viewer: Viewer, text: string): void {
    const { socket } = viewer.rpc;
    if (socket.readyState !== WebSocket.OPEN) return;
    if (viewer.lagging) return this.catchUp(viewer);
    if (socket.bufferedAmount > LAGGING) viewer.lagging = true;
    else socket.send(text);
  }

  private catchUp(viewer: Viewer): void {
    if (viewer.rpc.socket.bufferedAmount > 0) return;
    viewer.lagging = false;
    this.sendSnapshot(viewer);
  }

  private sendSnapshot(viewer: Viewer): void {
    if (viewer.rpc.socket.readyState !== WebSocket.OPEN) return;
    const { board, live } = this.tower;
    const overlay: LiveData = { tasks: Object.fromEntries(live.tasks), agents: Object.fromEntries(live.agents) };
    if (this.snapshot?.seq !== board.seq) this.snapshot = { seq: board.seq, text: JSON.stringify(encodeBoard(board)) };
    const params = `{"board":${this.snapshot.text},"live":${JSON.stringify(overlay)}}`;
    viewer.rpc.socket.send(`{"jsonrpc":"2.0","method":"board/snapshot","params":${params}}`);
  }

  private look(): void {
    for (const viewer of this.viewers) {
      viewer.rpc.socket.ping();
      if (viewer.lagging) this.catchUp(viewer);
    }
  }

  dispose(): void {
    clearInterval(this.beat);
    this.store.dispose();
    this.viewers.clear();
  }
}

function frame(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

function passes(line: LogLine, { taskId, attempt, agent, level, text }: LogFilter): boolean {
  if (taskId !== undefined && taskId !== line.taskId) return false;
  if (attempt !== undefined && attempt !== line.attempt) return false;
  if (agent !== undefined && agent !== line.agentId) return false;
  if (level !== undefined && LogLevel.options.indexOf(line.level) < LogLevel.options.indexOf(level)) return false;
  return text === undefined || line.text.toLowerCase().includes(text.toLowerCase());
}
