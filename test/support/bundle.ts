import type { buildSync } from 'esbuild';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** Bundles a script of the repository, so that a test can run it in a process of its own. @returns the path of the bundle. */
export function bundleScript(entry: string, folder: string): string {
  // esbuild cannot be part of a bundle, which every test file is.
  const esbuild = createRequire(resolve('package.json'))('esbuild') as { buildSync: typeof buildSync };
  const outfile = join(folder, 'script.cjs');
  esbuild.buildSync({ entryPoints: [resolve(entry)], outfile, bundle: true, platform: 'node', format: 'cjs', target: 'node22', logLevel: 'error' });
  return outfile;
}
