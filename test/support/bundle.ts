import type { buildSync } from 'esbuild';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** Bundles a script of the repository as `outfile`, so that a test can run it in a process or thread of its own. */
export function bundleScript(entry: string, outfile: string): void {
  // esbuild cannot be part of a bundle, which every test file is.
  const esbuild = createRequire(resolve('package.json'))('esbuild') as { buildSync: typeof buildSync };
  esbuild.buildSync({
    entryPoints: [resolve(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    logLevel: 'error',
  });
}
