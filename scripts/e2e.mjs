import { join } from 'node:path';
import { node24, root, run } from './node24.mjs';

/** Packages the extension and drives it as a user would. */
run('npm', ['run', '--silent', 'package']);
run(node24, ['scripts/mocha.mjs', 'e2e', ...process.argv.slice(3)], {
  cwd: root,
  env: { ...process.env, TASKTOWER_VSIX: join(root, 'dist', 'tasktower.vsix') },
});
