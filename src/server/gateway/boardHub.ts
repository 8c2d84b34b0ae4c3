import { WebSocket } from 'ws';
import { DisposableStore, type Disposable } from '../base/disposables';
import { Heartbeat } from '../base/heartbeat';
import { JsonRpcSocket } from '../base/jsonRpcSocket';
import { encodeBoard } from '../domain/board';
import type { TowerRecord } from '../domain/event';
import type { LiveChange } from '../domain/live';
import type { LogScope } from '../domain/logQuery';
import { inScope } from '../domain/logScope';
import type { Tower } from '../domain/ports';
import type { AgentOutput, LogFilter, LogLine } from '../domain/query';
import { read, Refusal } from '../domain/refusal';
import { LogLevel } from '../domain/report';
import { BoardHelloParams, CommandParams, QueryParams, SubscribeLogsParams, type LiveData } from '../protocol/board';
import { Close, HEARTBEAT_MS, LEASE_MS, PROTOCOL } from '../protocol/version';
import type { Who } from './guard';
import { RecentRecords } from './recentRecords';
import { describeRefusal } from './rpcErrors';
import { holderOf, mayCommand, mayQuery, scopeOf } from './scopes';

/** A viewer further behind than this, bytes, gets nothing until it has drained, then a fresh snapshot. */
const LAGGING = 1024 * 1024;
/** How long it may take for that, ms. */
const LAGGING_MAX = 5 * 60_000;

/**
 * When telling everyone takes this long, ms, what comes within half of that is gathered, before and after: a task that is made, given and
 * done in a moment then costs each viewer one frame.
 */
const BRISK = 1;
/** The longest that a record waits for those that follow from it, ms. */
const MAX_WAIT = 12;

const TEXT = { binary: false };

interface Viewer {
  rpc: JsonRpcSocket;
  /** The last record it was sent; undefined before its hello. */
  seq: number | undefined;
  lagging: boolean;
  logs: { filter: LogFilter; scope: LogScope } | undefined;
  /** A window of the editor, which also shows what agents print. */
  isWindow: boolean;
  lastHeard: number;
  /** What was sent has left this process. */
  sent: () => void;
}

/** Everyone who watches the board over a socket: a snapshot or what is missing, then records in order. */
export class BoardHub implements Disposable {
  private readonly store = new DisposableStore();
  private readonly viewers = new Set<Viewer>();
  private readonly recent = new RecentRecords();
  /** The last record of the batches so far; the board itself may be ahead of it within a tick. */
  private told: number;
  /** The snapshot as text, made once for all who need it at the same `seq`. */
  private snapshot: { seq: number; text: string } | undefined;
  /** The lines of this tick. */
  private lines: LogLine[] = [];
  /** What is to be told once the viewers have had their rest. */
  private readonly records: TowerRecord[] = [];
  private rest: NodeJS.Timeout | undefined;
  /** How long it took to tell everyone the last time, ms. */
  private took = 0;

  constructor(private readonly tower: Tower) {
    this.told = tower.board.seq;
    this.store.add(tower.onDidCommit((records) => this.gather(records)));
    this.store.add(tower.onDidChangeLive((change) => this.tellLive(change)));
    this.store.add(tower.onDidLog((lines) => this.collect(lines)));
    this.store.add(tower.onDidPrint((output) => this.tellOutput(output)));
    this.store.add(new Heartbeat(HEARTBEAT_MS, (stoodStill) => this.look(stoodStill)));
  }

  /** Takes in a viewer that the guard has let through. */
  accept(socket: WebSocket, who: Who): void {
    const by = holderOf(who);
    const rpc: JsonRpcSocket = new JsonRpcSocket(socket, {
      badFrame: Close.badFrame,
      describe: describeRefusal,
      handlers: {
        'board/hello': (params) => this.hello(viewer, who, params),
        command: (params) => {
          const { id, command } = read(CommandParams, params, 'This command');
          mayCommand(who, command.type);
          return this.tower.execute(command, by, `${scopeOf(by)}:${id}`);
        },
        query: (params) => {
          const { query } = read(QueryParams, params, 'This query');
          mayQuery(who, query.type);
          return this.tower.query(query);
        },
        'logs/subscribe': (params) => {
          viewer.logs = read(SubscribeLogsParams, params, 'This filter');
          return {};
        },
        'logs/unsubscribe': () => {
          viewer.logs = undefined;
          return {};
        },
      },
    });
    const viewer: Viewer = {
      ...{ rpc, seq: undefined, lagging: false, logs: undefined, isWindow: false, lastHeard: performance.now() },
      sent: () => this.drained(viewer),
    };
    const heard = (): void => void (viewer.lastHeard = performance.now());
    socket.on('message', heard).on('pong', heard);
    this.viewers.add(viewer);
    rpc.onDidClose(() => this.viewers.delete(viewer));
  }

  private hello(viewer: Viewer, who: Who, params: unknown): object {
    const { protocol, seq, role } = read(BoardHelloParams, params, 'board/hello');
    if (protocol !== PROTOCOL) {
      const refusal = `This tower speaks protocol ${PROTOCOL}, not ${protocol}. Update the older of the two.`;
      setImmediate(() => viewer.rpc.close(Close.version, refusal));
      throw new Refusal('invalid', refusal);
    }
    viewer.isWindow = role === 'window' && who.kind === 'person';
    // After the answer, so that the viewer knows what it is told.
    setImmediate(() => {
      const missing = seq > 0 && seq <= this.tower.board.seq ? this.recent.after(seq, this.told) : undefined;
      if (missing === undefined) return this.sendSnapshot(viewer);
      viewer.seq = Math.max(seq, this.told);
      if (missing !== '[]') this.send(viewer, recordsFrame(missing));
    });
    return { protocol: PROTOCOL, seq: this.tower.board.seq };
  }

  private gather(records: readonly TowerRecord[]): void {
    for (const record of records) this.records.push(record);
    if (this.rest) return;
    if (this.took < BRISK) this.tell();
    else this.restFor(Math.min(this.took / 2, MAX_WAIT));
  }

  private tell(): void {
    const from = performance.now();
    this.tellRecords(this.records.splice(0));
    this.took = performance.now() - from;
    if (this.took >= BRISK) this.restFor(this.took / 2);
  }

  private restFor(ms: number): void {
    this.rest = setTimeout(() => {
      this.rest = undefined;
      if (this.records.length > 0) this.tell();
    }, ms);
  }

  private tellRecords(records: readonly TowerRecord[]): void {
    const before = this.told;
    this.recent.push(records);
    this.told = records.at(-1)?.seq ?? before;
    if (this.viewers.size === 0) return;
    const batch = Buffer.from(recordsFrame(this.recent.after(before, this.told) ?? JSON.stringify(records)));
    for (const viewer of this.viewers) {
      if (viewer.seq === undefined || viewer.seq >= this.told) continue;
      // A snapshot taken within the tick has some of the batch already.
      this.send(viewer, viewer.seq <= before ? batch : recordsFrame(JSON.stringify(records.filter(({ seq }) => seq > (viewer.seq ?? 0)))));
      if (!viewer.lagging) viewer.seq = this.told;
    }
  }

  private tellLive(change: LiveChange): void {
    const live = Buffer.from(frame('board/live', change));
    for (const viewer of this.viewers) if (viewer.seq !== undefined) this.send(viewer, live);
  }

  private collect(lines: readonly LogLine[]): void {
    if (this.lines.length === 0) setImmediate(() => this.tellLines(this.lines.splice(0)));
    for (const line of lines) this.lines.push(line);
  }

  /** One frame a tick for all who wish for the same lines. */
  private tellLines(lines: readonly LogLine[]): void {
    const frames = new Map<string, Buffer | undefined>();
    for (const viewer of this.viewers) {
      const { logs } = viewer;
      if (!logs) continue;
      const wish = JSON.stringify(logs);
      if (!frames.has(wish)) {
        const passing = lines.filter((line) => passes(line, logs.filter) && inScope(logs.scope, line));
        frames.set(wish, passing.length > 0 ? Buffer.from(frame('board/logs', { lines: passing })) : undefined);
      }
      const batch = frames.get(wish);
      if (batch) this.send(viewer, batch);
    }
  }

  private tellOutput(output: AgentOutput): void {
    const printed = Buffer.from(frame('board/output', output));
    for (const viewer of this.viewers) if (viewer.isWindow) this.send(viewer, printed);
  }

  /** Bytes that go to many are made once for all of them. */
  private send(viewer: Viewer, text: string | Buffer): void {
    const { socket } = viewer.rpc;
    if (socket.readyState !== WebSocket.OPEN || viewer.lagging) return;
    if (socket.bufferedAmount > LAGGING) viewer.lagging = true;
    else socket.send(text, TEXT, viewer.sent);
  }

  private drained(viewer: Viewer): void {
    if (!viewer.lagging || viewer.rpc.socket.bufferedAmount > 0) return;
    viewer.lagging = false;
    this.sendSnapshot(viewer);
  }

  private sendSnapshot(viewer: Viewer): void {
    const { board, live } = this.tower;
    const overlay: LiveData = { tasks: Object.fromEntries(live.tasks), agents: Object.fromEntries(live.agents), trouble: live.trouble };
    // Viewers ask for nothing twice, so they need none of the answers.
    if (this.snapshot?.seq !== board.seq) this.snapshot = { seq: board.seq, text: JSON.stringify({ ...encodeBoard(board), answers: [] }) };
    viewer.seq = board.seq;
    this.send(
      viewer,
      `{"jsonrpc":"2.0","method":"board/snapshot","params":{"board":${this.snapshot.text},"live":${JSON.stringify(overlay)}}}`,
    );
  }

  private look(stoodStill: boolean): void {
    for (const viewer of this.viewers) {
      if (stoodStill) viewer.lastHeard = performance.now();
      this.drained(viewer);
      // One that reads slowly is silent too: its pongs wait behind what it has not read.
      if (performance.now() - viewer.lastHeard > (viewer.lagging ? LAGGING_MAX : LEASE_MS)) viewer.rpc.dispose();
      else viewer.rpc.socket.ping();
    }
  }

  dispose(): void {
    clearTimeout(this.rest);
    this.store.dispose();
    this.viewers.clear();
  }
}

function frame(method: string, params: unknown): string {
  return JSON.stringify({ jsonrpc: '2.0', method, params });
}

function recordsFrame(records: string): string {
  return `{"jsonrpc":"2.0","method":"board/records","params":{"records":${records}}}`;
}

function passes(line: LogLine, { taskId, attempt, agent, level, text }: LogFilter): boolean {
  if (taskId !== undefined && taskId !== line.taskId) return false;
  if (attempt !== undefined && attempt !== line.attempt) return false;
  if (agent !== undefined && agent !== line.agentId) return false;
  if (level !== undefined && LogLevel.options.indexOf(line.level) < LogLevel.options.indexOf(level)) return false;
  return text === undefined || line.text.toLowerCase().includes(text.toLowerCase());
}
