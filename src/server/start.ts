import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { steadyClock, systemClock, ulidSource, type Clock } from './base/clock';
import { Emitter, type Event } from './base/emitter';
import { errorCode, errorText, HumanError } from './base/errors';
import { nullLog, type Log } from './base/log';
import { CommitNotes } from './commitNotes';
import { PullClaims } from './dispatch/claims';
import { DiskRoom, type DiskGauge } from './diskRoom';
import { Dispatcher } from './dispatch/dispatcher';
import type { AgentConfig } from './domain/agent';
import type { Budget } from './domain/budget';
import type { Keep } from './domain/evidence';
import { lift } from './domain/migrations';
import type { ExportLogs, Journal, SharedQueue, Tower } from './domain/ports';
import { NO_TARIFF, type FindPrice, type Tariff } from './domain/prices';
import { reduce } from './domain/reduce';
import { Secrets } from './domain/secrets';
import type { Actor } from './domain/task';
import { EvidenceKeeper } from './evidenceKeeper';
import { Fleet } from './fleet';
import { addressPath, removeAddress, sweepAddresses, towerId, writeAddress } from './gateway/addressFile';
import { Gateway } from './gateway/gateway';
import { FileKeys } from './gateway/keys';
import type { OpenDoor } from './gateway/reach';
import { runnerIdAt } from './gateway/runnerSession';
import { LeaseBook } from './leases';
import { LiveBoard } from './liveOverlay';
import { PriceBook } from './pricing/priceBook';
import { PeerRelay } from './peerRelay';
import { PresenceBook } from './presenceBook';
import { Projections } from './projections';
import type { Address } from './protocol/address';
import { LEASE_MS, MAX_EVIDENCE, PROTOCOL, REPORT_LEASE_MS } from './protocol/version';
import { redactedLog } from './redactedLog';
import { Queries } from './queries';
import { ActivityLog } from './activityLog';
import { logNames } from './logNames';
import { bundleSource } from './bundleSource';
import { evidenceBundle } from './proof/evidenceBundle';
import { workspaceBaselines } from './proof/baselines';
import { PictureComparer } from './proof/pictureComparer';
import { ProofKeeper } from './proof/proofKeeper';
import { Thumbnails } from './proof/thumbnails';
import { ThreadReportReader } from './proof/reportReader';
import { ReportDesk } from './reports';
import { Roster } from './roster';
import { launchRunner } from './runner/launch';
import { RunnerKeeper } from './runnerKeeper';
import { Checkpoints } from './store/checkpoint';
import { FolderEvidenceStore } from './store/evidence';
import { nodeFiles, type Files } from './store/files';
import { WorkerHistory } from './store/history';
import { FolderLogReader } from './store/logs/logReader';
import { FolderLogStore } from './store/logs';
import { cutLostEvents } from './store/lostEvents';
import { openJournal, type OpenedJournal } from './store/openJournal';
import { FolderTaskFiles } from './store/taskFiles';
import { Timekeeper } from './timekeeper';
import { LocalTower } from './tower';
import { phrase, type Phrase } from './domain/phrase';

const BY: Actor = { kind: 'tower', name: 'tower' };
/** How often an owner that has nothing to write looks whether it still is one, ms. */
const LOOK = 1_000;

/** Of several towers another one takes over after 10 s: what a dead one started has ended by then, with the time that it has to end, ms. */
const RUNNER_AWAY = '4000';

/** How a tower is started. */
export interface StartOptions {
  /** The storage folder, absolute; made when it is missing. */
  storage: string;
  /** Workspace folders, absolute. */
  folders: readonly string[];
  agents: readonly AgentConfig[];
  /** How many tasks run at once. */
  cap: number;
  /** Nothing new starts while this many tasks wait for a person; 0 = no limit. */
  reviewCap?: number;
  /** How many tasks run at once for an account of agents. */
  accountCaps?: Readonly<Record<string, number>>;
  /** Failures in a row after which an agent gets no more work; 0 = never, 5 without it. */
  breaker?: number;
  /** How long the evidence files of finished tasks are kept; for ever without it. */
  keep?: Keep;
  /** The largest piece of evidence, bytes; `MAX_EVIDENCE` without it. */
  maxEvidence?: number;
  /** What may be spent; no limit without it. */
  budget?: Budget;
  /** What models cost, beside what the bundled list says. */
  tariff?: Tariff;
  /** The port to listen on; 0 = the one it had before, or any. */
  port: number;
  /** Sync each record to the disk before it is answered. */
  fsync: boolean;
  /** The folder with `runner.js`, `historyWorker.js`, `prices.js` and `sql-wasm.wasm`. */
  dist: string;
  /** Why this window may only look, for people; nothing listens then, and nothing is started or written. */
  lookOnly?: string;
  /** How a team comes in; without it, one user of this machine. */
  door?: OpenDoor;
  log: Log;
  /** The queue that this tower shares with others; the storage folder is then shared too, and the one that keeps it starts the agents. */
  shared?: SharedQueue;
  clock?: Clock;
  /** The disk of the journal, the logs, the evidence and the files of the tasks; one that fails, in tests. */
  files?: Files;
  /** How the room on the disk is measured; tests bring their own. */
  gauge?: DiskGauge;
  /** How long a record may follow its evidence file, ms; shorter in tests. */
  settleMs?: number;
}

/** What may change while the tower runs. */
export type Changeable = Pick<StartOptions, 'agents' | 'cap' | 'reviewCap' | 'accountCaps' | 'breaker' | 'keep' | 'budget' | 'tariff'>;

/** A tower that owns its storage folder and listens. */
export interface RunningTower {
  readonly tower: Tower;
  /** Where it listens; undefined while it may only be looked at. */
  readonly address: Address | undefined;
  /** Where a team reaches it, on this machine. */
  readonly openUrl?: string | undefined;
  /** The token of its address was rotated. */
  readonly onDidMove: Event<Address>;
  /** Why nothing may be written, for people. */
  readonly readOnly?: string | Phrase;
  /** Fires once when the folder is no longer this tower's, or the disk failed, with why. Dispose it then. */
  readonly onDidLose: Journal['onDidLose'];
  /** Takes changed settings. @throws {Refusal} when two agents share a name. */
  configure(settings: Changeable): Promise<void>;
  /** Writes what is pending and closes the doors. Managed work goes on for a while, so that the next window finds it. */
  dispose(): Promise<void>;
}

/**
 * Takes the storage folder over, builds every room and opens the doors: the only place that knows them all.
 * @throws {SteppedDown} when another tower took it over at the same moment.
 * @throws {HumanError} when the folder cannot be used or the pinned port is taken.
 */
export async function startTower(options: StartOptions): Promise<RunningTower> {
  const secrets = new Secrets();
  const { storage, folders, port, fsync, dist, lookOnly, files: disk = nodeFiles } = options;
  const log = redactedLog(options.log, secrets);
  const { shared } = options;
  const peers = shared?.peers;
  const here = peers?.here;
  // What each tower of a shared folder has for itself.
  const own = here === undefined ? storage : join(storage, 'towers', here);
  const id = towerId(own);
  makeFolder(own);
  const { journal, board, tail, epoch, readOnly, mayLack }: OpenedJournal = shared
    ? {
        ...(await shared.openJournal({ checkpoints: new Checkpoints(join(storage, 'checkpoints'), disk, log), lift, fold: reduce })),
        epoch: 1,
      }
    : await openJournal({
        ...{ dir: storage, fsync, log, lift, fold: reduce, files: disk },
        ...(lookOnly === undefined ? {} : { readOnly: lookOnly }),
      });
  const clock = steadyClock(options.clock ?? systemClock, board.at);
  const newId = ulidSource(clock);

  const toLook = readOnly !== undefined;
  const isShared = shared !== undefined;
  if (mayLack) await cutLostEvents(disk, storage, board, log);
  const files = new FolderTaskFiles({ dir: storage, seq: board.seq, log, files: disk, fsync, readOnly: toLook, shared: isShared });
  files.append(tail);
  const logs = new FolderLogStore(storage, disk, undefined, () => journal.look(), fsync, isShared);
  const lines = new FolderLogReader(storage, dist);
  const evidence = new FolderEvidenceStore(storage, options.maxEvidence ?? MAX_EVIDENCE, disk, options.settleMs, isShared);
  // What another tower is receiving just now must not be taken for what a crash left.
  if (!toLook && !isShared) await evidence.sweep();
  const history = new WorkerHistory({ dir: own, dist, seq: board.seq, tail, past: files, log, readOnly: toLook });
  const live = new LiveBoard(clock);
  const baselines = workspaceBaselines(folders);
  const activity = new ActivityLog(board, files);
  const queries = new Queries({
    board,
    live,
    files,
    logs,
    lines,
    history,
    proof: { evidence, baselines },
    activity: (limit) => activity.list(limit),
  });
  const pricing = new PriceBook(options.tariff ?? NO_TARIFF, () => loadPrices(dist), log);
  const tower = new LocalTower({
    ...{ board, journal, live, clock, newId, log, pricing, here },
    recall: (ref) => queries.recall(ref),
    query: (query) => queries.run(query),
    secrets,
    ...(readOnly === undefined ? {} : { readOnly }),
  });
  // Before the doors open: who comes is told apart from who was there when the last tower died.
  const presence = toLook ? undefined : new PresenceBook({ tower, live, clock, log });
  const reports = new ReportDesk(tower, logs, evidence, clock, newId, new ThreadReportReader(join(dist, 'reportWorker.js')), secrets);
  const leases = new LeaseBook(clock, LEASE_MS, here);
  // A name is one agent at the queue, so the tower that keeps the folder starts it; its key in Redis outlasts what it believes of itself.
  const fleet = new Fleet(tower, folders[0] ?? storage, () => peers?.isKeeper ?? true);
  const roster = new Roster(tower, fleet, log);
  const keys = toLook ? FileKeys.unsaved() : FileKeys.open(storage);
  const claims = new PullClaims(tower, REPORT_LEASE_MS, clock);
  const bundle = async (taskId: string): Promise<AsyncIterable<Uint8Array>> => evidenceBundle(await bundleSource(tower, evidence, taskId));
  const look = (): void => journal.look();
  const exportLogs: ExportLogs = (wanted) => lines.export(wanted, logNames(tower));
  const comparer = new PictureComparer({ workerPath: join(dist, 'compareWorker.js') });
  const thumbnails = new Thumbnails(join(storage, 'thumbs'), evidence, comparer);
  const gateway = new Gateway({
    tower,
    look,
    reports,
    live,
    leases,
    evidence,
    bundle,
    exportLogs,
    claims,
    keys,
    agents: fleet,
    thumbnail: (sha256) => thumbnails.of(sha256),
    door: options.door,
    here,
    clock,
    log,
  });
  const close = (): Promise<unknown> => Promise.all([journal.dispose(), history.dispose(), logs.dispose()]);
  let address: Address | undefined;
  let isFound = true;
  if (!toLook) {
    try {
      await gateway.listen(port, readPort(own));
      sweepAddresses();
      address = { id, folders: [...folders], url: gateway.url, pid: process.pid, epoch, protocol: PROTOCOL, token: keys.client };
      isFound = publish(own, address, log);
    } catch (error) {
      await Promise.all([close(), gateway.dispose()]);
      throw error;
    }
  }
  journal.onDidLose(() => void gateway.dispose());
  const moved = new Emitter<Address>();
  keys.onDidChange(() => {
    if (!address) return;
    // First the file: whoever is shut out now reads it again.
    address = { ...address, token: keys.client };
    try {
      isFound = publish(own, address, log);
    } catch (error) {
      log.error(errorText(error));
    }
    gateway.closeRevoked();
    moved.fire(address);
  });

  const keeping = peers ? { isKeeper: () => peers.isKeeper } : {};
  const proof = new ProofKeeper({ tower, evidence, comparer, thumbnails, baselines, folder: join(own, 'tmp'), clock, log, ...keeping });
  const dispatcher = new Dispatcher(tower, gateway.links, clock, log, here);
  const projections = new Projections({ tower, journal, files, logs, history, log, peers });
  const keeper = new RunnerKeeper({
    ...{ tower, agents: fleet, link: gateway.runner, runnerId: runnerIdAt(here), clock, log, ...keeping },
    launch: () =>
      launchRunner({
        script: join(dist, 'runner.js'),
        addressFile: addressPath(id),
        logFile: join(own, 'runner.log'),
        env: { TASKTOWER_RUNNER_TOKEN: keys.runner, ...(peers ? { TASKTOWER_RUNNER_AWAY_MS: RUNNER_AWAY } : {}) },
        log,
      }),
  });
  const evidenceKeeper = new EvidenceKeeper({
    ...{ tower, evidence, history, clock, log, ...keeping },
    forget: (sha256) => thumbnails.forget(sha256),
    ...(options.settleMs === undefined ? {} : { soon: options.settleMs }),
  });
  const keep = (): void => {
    proof.reconcile();
    fleet.look();
    keeper.look();
  };
  const commits = new CommitNotes(tower, folders[0], log);
  const time = new Timekeeper({ tower, leases, clock, log, onTick: () => dispatcher.reconcile() });
  const room = new DiskRoom({ dir: storage, live, log, onRoom: () => dispatcher.reconcile(), gauge: options.gauge });
  const parts = [
    tower.onDidCommit((records) => activity.add(records)),
    live.onDidChangePresence(() => dispatcher.reconcile()),
    gateway.runner.onDidPrint((output) => tower.tellOutput(secrets.redactAll(output))),
    ...(peers ? [new PeerRelay({ tower, peers, live, leases, files, log }), peers.onDidChangeKeeper(keep)] : []),
    ...(options.door?.webhooks && !toLook ? [options.door.webhooks({ tower, peers, look, log })] : []),
    ...[room, commits, time, keeper, dispatcher, roster, fleet, proof, evidenceKeeper, lines],
  ];
  const watch = setInterval(() => {
    try {
      look();
      keys.look();
      if (!isFound && address) isFound = publish(own, address, nullLog);
      options.door?.people.look();
    } catch (error) {
      // Whoever has lost the folder is disposed; all else may go better the next time.
      log.debug(`A look at the storage folder failed: ${errorText(error)}`);
    }
  }, LOOK);

  const configure = async ({
    agents,
    cap,
    reviewCap = 0,
    accountCaps = {},
    breaker = 5,
    keep = { days: 0, bytes: 0 },
    budget = {},
    tariff = NO_TARIFF,
  }: Changeable): Promise<void> => {
    if (readOnly !== undefined) return;
    pricing.configure(tariff);
    secrets.know(agents.flatMap(secretsOf));
    await tower.execute({ type: 'ConfigureQueue', cap, reviewCap, accountCaps, breaker, budget }, BY, randomUUID());
    await roster.configure(agents);
    evidenceKeeper.configure(keep);
    keeper.look();
  };
  const dispose = async (): Promise<void> => {
    clearInterval(watch);
    await presence?.leave();
    tower.stop();
    gateway.leave();
    presence?.dispose();
    for (const part of parts) part.dispose();
    await tower.settled();
    await projections.dispose();
    await close();
    if (address) removeAddress(address);
    // Last, because other windows take over the moment their connection closes.
    await gateway.dispose();
    tower.dispose();
    live.dispose();
  };
  try {
    await configure(options);
  } catch (error) {
    // Settings that make no sense must not take the queue away.
    log.error(errorText(error));
  }
  try {
    look();
  } catch (error) {
    await dispose();
    throw error;
  }
  // What is due in a folder that may only be looked at is for whoever may write there.
  if (!toLook) {
    dispatcher.reconcile();
    projections.reconcile();
    proof.reconcile();
    time.look();
  }
  return {
    tower,
    address,
    openUrl: address && gateway.openUrl,
    onDidMove: moved.event,
    onDidLose: journal.onDidLose,
    configure,
    dispose,
    ...(readOnly === undefined ? {} : { readOnly }),
  };
}

/** What an agent is given as a key: the variable that its settings name, and those that are called one. */
function secretsOf({ keyFrom, env }: AgentConfig): string[] {
  const named = Object.entries(env).flatMap(([name, value]) => (/(KEY|TOKEN|SECRET|PASSWORD)$/i.test(name) ? [value] : []));
  const key = keyFrom === undefined ? undefined : (env[keyFrom] ?? process.env[keyFrom]);
  return key === undefined ? named : [...named, key];
}

/** The bundled list, in a file of its own that most towers never read. */
async function loadPrices(dist: string): Promise<FindPrice> {
  const path = join(dist, 'prices.js');
  return (createRequire(path)(path) as { findPrice: FindPrice }).findPrice;
}

function makeFolder(storage: string): void {
  try {
    mkdirSync(storage, { recursive: true, mode: 0o700 });
  } catch (error) {
    const said = phrase(
      'The storage folder {0} cannot be made ({1}). Check its permissions, then reload the window.',
      storage,
      errorText(error),
    );
    throw new HumanError(said, { cause: error });
  }
}

/** Writes where the tower is. @returns false when the disk is full: then it is tried again. @throws {HumanError} */
function publish(storage: string, address: Address, log: Log): boolean {
  try {
    writeFileSync(join(storage, 'port'), new URL(address.url).port);
    writeAddress(address);
    return true;
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(errorCode(error) ?? errorCode((error as Error).cause) ?? '')) throw error;
    log.error('The disk is full: agents and other windows cannot find the tower until some space is free.');
    return false;
  }
}

function readPort(storage: string): number {
  try {
    return Number(readFileSync(join(storage, 'port'), 'utf8')) || 0;
  } catch {
    return 0;
  }
}
