import type { build, Plugin } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

/** A change of a source file, for a test that must notice it. */
export interface Change {
  /** What is broken, for people. */
  what: string;
  /** Path in the repository. */
  file: string;
  from: string;
  to: string;
}

/** Bundles a script with one change in its sources. @throws when the text to change is not in its file exactly once. */
export async function bundleChanged(entry: string, outfile: string, { what, file, from, to }: Change): Promise<void> {
  const path = resolve(file);
  const source = readFileSync(path, 'utf8');
  if (source.split(from).length !== 2) throw new Error(`${file} must hold this once, to plant "${what}": ${from}`);
  const change: Plugin = {
    name: 'change',
    setup: (bundle) =>
      bundle.onLoad({ filter: /\.ts$/ }, (args) => (args.path === path ? { contents: source.replace(from, to), loader: 'ts' } : undefined)),
  };
  // esbuild cannot be part of a bundle, which every test file is.
  const esbuild = createRequire(resolve('package.json'))('esbuild') as { build: typeof build };
  await esbuild.build({
    entryPoints: [resolve(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node22',
    external: ['mocha', 'playwright-core', 'axe-core', 'esbuild', 'bufferutil', 'utf-8-validate'],
    logLevel: 'error',
    plugins: [change],
  });
}
