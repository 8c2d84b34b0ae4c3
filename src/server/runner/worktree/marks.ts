import * as z from 'zod';
import type { Git } from './git';

/** What is known of the branch of a task; kept in the repository's own settings beside the branch, so it goes with it. */
const Mark = z.object({
  branch: z.string(),
  taskId: z.string().min(1).max(64),
  /** The commit it started from. */
  base: z.string().regex(/^[0-9a-f]{40,64}$/),
  /** The absolute path of its tree. */
  tree: z.string().min(1),
  /** Its files were copied and its setup command has succeeded. */
  isReady: z.boolean(),
});
export type Mark = z.infer<typeof Mark>;

const NAME = /^branch\.(tasktower\/[^\n]+)\.tasktower(task|base|tree|ready)$/;

/** Every branch of a task in the repository. */
export async function readMarks(git: Git): Promise<Mark[]> {
  const list = await git.line(['config', '--local', '--null', '--get-regexp', '^branch\\.tasktower/.*\\.tasktower(task|base|tree|ready)$']);
  const found = new Map<string, Record<string, string>>();
  for (const item of (list ?? '').split('\0')) {
    const end = item.indexOf('\n');
    const [, branch, key] = NAME.exec(item.slice(0, end)) ?? [];
    if (branch !== undefined && key !== undefined) found.set(branch, { ...found.get(branch), [key]: item.slice(end + 1) });
  }
  return [...found].flatMap(
    ([branch, { task, base, tree, ready }]) => Mark.safeParse({ branch, taskId: task, base, tree, isReady: ready === 'true' }).data ?? [],
  );
}

export async function writeMark(git: Git, { branch, taskId, base, tree }: Omit<Mark, 'isReady'>): Promise<void> {
  const set = (key: string, value: string): Promise<string> => git.text(['config', '--local', `branch.${branch}.tasktower${key}`, value]);
  await set('Base', base);
  await set('Tree', tree);
  // Last, as it makes the mark whole.
  await set('Task', taskId);
}

export async function markReady(git: Git, branch: string): Promise<void> {
  await git.text(['config', '--local', `branch.${branch}.tasktowerReady`, 'true']);
}
