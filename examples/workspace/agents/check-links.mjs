// A process agent that looks whether every local link and picture of the pages leads somewhere. Exit code 1 means failed,
// and what it printed to standard error says why: mend the page, then retry the task.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const prompt = process.argv[2] ?? '';
const all = readdirSync('.').filter((name) => name.endsWith('.html'));
const named = all.filter((name) => prompt.includes(name));
const pages = named.length > 0 ? named : all;
const broken = [];

for (const [index, page] of pages.entries()) {
  const html = readFileSync(page, 'utf8');
  const targets = new Set([...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, target]) => target));
  for (const target of targets) {
    if (/^[a-z]+:/i.test(target)) continue;
    const [file, anchor] = target.split('#');
    if (file ? !existsSync(file) : !html.includes(`id="${anchor}"`)) broken.push(`${page}: ${target} is missing`);
  }
  console.log(`${page}: ${targets.size} links and pictures looked at`);
  console.log(JSON.stringify({ progress: (index + 1) / pages.length, step: page }));
}
if (broken.length > 0) {
  console.error(broken.join('\n'));
  process.exit(1);
}
console.log('Every link leads somewhere.');
