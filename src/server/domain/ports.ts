import type { WantedAgent } from './agent';
import type { Analytics, AnalyticsFilter, Estimate } from './analytics';
import type { Board } from './board';
import type { Baseline } from './comparison';
import type { Cost } from './cost';
import type { Answer, CommandInput } from './command';
import type { EvidenceHead, Metric } from './evidence';
import type { Finding } from './finding';
import type { TowerEvent, TowerRecord } from './event';
import type { Live, LiveAgent, LiveChange } from './live';
import type { Spender } from './prices';
import type { AgentOutput, LogFilter, LogLine, OutcomeRow, Query, QueryResult, TaskPage, TaskFilter } from './query';
import type { LogFormat, LogHits, LogMatch, LogPage, LogScope, PlacedLine } from './logQuery';
import type { AgentReport, LogLevel } from './report';
import type { Actor, Fields, Limits, Priority, Role, Usage } from './task';

/** What rooms ask of each other. Each is built in `start.ts` and passed by constructor. */
interface Disposable {
  dispose(): void;
}
export type Listen<T> = (listener: (value: T) => void) => Disposable;

/** The tower as every door and view sees it, in the owner's window and elsewhere. */
export interface Tower {
  /** The board; only the tower changes it. */
  readonly board: Board;
  readonly live: Live;
  /** Carries out a command. The same `commandId` has no second effect and gives the same answer. @throws {Refusal} */
  execute(command: CommandInput, by: Actor, commandId?: string): Promise<Answer>;
  /** @throws {Refusal} when a named task does not exist. */
  query<Q extends Query>(query: Q): Promise<QueryResult<Q>>;
  /** The records of a tick as one batch, in `seq` order, after the call stack that made them. */
  readonly onDidCommit: Listen<readonly TowerRecord[]>;
  readonly onDidChangeLive: Listen<LiveChange>;
  readonly onDidLog: Listen<readonly LogLine[]>;
  /** What the agents that Tasktower starts print. */
  readonly onDidPrint: Listen<AgentOutput>;
}

/** What a monitoring system is told. */
export interface Metrics {
  /** The media type of `text`. */
  readonly type: string;
  text(): Promise<string>;
  dispose(): void;
}

/** What usage costs. */
export interface Pricing {
  /** Resolves when `cost` knows all that can be known of this usage. */
  prepare(usage: Usage, by: Spender): Promise<void>;
  /** What a usage costs at the prices of a time, ms. */
  cost(usage: Usage, by: Spender, at: number): Cost;
}

/** What an agent hands in about an attempt, from any door. */
export interface AgentReports {
  /**
   * Stores one report. With `seq` (contiguous in an attempt, from 1) an old one is acknowledged and ignored.
   * @throws {Refusal} on a gap (`data.expected`), a foreign or an old attempt, an unknown task.
   */
  report(report: IncomingReport): Promise<ReportAnswer>;
  /** The last stored `seq` of an attempt, 0 when none is. */
  ackSeq(taskId: string, attempt: number): Promise<number>;
  /** Stores evidence whose bytes come as a stream, and commits it. @throws {Refusal} when it is too large or not what it says. */
  addEvidence(evidence: IncomingEvidence): Promise<Answer>;
}

export interface IncomingReport {
  taskId: string;
  /** Without it: the attempt under way. */
  attempt?: number;
  agentId: string;
  seq?: number;
  report: AgentReport;
  by: Actor;
  /** Names the command that a report becomes, so that sending it again has no second effect; `seq` does the same. */
  commandId?: string;
}

export interface ReportAnswer {
  ackSeq: number;
  /** True when a person cancelled the task: stop working on it. */
  cancel: boolean;
}

export interface IncomingEvidence {
  taskId: string;
  attempt?: number;
  agentId: string;
  head: EvidenceHead;
  mime: string;
  bytes: AsyncIterable<Uint8Array>;
  by: Actor;
  commandId?: string;
}

/** Presence and progress, changed by sessions and reports. */
export interface LiveOverlay extends Live {
  setAgent(agentId: string, presence: LiveAgent['presence'] | 'offline'): void;
  setProgress(taskId: string, attempt: number, progress: number | null, step?: string): void;
  setLastLine(taskId: string, attempt: number, line: string): void;
  clearTask(taskId: string): void;
  /** Nothing new starts, with why for people; undefined = it does again. */
  setTrouble(trouble: string | undefined): void;
}

/** Who is thought to be at work: renewed by any sign of life, lost when it stays out for a whole term. */
export interface Leases {
  /** A sign of life of an agent on its socket. */
  renewAgent(agentId: string): void;
  /** A sign of life of one task reported over HTTP. */
  renewTask(taskId: string): void;
}

/** The ordered, durable list of records. */
export interface Journal {
  /** Whether this tower still owns the storage folder (a few µs). @throws {HumanError} when it does not, with why. */
  look(): void;
  /** Fires once when it owns the folder no more, or the disk failed, with why. */
  readonly onDidLose: Listen<Error>;
  /**
   * Appends one record whose `seq` follows the last one. @throws {SteppedDown} when another tower has taken over; nothing is lost.
   * @throws {Behind} when another tower of the queue wrote first; its records have been received by then.
   */
  append(record: TowerRecord): Promise<void>;
  /** Records as they are read, in order, this tower's own too; where several towers share a queue. */
  readonly onDidReceive?: Listen<readonly TowerRecord[]>;
  /** The last record that the newest checkpoint holds, as far as this tower knows; 0 when there is none. */
  readonly kept: number;
  /** Keeps the board as it is at the call, once `ready` resolves, so that the next start folds only what came later. One at a time. */
  checkpoint(board: Board, ready?: Promise<void>): Promise<void>;
  dispose(): Promise<void>;
}

/** Where boards are kept, so that a journal may be short. */
export interface CheckpointStore {
  /** The last record that the newest one holds; 0 when there is none. */
  readonly seq: number;
  newest(): { board: Board } | undefined;
  /** @returns the checkpoint before, which needs the journal from there on. */
  write(mark: { seq: number; epoch: number; bytes: number }, boardText: string): Promise<{ seq: number } | undefined>;
}

/** What a journal is opened from, and how its records become a board. */
export interface JournalSource {
  checkpoints: CheckpointStore;
  /** A line's value as a record of this version. @throws {NewerRecord} */
  lift: (value: unknown) => TowerRecord;
  fold: (board: Board, record: TowerRecord) => Board;
}

/** A queue that several towers share; each has the same data folder before it. */
export interface SharedQueue {
  readonly peers: Peers;
  /** The journal, the board it makes, and the records after the checkpoint. @throws {HumanError} when journal and folder do not fit. */
  openJournal(source: JournalSource): Promise<{ journal: Journal; board: Board; tail: TowerRecord[] }>;
  dispose(): Promise<void>;
}

/** What a tower tells the others of its queue without writing it down. */
export interface PeerNews {
  /** What changed in its own part of the overlay; `whole`: this is all of it. */
  live?: LiveChange;
  whole?: boolean;
  lines?: readonly LogLine[];
  /** Tasks reported over HTTP that gave a sign of life. */
  renewed?: readonly string[];
  /** The files of the tasks hold all records up to this one. */
  kept?: number;
}

/** The other towers of a queue. */
export interface Peers {
  /** This tower's name, unlike that of any other. */
  readonly here: string;
  /** One tower at a time keeps the shared folder: writes the tasks' files and checkpoints, archives, deletes. */
  readonly isKeeper: boolean;
  readonly onDidChangeKeeper: Listen<boolean>;
  /** The others could not be heard for a while, and can be again: silence until now proves nothing. */
  readonly onDidReturn: Listen<void>;
  /** Which of these towers were silent for a whole term. */
  silent(towers: readonly string[]): Promise<string[]>;
  /** Tells the others; lost when they cannot be reached. */
  tell(news: PeerNews): void;
  readonly onDidHear: Listen<{ from: string; news: PeerNews }>;
}

/** One event of a task, as its folder keeps it. */
export interface StoredEvent {
  seq: number;
  at: number;
  by: Actor;
  event: TowerEvent;
}

/** Texts and events of each task, in its own folder; a projection of the journal. */
export interface TaskFiles {
  append(records: readonly TowerRecord[]): void;
  /** Resolves when all that was appended is on the disk. */
  flush(): Promise<void>;
  /** What happened to a task, oldest first; empty when there is no such folder. */
  events(taskId: string): Promise<StoredEvent[]>;
  delete(taskId: string): Promise<void>;
}

export interface LogEntry {
  at: number;
  level: LogLevel;
  text: string;
}

/** Append-only log segments of each task. */
export interface LogStore {
  /** Appends the lines of one report; `seq` (when given) is durable with them or not at all. @returns them as they are stored. */
  append(taskId: string, attempt: number, agentId: string, lines: readonly LogEntry[], seq?: number): Promise<PlacedLine[]>;
  /** The last `seq` stored for an attempt, 0 when none is. */
  lastSeq(taskId: string, attempt: number): Promise<number>;
  /** The last lines that pass the filter, oldest first. */
  tail(filter: LogFilter & { taskIds?: readonly string[] }): Promise<LogLine[]>;
  delete(taskId: string): Promise<void>;
  dispose(): Promise<void>;
}

/** What lines are called by in an export. */
export interface LogNames {
  agent(id: string): string;
  task(id: string): Promise<{ number: number; title: string } | undefined>;
}

/** Log lines as a stream of bytes, in order; tasks are named by their ids. @throws {Refusal} on a bad expression. */
export type ExportLogs = (wanted: { scope: LogScope; match?: LogMatch | undefined; format: LogFormat }) => AsyncIterable<Uint8Array>;

/** Reads the log of all tasks, which are named by their ids. */
export interface LogReader {
  /** Lines beside a place. @throws {Refusal} on a place of no page, or a bad expression. */
  page(query: Omit<Extract<Query, { type: 'LogPage' }>, 'type'>): Promise<LogPage>;
  /** @throws {Refusal} when the expression is wrong or takes too long. */
  search(scope: LogScope, match: LogMatch, limit: number, stopEarly: boolean): Promise<LogHits>;
}

/** Evidence bytes as files named by their sha256. */
export interface EvidenceStore {
  /**
   * Streams to a temporary file while hashing, syncs and renames. `known` = the same bytes were there already.
   * @throws {Refusal} when it is larger than `maxBytes`.
   */
  put(bytes: AsyncIterable<Uint8Array>): Promise<{ sha256: string; bytes: number; known: boolean }>;
  /** The path of a stored file, inside the store whatever `sha256` says; undefined when it is not there. */
  path(sha256: string): string | undefined;
  /** The type of a stored picture by its first bytes (PNG, JPEG, WebP); undefined for anything else. */
  pictureType(sha256: string): Promise<string | undefined>;
  /** Every stored file, by its hash. */
  list(): Promise<string[]>;
  /** The size of a stored file, bytes; 0 when it is not there. */
  size(sha256: string): Promise<number>;
  /** Deletes a file, unless it was put so lately that its record may still be on the way: then false. */
  delete(sha256: string): Promise<boolean>;
  /** Deletes what a crash left half received. @returns how many files it deleted. */
  sweep(): Promise<number>;
}

/** What a report of a known format says. `findings` holds the worst first, not all of a great many. */
export interface ReadReport {
  /** The format in the words of its makers: `SARIF`, `JUnit`. */
  format: string;
  metrics: Metric[];
  findings: Finding[];
  findingCount: number;
}

/** Reads reports, whoever made them, without blocking. */
export interface ReportReader {
  /**
   * @param root the absolute folder that files in the report are made relative to.
   * @returns undefined when it is no known report. @throws {HumanError} when it is one and cannot be read.
   */
  read(path: string, hint: { name?: string; mime?: string; root?: string }): Promise<ReadReport | undefined>;
}

/** Makes the bundle of a task's proof, a ZIP. @throws {Refusal} when there is no such task. */
export type MakeBundle = (taskId: string) => Promise<AsyncIterable<Uint8Array>>;

/** The accepted pictures of a workspace. */
export interface Baselines {
  /** The baseline of a label: its file, and what the index says of it; undefined when there is none. */
  find(label: string): Promise<{ path: string; entry?: Baseline } | undefined>;
  /** Makes the picture at `from` the baseline of its label. @throws {HumanError} when the workspace does not take it. */
  keep(entry: Omit<Baseline, 'file' | 'ignore' | 'threshold'>, from: string): Promise<void>;
  /** Takes the baseline of a label away. */
  remove(label: string): Promise<void>;
}

/** A stored file and when the last task that needs it ended, ms; null while one has not. */
export interface NeededFile {
  sha256: string;
  endedAt: number | null;
}

/** Which agents are there, and when the tower last wrote anything down, ms: until then those it did not see leave were there. */
export interface Presence {
  present: readonly string[];
  seenAt: number;
}

/** The searchable past, in a worker of its own. */
export interface History {
  apply(records: readonly TowerRecord[]): void;
  tasks(filter: TaskFilter, seq: number): Promise<TaskPage>;
  outcomes(days: number, seq: number): Promise<OutcomeRow[]>;
  /** What the finished tasks tell. @throws {Refusal} on a range that is none or has too many periods. */
  analytics(filter: AnalyticsFilter, presence: Presence, seq: number): Promise<Analytics>;
  /** How long tasks take, by agent and kind. */
  estimates(seq: number): Promise<Estimate[]>;
  /** The ids of the last `limit` completed tasks of a kind before that number which told numbers, the newest first. */
  runs(kind: string, before: number, limit: number, seq: number): Promise<string[]>;
  /** The stored files that tasks need, each once. */
  files(seq: number): Promise<NeededFile[]>;
  /** The id of the task with that number or id, if there is one, wherever it is kept. */
  idOf(ref: number | string, seq: number): Promise<string | undefined>;
  dispose(): Promise<void>;
}

/** Work as it is handed to an agent. */
export interface Assignment {
  taskId: string;
  attempt: number;
  number: number;
  title: string;
  prompt: string;
  priority: Priority;
  kind: string;
  folder?: string;
  requires: string[];
  limits: Limits;
  fields: Fields;
  note?: string;
  /** The agent's own session to go on with. */
  session?: string;
}

/** The agents that are connected now, by whatever socket. */
export interface AgentLinks {
  isConnected(agentId: string): boolean;
  /** Offers work. @returns undefined when the agent went away or said hello anew instead. Rejects when it does not answer in time. */
  assign(agentId: string, assignment: Assignment): Promise<{ accepted: boolean; reason?: string } | undefined>;
  /** Asks to stop an attempt. Rejects when the agent goes away or does not answer in time. */
  cancel(agentId: string, attempt: { taskId: string; attempt: number; reason?: string }): Promise<void>;
}

/** Tokens of the doors. */
export interface Keys {
  /** In the address file: registers agents, creates and claims tasks, reports on its own. */
  readonly client: string;
  /** In the storage folder alone: a person's own windows. */
  readonly person: string;
  /** Our runner's: it is told the commands and the environment of the agents it starts. */
  readonly runner: string;
  /** A token good for one attempt alone. */
  ofAttempt(taskId: string, attempt: number): string;
  /** Whose token it is, compared in constant time; undefined = nobody's. */
  check(token: string): TokenHolder | undefined;
}

/** Whose token it is. `agent`: one that was given to the agent of that name alone; `member`: a person who signed in, without it whoever runs the tower. */
export type TokenHolder =
  | { kind: 'client'; agent?: string }
  | { kind: 'person'; member?: Member }
  | { kind: 'runner' }
  | { kind: 'attempt'; taskId: string; attempt: number };

/** A person of a team, as a token of theirs tells it. */
export interface Member {
  name: string;
  role: Role;
  /** The session that the token belongs to; undefined when another issuer made it. */
  session?: string;
  /** The token is good until then, ms since 1970. */
  until: number;
  /** May open and download evidence. */
  readsEvidence: boolean;
}

/** What a person gets who signs in: a token for a short while, and one to get the next with, once. */
export interface SignedIn {
  name: string;
  role: Role;
  access: string;
  /** When `access` ends, ms since 1970. */
  until: number;
  refresh?: string;
  /** When the session ends unless it is used, ms since 1970. */
  refreshUntil?: number;
}

/** A sign-in elsewhere that is under way; the browser that began it alone has this. */
export interface BegunSignIn {
  state: string;
  nonce: string;
  /** What the issuer was shown the hash of (PKCE). */
  verifier: string;
}

/** Why a sign-in elsewhere let nobody in: they were not let in there, it is not what was begun here, they have no role here, nobody answered. */
export type SignInTrouble = 'denied' | 'stale' | 'role' | 'away';

/** Signing in at the page of an issuer, in a browser. */
export interface BrowserSignIn {
  /** Where that is, for people. */
  readonly at: string;
  /** @param returnTo where the browser comes back to. @returns where to send it. @throws {Error} when the issuer does not answer. */
  begin(returnTo: string): Promise<{ url: string; begun: BegunSignIn }>;
  /** @param address where it came back to, with what the issuer added. */
  finish(begun: BegunSignIn, address: URL): Promise<SignedIn | SignInTrouble>;
}

/** A time that someone is signed in. */
export interface Session {
  id: string;
  name: string;
  /** What they signed in with, such as the name of a browser. */
  label: string;
  /** ms since 1970. */
  createdAt: number;
  usedAt: number;
}

/** The people of a team. */
export interface People {
  /** True when people sign in here, with a name and a password unless `browser` is set. */
  readonly signsIn: boolean;
  /** Set when they do it at the page of an issuer instead. */
  readonly browser?: BrowserSignIn;
  /** Whose token it is; undefined = nobody's, or good no more. */
  check(token: string): Promise<Member | undefined>;
  /** Whether who was let in once may still be here, in the same role. */
  isGood(member: Member): boolean;
  /** @throws {Refusal} when name or password is wrong. */
  signIn(name: string, password: string, label: string): Promise<SignedIn>;
  /** Gives new tokens for a refresh token; one that was used before ends its session. @throws {Refusal} */
  refresh(token: string): Promise<SignedIn>;
  /** All sessions, newest first. */
  sessions(): Session[];
  /** Ends a session and what is open in it. @returns false when there is none. */
  end(session: string): boolean;
  /** Ends the session of a refresh token. @returns false when there is none. */
  signOut(refresh: string): boolean;
  /** Looks whether another process changed who may come in. */
  look(): void;
  /** Someone may do less than before: what is open of theirs is to be closed. */
  readonly onDidChange: Listen<void>;
  dispose(): void;
}

/** A token that was given to one agent; the token itself is kept nowhere. */
export interface NamedToken {
  /** The agent's name. */
  name: string;
  /** ms since 1970. */
  createdAt: number;
}

/** What an agent that asks for work gets: a task, or why there is none. `continue_current` names the one it has. */
export type ClaimAnswer =
  | { assignment: Assignment; reason?: undefined }
  | { reason: 'continue_current' | 'at_capacity' | 'paused' | 'no_tasks_available'; assignment?: Assignment };

/** Work for agents without a socket. */
export interface Claims {
  /** Waits up to `waitMs` for work, unless `gone` says that the asker hung up. */
  claim(agentId: string, waitMs: number, leaseMs?: number, gone?: AbortSignal): Promise<ClaimAnswer>;
}

/** What the runner should run. */
export interface RunnerAgents {
  list(): WantedAgent[];
  readonly onDidChange: Listen<void>;
}

/** Whether our runner is connected. */
export interface RunnerLink {
  readonly connected: boolean;
  readonly onDidChange: Listen<boolean>;
}
