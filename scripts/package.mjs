import { mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { node24, root, run } from './node24.mjs';

/** Builds for production and packs `dist/tasktower.vsix`. */
run(node24, ['esbuild.mjs', '--production']);
mkdirSync(join(root, 'dist'), { recursive: true });
const out = join(root, 'dist', 'tasktower.vsix');
run(node24, ['node_modules/@vscode/vsce/vsce', 'package', '--no-dependencies', '--out', out], { stdio: ['ignore', 'ignore', 'inherit'] });
console.log(`${out} (${(statSync(out).size / 1e6).toFixed(2)} MB)`);
