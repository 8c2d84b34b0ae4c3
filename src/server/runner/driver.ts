import type { ProcessRef } from '../domain/command';
import type { AgentReport, FinalReport } from '../domain/report';
import type { EvidenceHead } from '../domain/evidence';
import type { Question } from '../domain/task';
import type { AssignParams, InputResult, RunnerAgent } from '../protocol/agent';

/** One attempt in the hands of a driver. */
export interface Work {
  /** Ends the work; `as` is then its final report. The first call counts. */
  end(as: FinalReport): void;
  /** What a person says to the running attempt; drivers without it do not listen. */
  message?(text: string): void;
  /** Produce no reports for a while: the tower does not keep up. */
  pause(): void;
  resume(): void;
}

export interface WorkContext {
  agent: RunnerAgent;
  assignment: AssignParams;
  /** How long the work may take to end when asked to, ms. */
  graceMs: number;
  /** Takes reports in order; exactly one of them, the last, is final. */
  report: (report: AgentReport) => void;
  /** Asks a person; resolves with the answer, however long that takes. Rejects when the attempt ends first. */
  ask: (question: Question) => Promise<InputResult>;
  /** Hands in evidence; wait for it before the final report. @throws {HumanError} when the tower does not take it. */
  handIn: (head: EvidenceHead, body: EvidenceBody) => Promise<void>;
  processes: ProcessLedger;
}

/** The bytes of a piece of evidence: a file, or what is at hand. */
export type EvidenceBody = { mime: string } & ({ path: string } | { bytes: Uint8Array });

/** Where the process groups that were started are noted, so that none outlives its runner. */
export interface ProcessLedger {
  started(agentId: string, process: ProcessRef): void;
  ended(agentId: string, process: ProcessRef): void;
}

/** How a kind of agent is run: starts the work of one attempt. */
export type Driver = (context: WorkContext) => Work;
