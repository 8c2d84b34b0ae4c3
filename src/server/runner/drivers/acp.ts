import { AcpWork, type AcpTimes } from '../acp/work';
import type { Driver } from '../driver';

const TIMES: AcpTimes = { initialize: 30_000, session: 60_000, linger: 1_000 };

/** A driver with times of its own. */
export function acpDriver(times: Partial<AcpTimes> = {}): Driver {
  return (context) => new AcpWork(context, { ...TIMES, ...times });
}

/** Runs an agent of the Agent Client Protocol v1 on its standard streams: one process and one session an attempt. */
export const runAcp = acpDriver();
