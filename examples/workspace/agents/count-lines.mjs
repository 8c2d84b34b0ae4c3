// A process agent: the prompt comes as an argument, what it prints is its log and its result, exit code 0 means done.
// Nothing here knows of Tasktower, so any program of yours can be an agent. A line such as {"progress":0.5} moves the bar.
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const folder = /\bin (.+)$/m.exec(process.argv[2] ?? '')?.[1].trim() ?? '.';
const lines = new Map();
// Between files, so that you can watch or cancel it.
const pace = Number(process.env.TASKTOWER_EXAMPLE_PACE_MS ?? 0);

try {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const [index, { name, parentPath }] of files.entries()) {
    const type = extname(name).slice(1) || '(none)';
    const count = readFileSync(join(parentPath, name)).filter((byte) => byte === 10).length;
    lines.set(type, (lines.get(type) ?? 0) + count);
    await wait(pace);
    console.log(JSON.stringify({ progress: (index + 1) / files.length, step: name }));
  }
} catch (error) {
  console.error(`${folder} cannot be counted (${error.code ?? error.message}). Name a folder: "Count the lines in images".`);
  process.exit(1);
}
const rows = [...lines].sort(([, a], [, b]) => b - a);
for (const [type, count] of rows) console.log(`${type} ${count}`);
console.log(`total ${rows.reduce((sum, [, count]) => sum + count, 0)}`);
