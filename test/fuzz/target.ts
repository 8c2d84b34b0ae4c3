import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Mutator } from './mutator';

/** A part of Tasktower that reads what others wrote, and must not break on any of it. */
export interface Target {
  readonly name: string;
  /** What mutations begin with. */
  readonly seeds: readonly Buffer[];
  mutate(mutator: Mutator, seed: Buffer, other: Buffer): Buffer;
  /** Reads an input. @throws {Error} when the part does anything but read it or refuse it as it should. */
  read(input: Buffer): void | Promise<void>;
  close?(): void;
}

/** The files of `test/fuzz/corpus/<name>`, small and real ones and those that broke something once, in the order of their names. */
export function corpus(name: string): Buffer[] {
  const folder = resolve('test', 'fuzz', 'corpus', name);
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}

/** The files of a folder of `test/fixtures`. */
export function fixtures(...path: string[]): Buffer[] {
  const folder = resolve('test', 'fixtures', ...path);
  return readdirSync(folder)
    .sort()
    .map((file) => readFileSync(join(folder, file)));
}
