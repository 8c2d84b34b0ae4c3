import type { DriverName } from '../../domain/agent';
import type { Driver } from '../driver';
import { lazyDriver } from '../lazyDriver';
import { runProcess } from './process';

/** Every driver, by the name that settings give it. */
export const drivers: Readonly<Record<DriverName, Driver>> = {
  process: runProcess,
  acp: lazyDriver(async () => (await import('./acp')).runAcp, { readsMessages: true }),
  openai: lazyDriver(async () => (await import('./openai')).runOpenai, { readsMessages: true }),
  kimiApi: lazyDriver(async () => (await import('./kimiApi')).runKimiApi),
  toolhost: lazyDriver(async () => (await import('./toolhost')).runToolhost),
  mcp: lazyDriver(async () => (await import('./mcp')).runMcp),
  folderCheck: lazyDriver(async () => (await import('./folderCheck')).runFolderCheck),
};
