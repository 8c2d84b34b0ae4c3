// Made by `npm run generate` from src/server/domain/drivers.ts.
import type { DriverName } from '../../domain/drivers';
import type { Driver } from '../driver';
import { lazyDriver } from '../lazyDriver';

const readsMessages = true;

/** Every driver, by the name that settings give it. */
export const drivers: Readonly<Record<DriverName, Driver>> = {
  process: lazyDriver(async () => (await import('./process')).runProcess),
  acp: lazyDriver(async () => (await import('./acp')).runAcp, { readsMessages }),
  openai: lazyDriver(async () => (await import('./openai')).runOpenai, { readsMessages }),
  kimiApi: lazyDriver(async () => (await import('./kimiApi')).runKimiApi),
  toolhost: lazyDriver(async () => (await import('./toolhost')).runToolhost),
  mcp: lazyDriver(async () => (await import('./mcp')).runMcp),
  http: lazyDriver(async () => (await import('./http')).runHttp),
  folderCheck: lazyDriver(async () => (await import('./folderCheck')).runFolderCheck),
};
