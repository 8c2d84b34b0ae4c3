#!/usr/bin/env node
// The Browser agent: opens the pages a task names at two sizes and hands in pictures, accessibility and speed.
// Start it with `node agent.mjs` in a folder that is open in the editor; see README.md.
import { Connection } from './connection.mjs';
import { findTower } from './tower.mjs';
import { work } from './work.mjs';

const hello = { protocol: 1, name: process.env.TASKTOWER_AGENT ?? 'Browser', skills: ['browser'], capacity: 1 };
const say = (line) => console.error(`${new Date().toISOString()} ${line}`);

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(0));
await new Connection(hello, { findTower, work, say }).run();
