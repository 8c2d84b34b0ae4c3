import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { ensurePackages, root, run } from './node24.mjs';

/** Packs the extension and installs it into your own editor: `npm run install:editor [-- <command>]`, such as `-- codium`. */
const KNOWN = ['code', 'code-insiders', 'codium', 'cursor', 'windsurf', 'code-server'];
const [asked, ...flags] = process.argv.slice(2).filter((flag) => flag !== '--packed');
const editor = asked ?? KNOWN.find(isThere);
if (editor === undefined || !isThere(editor)) {
  const what = asked === undefined ? `None of ${KNOWN.join(', ')} is on the PATH.` : `"${asked}" is not on the PATH.`;
  console.error(`${what} Name your editor's command: npm run install:editor -- <command>. Or install dist/tasktower.vsix by hand.`);
  process.exit(1);
}
if (!process.argv.includes('--packed')) {
  ensurePackages();
  run('npm', ['run', '--silent', 'package']);
}
// On Windows these commands are scripts, which only a shell starts; nothing here comes from elsewhere.
run(editor, ['--install-extension', join(root, 'dist', 'tasktower.vsix'), '--force', ...flags], { shell: process.platform === 'win32' });
console.log(`Tasktower is in ${editor}. Reload its windows.`);

function isThere(name) {
  const endings = process.platform === 'win32' ? ['.cmd', '.exe'] : [''];
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && endings.some((ending) => isProgram(join(folder, name + ending))));
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
