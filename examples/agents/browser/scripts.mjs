import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const MOST_SCRIPTS = 50;
const MOST_BYTES = 256 * 1024;
/** Folders that are looked into: a home folder opened by mistake must not keep anybody waiting. */
const MOST_FOLDERS = 1000;

/**
 * The `.js` files of a folder, the nearest first. Passes over links, hidden folders, `node_modules` and minified files.
 * @returns {Promise<{ scripts: { file: string, text: string }[], left: number }>} `left`: how many were too large or too many.
 */
export async function scriptsIn(root) {
  const folders = [root];
  const scripts = [];
  let left = 0;
  for (let at = 0; at < folders.length && at < MOST_FOLDERS; at++) {
    // A folder that cannot be read has no scripts for us.
    const entries = await readdir(folders[at], { withFileTypes: true }).catch(() => []);
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const file = join(folders[at], entry.name);
      if (entry.isDirectory() && !entry.name.startsWith('.') && entry.name !== 'node_modules') folders.push(file);
      if (!entry.isFile() || !/(?<!\.min)\.js$/i.test(entry.name)) continue;
      const text = scripts.length < MOST_SCRIPTS ? await textOf(file) : undefined;
      if (text === undefined) left++;
      else scripts.push({ file, text });
    }
  }
  return { scripts, left };
}

async function textOf(file) {
  try {
    return (await stat(file)).size <= MOST_BYTES ? await readFile(file, 'utf8') : undefined;
  } catch {
    return undefined;
  }
}
