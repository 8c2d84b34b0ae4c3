import type { ProcessRef } from '../domain/command';
import type { AgentReport, FinalReport } from '../domain/report';
import type { AssignParams, RunnerAgent } from '../protocol/agent';
import { runProcess } from './drivers/process';

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
  processes: ProcessLedger;
}

/** Where the process groups that were started are noted, so that none outlives its runner. */
export interface ProcessLedger {
  started(agentId: string, process: ProcessRef): void;
  ended(agentId: string, process: ProcessRef): void;
}

/** How a kind of agent is run: starts the work of one attempt. */
export type Driver = (context: WorkContext) => Work;

export const drivers: Readonly<Record<RunnerAgent['driver'], Driver>> = {
  process: runProcess,
};
