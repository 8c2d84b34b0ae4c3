import type { DriverName } from '../../domain/agent';
import type { Driver } from '../driver';
import { runProcess } from './process';

/** Every driver, by the name that settings give it. */
export const drivers: Readonly<Partial<Record<DriverName, Driver>>> = {
  process: runProcess,
};
