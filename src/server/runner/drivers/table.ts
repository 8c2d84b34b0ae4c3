import type { DriverName } from '../../domain/agent';
import type { Driver } from '../driver';
import { runAcp } from './acp';
import { runMcp } from './mcp';
import { runProcess } from './process';

/** Every driver, by the name that settings give it. */
export const drivers: Readonly<Partial<Record<DriverName, Driver>>> = {
  process: runProcess,
  acp: runAcp,
  mcp: runMcp,
};
