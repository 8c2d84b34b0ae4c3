import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { setTimeout as wait } from 'node:timers/promises';
import { LONGEST_TIMER, systemClock, ulidSource } from './base/clock';
import { errorText, HumanError, NoAnswer } from './base/errors';
import type { Log } from './base/log';
import { decodeBoard, emptyBoard, encodeBoard, findTask, type Board } from './domain/board';
import type { Answer, CommandInput } from './domain/command';
import type { You } from './domain/commandRole';
import { hashesOf } from './domain/evidence';
import type { Live } from './domain/live';
import type { NamedToken } from './domain/ports';
import type { Query, QueryResult } from './domain/query';
import { Refusal, TowerStopped } from './domain/refusal';
import type { Actor } from './domain/task';
import { dialBoard } from './follower/dialBoard';
import { RemoteTower } from './follower/remoteTower';
import { reach, textOf } from './follower/reach';
import { detailOf, RENEW_MS, SignedOut, type KeptSession, type TeamSession } from './follower/teamSession';
import type { Address } from './protocol/address';
import { PROTOCOL } from './protocol/version';
import type { Standing, WindowTower } from './sharedTower';
import type { LogExport } from './store/logs/logExport';
import { phrase } from './domain/phrase';
import { spoken } from './domain/spoken';
import { TowerRelay } from './towerRelay';

/** How long a command waits for the tower, ms. */
const PATIENCE = 10_000;
const PAUSE = 50;
/** Between two tries to reach it, ms. */
const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
/** How often the board is kept for a start without the tower, ms. */
const KEEP = 60_000;

export interface JoinOptions {
  session: TeamSession;
  /** A folder for what is fetched, absolute; nobody else reads it. */
  cache: string;
  log: Log;
}

/**
 * A team tower as a window has it that signed in there: followed over its `/board`, with what belongs to it fetched over HTTP. While it cannot
 * be reached the last board stays, also over a new start.
 */
export class JoinedTower extends TowerRelay implements WindowTower {
  private readonly newId = ulidSource(systemClock);
  private readonly ending = new AbortController();
  /** Ends the pause before the next try. */
  private hurry = new AbortController();
  private readonly running: Promise<void>;
  private readonly keeping: NodeJS.Timeout;
  private remote: RemoteTower | undefined;
  private me: KeptSession | undefined;
  private isOpen = false;
  private current: Standing;
  private lastBoard: Board;
  private keptSeq: number;

  constructor(private readonly options: JoinOptions) {
    super();
    mkdirSync(options.cache, { recursive: true, mode: 0o700 });
    const kept = this.readBoard();
    this.lastBoard = kept?.board ?? emptyBoard();
    this.keptSeq = this.lastBoard.seq;
    this.current = { role: 'reconnecting', address: this.addressOf(), since: kept?.at ?? Date.now(), team: this.url };
    this.keeping = setInterval(() => this.keepBoard(), KEEP).unref();
    this.running = this.run();
  }

  get url(): string {
    return this.options.session.url;
  }

  /** Who is signed in, in what role. */
  get you(): You | undefined {
    const { me } = this;
    return me && { name: me.name, role: me.role, readsEvidence: me.readsEvidence ?? true };
  }

  get standing(): Standing {
    return this.current;
  }

  get board(): Board {
    return this.remote?.board ?? this.lastBoard;
  }

  get live(): Live {
    return this.remote?.live ?? { tasks: new Map(), agents: new Map() };
  }

  get address(): Address {
    throw new HumanError(phrase('Agents connect to a team tower with an agent token, which whoever runs it gives out.'));
  }

  execute(command: CommandInput, by: Actor, commandId = this.newId()): Promise<Answer> {
    return this.ask((remote) => remote.execute(command, by, commandId));
  }

  query<Q extends Query>(query: Q): Promise<QueryResult<Q>> {
    return this.ask((remote) => remote.query(query));
  }

  evidencePath(sha256: string): string | undefined {
    const path = join(this.folders.evidence, sha256.slice(0, 2), sha256);
    return existsSync(path) ? path : undefined;
  }

  get folders(): { evidence: string; thumbs: string } {
    return { evidence: join(this.options.cache, 'evidence'), thumbs: join(this.options.cache, 'thumbs') };
  }

  async thumbnail(sha256: string): Promise<string> {
    const to = join(this.folders.thumbs, `${sha256}.png`);
    if (!existsSync(to)) await this.fetchFile(`/api/thumbnails/${sha256}.png`, to);
    return to;
  }

  async prepareEvidence(taskId: string): Promise<void> {
    const { task, pieces } = await this.query({ type: 'Evidence', taskId });
    for (const { evidence } of pieces)
      for (const sha256 of hashesOf(evidence)) {
        const own = sha256 === evidence.sha256;
        const path = own ? `/api/evidence/${task.id}/${evidence.id}` : `/api/pictures/${sha256.slice(0, 2)}/${sha256}`;
        // The list of findings has been read with the query; a file that is kept no longer is said where it is shown.
        if (sha256 === evidence.findings?.sha256 || this.evidencePath(sha256) !== undefined) continue;
        await this.fetchFile(path, join(this.folders.evidence, sha256.slice(0, 2), sha256)).catch((error: unknown) => {
          if (!(error instanceof Gone)) throw error;
        });
      }
  }

  async bundle(taskId: string): Promise<AsyncIterable<Uint8Array>> {
    return this.stream(`/api/evidence/${findTask(this.board, taskId)?.id ?? taskId}/bundle.zip`);
  }

  exportLogs({ scope, match, format }: LogExport): AsyncIterable<Uint8Array> {
    const { taskIds, agents, attempt, level, only, from, to } = scope;
    const facts = {
      ...{ format, attempt, level, only, task: taskIds?.join(','), agent: agents?.join(',') },
      ...{ from: from && new Date(from).toISOString(), to: to && new Date(to).toISOString() },
      ...match,
    };
    const given = Object.entries(facts).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]]));
    const path = `/api/logs/export?${new URLSearchParams(given as [string, string][]).toString()}`;
    const lines = this.stream(path);
    return (async function* (): AsyncIterable<Uint8Array> {
      yield* await lines;
    })();
  }

  get namedTokens(): NamedToken[] {
    return [];
  }

  issueToken(): string {
    throw elsewhere();
  }

  revokeToken(): void {
    throw elsewhere();
  }

  rotateTokens(): void {
    throw elsewhere();
  }

  async configure(): Promise<void> {
    // The settings of this window are for its own tower.
  }

  reconnect(): void {
    if (!this.isOpen) this.hurry.abort();
  }

  async close(): Promise<void> {
    this.ending.abort();
    clearInterval(this.keeping);
    await this.running;
    this.keepBoard();
    this.remote?.dispose();
    this.endRelay();
  }

  dispose(): void {
    void this.close();
  }

  /** Follows the tower, with one token after the other, until it is closed or someone has to sign in. */
  private async run(): Promise<void> {
    let pause = FIRST_PAUSE;
    let isRefused = false;
    while (!this.ending.signal.aborted) {
      try {
        const { session } = this.options;
        const me = await session.seen(await session.token(isRefused));
        isRefused = me === undefined;
        if (!me) throw new NoAnswer('The tower does not take the token.');
        this.me = me;
        await this.follow(me);
        pause = FIRST_PAUSE;
      } catch (error) {
        this.lose();
        if (error instanceof SignedOut || error instanceof Refusal) return this.stand({ role: 'down', reason: spoken(error) });
        this.options.log.debug(errorText(error));
        await this.wait(pause);
        pause = Math.min(LONGEST_PAUSE, pause * 2);
      }
    }
  }

  /** Follows until the token is nearly over, when the next follower takes over without a gap. @throws when the connection is lost. */
  private async follow(me: KeptSession): Promise<void> {
    const remote = await RemoteTower.open(await dialBoard(this.url, me.access), 'window');
    if (this.ending.signal.aborted) return remote.dispose();
    const closed = new Promise<never>((_, reject) => remote.onDidClose(() => reject(new NoAnswer('The connection was lost.'))));
    const before = this.remote;
    this.sit(remote);
    before?.dispose();
    const left = Math.max(5_000, me.until - Date.now() - RENEW_MS);
    await Promise.race([closed, this.wait(Math.min(left, LONGEST_TIMER))]);
  }

  private sit(remote: RemoteTower): void {
    this.remote = remote;
    this.isOpen = true;
    this.relay(remote);
    remote.onDidReset(() => this.remote === remote && this.stand(this.current));
    this.stand({ role: 'follower', address: this.addressOf(), team: this.url });
  }

  private lose(): void {
    this.isOpen = false;
    this.keepBoard();
    if (this.current.role === 'follower' && !this.ending.signal.aborted)
      this.stand({ role: 'reconnecting', address: this.addressOf(), since: Date.now(), team: this.url });
  }

  private async ask<T>(question: (remote: RemoteTower) => Promise<T>): Promise<T> {
    const until = performance.now() + PATIENCE;
    while (performance.now() < until && !this.ending.signal.aborted) {
      if (this.current.role === 'down') throw new Refusal('unavailable', this.current.reason);
      const { remote } = this;
      if (!this.isOpen || !remote) {
        await wait(PAUSE);
        continue;
      }
      try {
        return await question(remote);
      } catch (error) {
        // Asked again under the same id, it has one effect.
        if (!(error instanceof NoAnswer || error instanceof TowerStopped)) throw error;
        await wait(PAUSE);
      }
    }
    throw new Refusal('unavailable', phrase('The team tower at {0} cannot be reached now. Try again when it can.', this.url));
  }

  private async stream(path: string): Promise<AsyncIterable<Uint8Array>> {
    const { access } = await this.options.session.token();
    const answer = await reach(this.url, path, { headers: { authorization: `Bearer ${access}` } });
    if (answer.ok && answer.body) return Readable.fromWeb(answer.body as ReadableStream<Uint8Array>);
    const detail = detailOf(await textOf(answer), answer.status);
    throw answer.status === 404 ? new Gone(detail) : new HumanError(detail);
  }

  private async fetchFile(path: string, to: string): Promise<void> {
    const part = `${to}.${this.newId()}.part`;
    await mkdir(join(to, '..'), { recursive: true, mode: 0o700 });
    try {
      await pipeline(await this.stream(path), createWriteStream(part, { mode: 0o600 }));
      await rename(part, to);
    } finally {
      await rm(part, { force: true });
    }
  }

  private get boardPath(): string {
    return join(this.options.cache, 'board.json');
  }

  private readBoard(): { board: Board; at: number } | undefined {
    try {
      const { protocol, at, board } = JSON.parse(readFileSync(this.boardPath, 'utf8')) as { protocol: number; at: number; board: never };
      return protocol === PROTOCOL ? { board: decodeBoard(board), at } : undefined;
    } catch {
      return undefined;
    }
  }

  /** Keeps what is known for a start without the tower. */
  private keepBoard(): void {
    const { board } = this;
    if (!this.remote || board.seq === this.keptSeq) return;
    this.lastBoard = board;
    try {
      const text = JSON.stringify({ protocol: PROTOCOL, at: Date.now(), board: { ...encodeBoard(board), answers: [] } });
      writeFileSync(`${this.boardPath}.part`, text, { mode: 0o600 });
      renameSync(`${this.boardPath}.part`, this.boardPath);
      this.keptSeq = board.seq;
    } catch (error) {
      this.options.log.warn(`The last board of ${this.url} could not be kept: ${errorText(error)}`);
    }
  }

  private stand(standing: Standing): void {
    this.current = standing;
    this.tell(standing);
  }

  private addressOf(): Address {
    const id = createHash('sha256').update(this.url).digest('hex').slice(0, 16);
    return { id, folders: [], url: this.url, pid: 0, epoch: 0, protocol: PROTOCOL, token: '' };
  }

  private async wait(ms: number): Promise<void> {
    this.hurry = new AbortController();
    await wait(ms, undefined, { signal: AbortSignal.any([this.ending.signal, this.hurry.signal]) }).catch(() => undefined);
  }
}

/** A file that the tower keeps no longer. */
class Gone extends HumanError {
  override readonly name = 'Gone';
}

function elsewhere(): HumanError {
  return new HumanError(phrase('Agent tokens of a team tower are made where it runs.'));
}
