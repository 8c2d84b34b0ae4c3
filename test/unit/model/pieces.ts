import type { AgentRun } from '../../../src/server/domain/agent';
import type { Verdict } from '../../../src/server/domain/evidence';
import type { Outcome, Priority, Status } from '../../../src/server/domain/task';

/** What the reference knows of an agent, an attempt and a task. Times are ms, money is US cents. */
export interface RefAgent {
  id: string;
  run: AgentRun;
  managed: boolean;
  capacity: number;
  skills: string[];
  account?: string | undefined;
  wanted: 'started' | 'stopped';
  starts: number;
  presence?: 'online' | 'pull' | undefined;
  /** What the history was told of its presence, and the tower it came to. */
  there: boolean;
  tower?: string | undefined;
  declines: number;
  limits: number;
  /** Passed over after a decline, and held back by a limit, until these times, ms. */
  passedOver: number;
  limited: number;
  /** Failures in a row that say something of it, and crashes of its process in a row. */
  failures: number;
  crashes: number;
  broken: boolean;
  inError: boolean;
  dismissed: boolean;
  restartAt?: number | undefined;
}

/** A picture or a patch that was handed in. */
export interface RefPiece {
  id: string;
  name: string;
  compared?: 'new' | 'equal' | 'changed' | 'unreadable';
  verdict: Verdict;
  note?: string | undefined;
  baseline?: 'owed' | 'kept' | 'undo' | undefined;
}

export interface RefAttempt {
  agent: string;
  /** How often a person had asked for another try before. */
  round: number;
  leaseMs?: number | undefined;
  startedAt: number;
  waitedMs: number;
  /** Monotonic ms at which its holder was last heard of. */
  heard: number;
  accepted?: boolean;
  askedAt?: number | undefined;
  cancelAt?: number;
  /** The result is in, and a picture is not compared yet. */
  checking?: boolean;
  evidence: RefPiece[];
  cents?: number | undefined;
  session?: string;
  commit?: string;
  created: number;
  /** A person had put its task first. */
  putFirst: boolean;
  outcome?: Outcome;
  lost?: boolean;
  late?: boolean;
}

export interface RefTask {
  id: string;
  number: number;
  priority: Priority;
  rank: number;
  agent?: string | undefined;
  skill?: string | undefined;
  after: string[];
  proof: 'none' | 'signoff' | 'patch' | 'screenshot';
  maxTries: number;
  timeMs?: number | undefined;
  maxCents?: number | undefined;
  /** How many steps of agents that create tasks led here. */
  depth: number;
  round: number;
  tries: number;
  status: Status;
  startNow: boolean;
  notBefore: number;
  attempts: RefAttempt[];
  dismissed: boolean;
  archived: boolean;
}

/** An agent that has done nothing yet. */
export function newAgent(id: string, capacity = 1, skills: string[] = []): RefAgent {
  return {
    ...{ id, capacity, skills, run: 'external', managed: false, wanted: 'stopped', starts: 0, there: false },
    ...{ declines: 0, limits: 0, passedOver: 0, limited: 0, failures: 0, crashes: 0, broken: false, inError: false, dismissed: false },
  };
}

export const isPicture = ({ name }: RefPiece): boolean => name !== 'patch';

/** Whether the tower has something to do with it: compare it, or let the baseline follow its verdict. */
export function owesProof(piece: RefPiece): boolean {
  return (isPicture(piece) && piece.compared === undefined) || piece.baseline === 'owed' || piece.baseline === 'undo';
}
