import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { systemClock, ulidSource } from './base/clock';
import { bundleSource } from './bundleSource';
import type { Disposable } from './base/disposables';
import { errorText, HumanError, NoAnswer } from './base/errors';
import { findTask, type Board } from './domain/board';
import type { Answer, CommandInput } from './domain/command';
import type { You } from './domain/commandRole';
import type { Live } from './domain/live';
import type { NamedToken, Tower } from './domain/ports';
import type { Query, QueryResult } from './domain/query';
import { Refusal, SteppedDown, TowerStopped } from './domain/refusal';
import type { Actor } from './domain/task';
import { dialBoard, NoTower, TowerBusy } from './follower/dialBoard';
import type { CloseReason } from './follower/boardChannel';
import { RemoteTower } from './follower/remoteTower';
import { isRunning, readAddress, towerId } from './gateway/addressFile';
import { FileKeys } from './gateway/keys';
import { logNames } from './logNames';
import { evidenceBundle } from './proof/evidenceBundle';
import { PictureComparer } from './proof/pictureComparer';
import { Thumbnails } from './proof/thumbnails';
import type { Address } from './protocol/address';
import { MAX_EVIDENCE, SILENCE_MS } from './protocol/version';
export type { Changeable } from './start';
import { startTower, type Changeable, type RunningTower, type StartOptions } from './start';
import { FolderEvidenceStore } from './store/evidence';
import type { LogExport } from './store/logs/logExport';
import { FolderLogReader } from './store/logs/logReader';
import { StorageGone } from './store/journal';
import { TowerRelay } from './towerRelay';
import { phrase } from './domain/phrase';
import { spoken } from './domain/spoken';

/** How long a command waits for a tower that can carry it out, ms. */
const PATIENCE = 30_000;
const STARTING = phrase('Tasktower is still starting. Try again in a moment.');
/** The pause before another look at what is not ready yet, ms. */
const PAUSE = 50;
/** How often a window that may only look looks for an owner, ms. */
const LOOK = 5_000;

/** What a window has to do with the tower of its folder. */
export type Standing =
  | { role: 'owner'; address: Address; openUrl?: string | undefined }
  /** Another window runs the tower; `team`: the address of a team tower that this window has joined. */
  | { role: 'follower'; address: Address; team?: string }
  /** The other window is gone or silent; the board is what it last told, at `since` (ms). */
  | { role: 'reconnecting'; address: Address; since: number; team?: string }
  /** Nothing may be written, with why. */
  | { role: 'looking'; reason: string }
  /** There is no tower, with why. */
  | { role: 'down'; reason: string };

/** The tower of a window, its folder's own or a team's. */
export type WindowTower = Pick<SharedTower, keyof SharedTower>;

/** One tower and where it is. */
interface Seat {
  tower: Tower;
  standing: Standing;
  local?: RunningTower;
}

/**
 * The tower of a storage folder as every window on it has it: this window's own, or the one of the window that owns the folder,
 * which it follows, and whose place it takes when that one is gone. Commands and queries wait out the change.
 */
export class SharedTower extends TowerRelay implements Tower, Disposable {
  private readonly id: string;
  private readonly newId = ulidSource(systemClock);
  private readonly evidence: FolderEvidenceStore;
  private readonly comparer: PictureComparer;
  private readonly lines: FolderLogReader;
  private readonly thumbnails: Thumbnails;
  private seat: Seat | undefined;
  /** The seat can carry out commands. */
  private open = false;
  private running: Promise<void> | undefined;
  private readonly ending = new AbortController();
  private readonly ended: Promise<void>;
  /** The epoch that was this window's, if one was. */
  private mine: number | undefined;
  /** An owner that does not answer, which may still hold its port. */
  private silent: Address | undefined;
  private configuring: Promise<void> = Promise.resolve();

  private constructor(private options: StartOptions) {
    super();
    this.id = towerId(options.storage);
    this.evidence = new FolderEvidenceStore(options.storage, MAX_EVIDENCE);
    this.comparer = new PictureComparer({ workerPath: join(options.dist, 'compareWorker.js') });
    this.lines = new FolderLogReader(options.storage, options.dist);
    this.thumbnails = new Thumbnails(join(options.storage, 'thumbs'), this.evidence, this.comparer);
    this.ended = new Promise((resolve) => this.ending.signal.addEventListener('abort', () => resolve(), { once: true }));
  }

  /**
   * Follows the owner of the storage folder, or becomes it.
   * @throws {HumanError} when neither is possible, such as a folder that cannot be written.
   */
  static async open(options: StartOptions): Promise<SharedTower> {
    const shared = new SharedTower(options);
    shared.running = shared.run();
    const first = await new Promise<Standing>((resolve) => {
      if (shared.seat) resolve(shared.standing);
      else shared.onDidChange(resolve);
    });
    if (first.role !== 'down') return shared;
    await shared.close();
    throw new HumanError(first.reason);
  }

  get standing(): Standing {
    return this.seat?.standing ?? { role: 'down', reason: spoken({ phrase: STARTING }) };
  }

  get board(): Board {
    return this.present.board;
  }

  get live(): Live {
    return this.present.live;
  }

  /** Where agents connect. @throws {HumanError} when nothing listens. */
  get address(): Address {
    if ('address' in this.standing) return this.standing.address;
    throw new HumanError(this.standing.reason);
  }

  execute(command: CommandInput, by: Actor, commandId = this.newId()): Promise<Answer> {
    // As a door names it: whichever window carries it out, the same id is the same command.
    return this.ask((seat) => seat.tower.execute(command, by, seat.local ? `${by.kind}:${commandId}` : commandId));
  }

  query<Q extends Query>(query: Q): Promise<QueryResult<Q>> {
    return this.ask((seat) => seat.tower.query(query));
  }

  /** The file of stored evidence, or undefined when it is gone. */
  evidencePath(sha256: string): string | undefined {
    return this.evidence.path(sha256);
  }

  /** Where evidence and thumbnails lie, absolute. */
  get folders(): { evidence: string; thumbs: string } {
    return { evidence: join(this.options.storage, 'evidence'), thumbs: this.thumbnails.folder };
  }

  /** Makes the thumbnail of a stored picture. @returns its path. @throws {HumanError} when the picture cannot be read. */
  thumbnail(sha256: string): Promise<string> {
    return this.thumbnails.of(sha256);
  }

  /** Who works here, where people sign in. */
  get you(): You | undefined {
    return undefined;
  }

  /** Has the files of a task's evidence on this machine; here they are. @throws {HumanError} when they cannot be fetched. */
  async prepareEvidence(_taskId: string): Promise<void> {}

  /** All the proof of a task as a ZIP. @throws {Refusal} when there is no such task. */
  async bundle(taskId: string): Promise<AsyncIterable<Uint8Array>> {
    return evidenceBundle(await bundleSource(this, this.evidence, taskId));
  }

  /** All log lines that pass, in order, as a stream. @throws {Refusal} on a bad expression. */
  exportLogs({ scope, match, format }: LogExport): AsyncIterable<Uint8Array> {
    const { board } = this;
    const ids = scope.taskIds?.map((ref) => findTask(board, ref)?.id ?? ref);
    return this.lines.export({ scope: { ...scope, ...(ids ? { taskIds: ids } : {}) }, match, format }, logNames(this));
  }

  /** The tokens that were given to one agent each, newest first. */
  get namedTokens(): NamedToken[] {
    return FileKeys.open(this.options.storage).named;
  }

  /** Makes a token that is good for the agent of that name alone. @returns the token, which is shown nowhere again. */
  issueToken(agent: string): string {
    return FileKeys.open(this.options.storage).issue(agent, Date.now());
  }

  /** Shuts an agent out. @throws {HumanError} when it has no token of its own. */
  revokeToken(agent: string): void {
    FileKeys.open(this.options.storage).revoke(agent);
  }

  /** Gives the folder new tokens; whoever has the old ones reads the address file again, and named ones end. */
  rotateTokens(): void {
    FileKeys.open(this.options.storage).rotate();
  }

  /** Takes changed settings; those of the owner count. @throws {Refusal} when two agents share a name. */
  async configure(settings: Changeable): Promise<void> {
    this.options = { ...this.options, ...settings };
    const turn = this.configuring.then(() => this.seat?.local?.configure(settings));
    this.configuring = turn.catch(() => undefined);
    await turn;
  }

  /** Looks at once for a tower that is lost. */
  reconnect(): void {
    // The files of the folder are looked at all the time.
  }

  /** Writes what is pending and lets another window go on. */
  async close(): Promise<void> {
    this.ending.abort();
    this.comparer.dispose();
    this.lines.dispose();
    await this.running;
    this.endRelay();
  }

  dispose(): void {
    void this.close();
  }

  private get present(): Tower {
    if (this.seat) return this.seat.tower;
    throw new HumanError(STARTING);
  }

  /** Asks the tower of the moment; one that ends before it answers is followed by the next. */
  private async ask<T>(question: (seat: Seat) => Promise<T>): Promise<T> {
    const until = performance.now() + PATIENCE;
    for (;;) {
      const seat = await this.openSeat(until);
      try {
        return await question(seat);
      } catch (error) {
        if (!(error instanceof NoAnswer || error instanceof TowerStopped)) throw error;
        if (this.seat === seat) this.open = false;
      }
    }
  }

  private async openSeat(until: number): Promise<Seat> {
    while (performance.now() < until) {
      if (this.seat && this.open) return this.seat;
      if (this.standing.role === 'down' && this.seat) throw new Refusal('unavailable', this.standing.reason);
      if (this.ending.signal.aborted) throw new TowerStopped();
      await wait(PAUSE);
    }
    throw new Refusal('unavailable', phrase('No window answers for this folder at the moment. Try again, or reload the window.'));
  }

  /** Follows, takes over, follows again, until it is closed or cannot go on. */
  private async run(): Promise<void> {
    let patience = 0;
    while (!this.ending.signal.aborted) {
      try {
        if (this.options.lookOnly === undefined && (await this.follow())) patience = 0;
        else if (performance.now() < patience) await this.pause(PAUSE);
        else await this.own();
      } catch (error) {
        // Whoever took over is about to say where it listens.
        if (error instanceof SteppedDown) patience = performance.now() + SILENCE_MS;
        else if (error instanceof TowerBusy) await this.pause(PAUSE * 4);
        else return this.fail(error);
      }
    }
  }

  /** Follows the owner for as long as it is there. @returns false when there is none. */
  private async follow(): Promise<boolean> {
    const address = this.owner();
    if (!address || address.epoch === this.silent?.epoch) return false;
    const dialing = this.dial(address);
    const remote = await Promise.race([dialing, this.ended]);
    if (this.ending.signal.aborted) void dialing.then((late) => late?.dispose()).catch(() => undefined);
    if (!remote) return false;
    const gone = new Promise<CloseReason>((resolve) => remote.onDidClose(resolve));
    const reset = remote.onDidReset(() => this.tell(this.standing));
    this.options.log.info(`Process ${address.pid} runs the tower of this folder at ${address.url}; this window follows it.`);
    this.sit({ tower: remote, standing: { role: 'follower', address } });
    if ((await Promise.race([gone, this.ended])) === 'silent') this.silent = address;
    this.open = false;
    reset.dispose();
    if (!this.ending.signal.aborted) this.stand({ role: 'reconnecting', address, since: Date.now() });
    remote.dispose();
    return true;
  }

  /** Where another window says that it runs the tower. */
  private owner(): Address | undefined {
    const address = readAddress(this.id);
    return address && address.epoch !== this.mine && isRunning(address.pid) ? address : undefined;
  }

  private async dial(address: Address): Promise<RemoteTower | undefined> {
    const keys = FileKeys.read(this.options.storage);
    if (!keys) return undefined;
    try {
      return await RemoteTower.open(await dialBoard(address.url, keys.person), 'window');
    } catch (error) {
      if (!(error instanceof NoTower || error instanceof NoAnswer)) throw error;
      this.options.log.debug(errorText(error));
      this.silent = address;
      return undefined;
    }
  }

  /** Takes the folder over and runs the tower until another window does, or this one closes. */
  private async own(): Promise<void> {
    const { options } = this;
    const { storage, port } = options;
    // Whoever has seen a board here does not go on with an empty one.
    if (this.seat && !existsSync(storage)) throw new StorageGone(storage);
    const taken = this.silent !== undefined && Number(new URL(this.silent.url).port) === port;
    const local = await startTower({ ...options, port: taken ? 0 : port });
    const { tower, address, openUrl, readOnly } = local;
    const lost = new Promise<Error>((resolve) => local.onDidLose(resolve));
    if (this.ending.signal.aborted) return local.dispose();
    this.mine = address?.epoch;
    if (address) this.options.log.info(`The tower listens at ${address.url}.`);
    this.sit({
      tower,
      local,
      standing: address
        ? { role: 'owner', address, openUrl }
        : { role: 'looking', reason: readOnly === undefined ? '' : spoken(typeof readOnly === 'string' ? readOnly : { phrase: readOnly }) },
    });
    local.onDidMove((now) => this.stand({ role: 'owner', address: now, openUrl }));
    // What was changed while it started.
    if (this.options !== options) this.configure(this.options).catch((error: unknown) => this.options.log.error(errorText(error)));
    const reason = await Promise.race([lost, this.ended, ...(address ? [] : [this.ownerAppears()])]);
    this.open = false;
    if (reason && address) this.stand({ role: 'reconnecting', address, since: Date.now() });
    await local.dispose();
    if (reason) throw reason;
  }

  /** Whoever may only look follows as soon as there is someone to follow. */
  private async ownerAppears(): Promise<undefined> {
    const { lookOnly } = this.options;
    do await this.pause(LOOK);
    while (!this.ending.signal.aborted && (lookOnly !== undefined || !this.owner()));
  }

  private sit(seat: Seat): void {
    this.seat = seat;
    this.open = true;
    this.relay(seat.tower);
    this.tell(seat.standing);
  }

  private stand(standing: Standing): void {
    if (this.seat) this.seat = { ...this.seat, standing };
    this.tell(standing);
  }

  private fail(error: unknown): void {
    this.open = false;
    this.options.log.error(errorText(error), error);
    const reason = spoken(error);
    if (this.seat) return this.stand({ role: 'down', reason });
    this.tell({ role: 'down', reason });
  }

  private async pause(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.ending.signal }).catch(() => undefined);
  }
}
