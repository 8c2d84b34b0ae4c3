import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Locator } from 'playwright-core';
import { until } from './until';

const FOLDER = resolve('test', 'fixtures', 'aria');

/** What differs from run to run, and the word in its place. */
const PASSING: readonly [RegExp, string][] = [
  [/\b\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?: [AP]M)?\b/g, 'TIME'],
  [/<?\d+(?:\.\d+)? ?(?:ms|[dhms])\b(?: \d+[hms]\b)*(?: ago)?|\bnow\b/g, 'AGE'],
  [/\b[0-9A-HJKMNP-TV-Z]{26}\b/g, 'ID'],
  // Icons of a font.
  [/ ?[\uE000-\uF8FF]/g, ''],
];

/** An aria snapshot without times, spans, ids and icons. */
export function lasting(snapshot: string): string {
  return `${PASSING.reduce((text, [pattern, word]) => text.replace(pattern, word), snapshot).trim()}\n`;
}

/** Holds what a screen reader reads to `test/fixtures/aria/NAME.yml`; with `UPDATE_ARIA=1` the file is written anew. */
export async function holdAria(root: Locator, name: string): Promise<void> {
  // What is around it is the editor's own, and reads otherwise in another version.
  if (process.env.TASKTOWER_EDITOR === 'oldest') return;
  const path = join(FOLDER, `${name}.yml`);
  if (process.env.UPDATE_ARIA === '1') {
    mkdirSync(FOLDER, { recursive: true });
    return writeFileSync(path, lasting(await root.ariaSnapshot()));
  }
  const held = readFileSync(path, 'utf8').replaceAll('\r\n', '\n');
  let read = '';
  const isHeld = async (): Promise<boolean> => (read = lasting(await root.ariaSnapshot())) === held;
  // A page may still be at its last rows.
  await until(`${name} to read as it did`, isHeld, 5_000).catch(() => assert.equal(read, held, `${name}: UPDATE_ARIA=1 when it is meant`));
}
