import type { build, buildSync, BuildOptions, Plugin } from 'esbuild';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { extname, relative, resolve, sep } from 'node:path';

/** A text of a source file that is another one in the bundle. */
export interface Replacement {
  file: string;
  from: string;
  to: string;
}

/** Bundles a script of the repository as `outfile`, so that a test can run it in a process, thread or page of its own. */
export function bundleScript(entry: string, outfile: string, options: BuildOptions = {}): void {
  esbuild().buildSync({ ...settings(entry, outfile), ...options });
}

/** Bundles a script with its sources changed. @throws {Error} when a text to replace is not in its file exactly once, or was not bundled. */
export async function bundleChanged(entry: string, outfile: string, external: string[], changes: readonly Replacement[]): Promise<void> {
  const made = new Set<Replacement>();
  const plugin: Plugin = {
    name: 'changed',
    setup: (builds) =>
      builds.onLoad({ filter: /\.tsx?$/ }, ({ path }) => {
        const mine = changes.filter(({ file }) => file === relative(process.cwd(), path).split(sep).join('/'));
        if (mine.length === 0) return undefined;
        for (const change of mine) made.add(change);
        const contents = mine.reduce(changed, readFileSync(path, 'utf8'));
        return { contents, loader: extname(path) === '.tsx' ? ('tsx' as const) : ('ts' as const) };
      }),
  };
  await esbuild().build({ ...settings(entry, outfile), external, plugins: [plugin], logLevel: 'silent' });
  for (const change of changes) if (!made.has(change)) throw new Error(`${change.file} is no part of ${entry}.`);
}

function changed(text: string, { file, from, to }: Replacement): string {
  if (text.split(from).length !== 2) throw new Error(`${file} has this text ${text.split(from).length - 1} times, not once: ${from}`);
  return text.replace(from, () => to);
}

function settings(entry: string, outfile: string): BuildOptions {
  const node = { platform: 'node', format: 'cjs', target: 'node22' } as const;
  return { entryPoints: [resolve(entry)], outfile, bundle: true, ...node, logLevel: 'error' };
}

/** esbuild cannot be part of a bundle, which every test file is. */
function esbuild(): { buildSync: typeof buildSync; build: typeof build } {
  return createRequire(resolve('package.json'))('esbuild') as { buildSync: typeof buildSync; build: typeof build };
}
