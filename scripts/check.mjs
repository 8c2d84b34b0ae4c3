import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { node24, root, run } from './node24.mjs';

/** Types of each realm, lint, format, and that what is generated is fresh. */
const bin = (name) => join('node_modules', name);
for (const realm of ['src/server', 'src/extension', 'src/webviews', 'test']) {
  if (existsSync(join(root, realm, 'tsconfig.json'))) run(node24, [bin('typescript/bin/tsc'), '-p', realm]);
}
run(node24, [bin('eslint/bin/eslint.js'), 'src', 'test', '--max-warnings=0']);
run(node24, [
  bin('prettier/bin/prettier.cjs'),
  '--check',
  '--log-level=warn',
  '{src,test,scripts,examples}/**/*.{ts,tsx,mjs,css,html}',
  '*.{mjs,json}',
]);
run(node24, ['scripts/generate.mjs', '--check']);
