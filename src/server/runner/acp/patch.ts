import { isAbsolute, relative, sep } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { formatPatch, structuredPatch, type StructuredPatch } from 'diff';
import { errorText } from '../../base/errors';
import type { WorkContext } from '../driver';
import { FileDiff, type ToolCallPart } from './schema';

/** Text of all changes together that is kept, characters. */
const MAX_TEXT = 16 * 1024 * 1024;
/** What a change takes beside its text, characters. */
const OVERHEAD = 200;
/** How long lines are compared in all, ms, each change for half of what is left at most; one that takes longer is shown as a whole. */
const PATIENCE = 2_000;
/** A change gets this long in any case, ms: a small one takes no longer. */
const LEAST = 10;

interface Change {
  path: string;
  before: string | null;
  after: string;
}

/** The changes to files that an agent's tool calls told of. */
export class Changes {
  /** How many did not fit. */
  leftOut = 0;
  private readonly calls = new Map<string, Change[]>();
  private size = 0;

  /** Takes the diffs of a call; a later update that has some replaces them, one that failed takes them back. */
  take({ toolCallId, content = [], status }: Pick<ToolCallPart, 'toolCallId' | 'content' | 'status'>): void {
    if (status === 'failed') return this.drop(toolCallId);
    const diffs = content.flatMap((part) => FileDiff.safeParse(part).data ?? []);
    if (diffs.length === 0) return;
    const changes = diffs.map(({ path, oldText, newText }) => ({ path, before: oldText ?? null, after: newText }));
    const size = sizeOf(changes);
    if (this.size - sizeOf(this.calls.get(toolCallId)) + size > MAX_TEXT) return void this.leftOut++;
    this.size += size - sizeOf(this.calls.get(toolCallId));
    this.calls.set(toolCallId, changes);
  }

  /** The call was not made after all. */
  drop(toolCallId: string): void {
    this.size -= sizeOf(this.calls.get(toolCallId));
    this.calls.delete(toolCallId);
  }

  /** One git-style patch of them all, with paths relative to `cwd`; undefined when nothing was changed. */
  async patch(cwd: string): Promise<{ text: string; files: number } | undefined> {
    const byPath = new Map<string, Change[]>();
    for (const change of [...this.calls.values()].flat()) {
      const steps = byPath.get(change.path) ?? [];
      byPath.set(change.path, steps);
      const last = steps.at(-1);
      // A step that goes on from the one before is one change with it; else each is a piece of the file.
      if (last && last.after === change.before) last.after = change.after;
      else steps.push({ ...change });
    }
    const real = [...byPath].map(([path, steps]) => [path, steps.filter(({ before, after }) => before !== after)] as const);
    const changed = real.filter(([, steps]) => steps.length > 0);
    if (changed.length === 0) return undefined;
    const texts: string[] = [];
    let left = PATIENCE;
    for (const [path, steps] of changed) {
      for (const step of steps) {
        const since = performance.now();
        texts.push(patchOf(nameIn(cwd, path), step, Math.max(left / 2, LEAST)));
        left -= performance.now() - since;
        // Other agents work here too.
        await setImmediate();
      }
    }
    return { text: texts.join(''), files: changed.length };
  }
}

/** Hands in the patch of all changes, if there are any; `log` hears what went wrong. */
export async function handInPatch(
  changes: Changes,
  cwd: string,
  handIn: WorkContext['handIn'],
  log: (text: string) => void,
): Promise<void> {
  if (changes.leftOut > 0) log(`Left out of the patch, because it would be too large: ${changes.leftOut} changes.`);
  const patch = await changes.patch(cwd);
  if (!patch) return;
  const description = `What the agent says it changed, in ${patch.files === 1 ? 'one file' : `${patch.files} files`}.`;
  try {
    await handIn({ kind: 'patch', name: 'changes.patch', description }, { mime: 'text/x-diff', bytes: Buffer.from(patch.text) });
  } catch (error) {
    log(errorText(error));
  }
}

function patchOf(name: string, { before, after }: Change, timeout: number): string {
  const old = before ?? '';
  const compared = structuredPatch('', '', old, after, undefined, undefined, { context: 3, timeout });
  const hunks = compared?.hunks ?? wholeOf(old, after);
  return formatPatch({
    oldFileName: before === null ? '/dev/null' : `a/${name}`,
    newFileName: `b/${name}`,
    oldHeader: undefined,
    newHeader: undefined,
    hunks,
    isGit: true,
    ...(before === null ? { isCreate: true, newMode: '100644' } : {}),
  });
}

/** One hunk that takes out every old line and puts in every new one. */
function wholeOf(before: string, after: string): StructuredPatch['hunks'] {
  const [out, put] = [structuredPatch('', '', before, '').hunks[0], structuredPatch('', '', '', after).hunks[0]];
  if (!out || !put) return [out ?? put].filter((hunk) => hunk !== undefined);
  return [{ ...out, newStart: put.newStart, newLines: put.newLines, lines: [...out.lines, ...put.lines] }];
}

function nameIn(cwd: string, path: string): string {
  const inside = isAbsolute(path) ? relative(cwd, path) : path;
  const name = inside.startsWith('..') || isAbsolute(inside) ? path : inside;
  return name.split(sep).join('/').replace(/^\/+/, '');
}

function sizeOf(changes: readonly Change[] = []): number {
  return changes.reduce((sum, { path, before, after }) => sum + path.length + (before?.length ?? 0) + after.length + OVERHEAD, 0);
}
