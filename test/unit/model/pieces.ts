import type { Outcome, Priority, Status } from '../../../src/server/domain/task';

/** What the reference knows of an agent, an attempt and a task. Times are ms. */
export interface RefAgent {
  id: string;
  capacity: number;
  skills: string[];
  presence?: 'online' | 'pull' | undefined;
  declines: number;
  limits: number;
  /** Passed over after a decline, and held back by a limit, until these times, ms. */
  passedOver: number;
  limited: number;
}

export interface RefAttempt {
  agent: string;
  leaseMs?: number | undefined;
  startedAt: number;
  waitedMs: number;
  /** Monotonic ms at which its holder was last heard of. */
  heard: number;
  accepted?: boolean;
  askedAt?: number | undefined;
  cancelAt?: number;
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
  proof: 'none' | 'signoff' | 'patch';
  maxTries: number;
  timeMs?: number | undefined;
  tries: number;
  status: Status;
  startNow: boolean;
  notBefore: number;
  attempts: RefAttempt[];
  archived: boolean;
}

/** An agent that has done nothing yet. */
export function newAgent(id: string, capacity = 1, skills: string[] = []): RefAgent {
  return { id, capacity, skills, declines: 0, limits: 0, passedOver: 0, limited: 0 };
}
