import type { Log } from '../base/log';
import type { Address } from '../protocol/address';
import type { RunnerAgent } from '../protocol/agent';
import type { ControlReports } from './controlReports';

/** An agent that the runner keeps as the tower wants it. */
export interface Managed {
  readonly agent: RunnerAgent;
  /** True when this agent can become `agent` without ending what it does. */
  fits(agent: RunnerAgent): boolean;
  /** Takes over what changed, and starts what should run. */
  update(agent: RunnerAgent): void;
  /** Resolves when nothing of it runs any more. */
  stop(): Promise<void>;
}

/** What a managed agent needs of the runner. */
export interface ManagedContext {
  /** Where the tower is, with the token of any agent. @throws {HumanError} while there is none. */
  address(): Address;
  /** The same with the runner's own token, which no process it starts may see. @throws {HumanError} while there is none. */
  dial(): Address;
  reports: ControlReports;
  /** From SIGTERM to SIGKILL, ms. */
  graceMs: number;
  log: Log;
}
