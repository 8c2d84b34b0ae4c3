import * as z from 'zod';

const RelativePath = z.string().min(1).max(500).refine(isInside, 'must be a path inside the repository, like .env or config/local');

/** A git working tree of its own for each task of an agent. */
export const WorktreeConfig = z.strictObject({
  base: z
    .string()
    .max(200)
    .regex(/^[^-\s\u0000-\u001f\u007f][^\s\u0000-\u001f\u007f]*$/, 'is not the name of a branch or commit')
    .optional()
    .describe('The branch or commit that a tree starts from; without it, what the folder is at.'),
  fetch: z
    .boolean()
    .default(false)
    .describe(
      "Run git fetch first, and start from the branch's upstream when that is ahead. Without a network, the tree starts from what is there.",
    ),
  copy: z
    .array(RelativePath)
    .max(100)
    .default([])
    .describe(
      'Files and folders that a new tree gets from the main folder, such as .env; paths in the repository, no patterns. Left out of the patch.',
    ),
  setup: z
    .array(z.string().max(8192))
    .min(1)
    .max(100)
    .optional()
    .describe(
      'Run in the top folder of a new tree to make it ready, such as ["npm", "ci"]: the program and its arguments, one each; no shell.',
    ),
  keep: z
    .enum(['dirty', 'always'])
    .default('dirty')
    .describe(
      'dirty: after an attempt, a tree without changes is removed, unless it has commits that are on no other branch. always: trees stay.',
    ),
  folder: z
    .string()
    .min(1)
    .max(4096)
    .optional()
    .describe('Where the trees are, outside of the repository; without it, beside the repository in <its name>.tasktower.'),
});
export type WorktreeConfig = z.infer<typeof WorktreeConfig>;

/** True for a relative path that stays inside of its root and out of git's own folder, on any system. */
function isInside(path: string): boolean {
  if (/^[\\/]|^[a-z]:|\0/i.test(path)) return false;
  const parts = path.split(/[\\/]/).filter((part) => part !== '' && part !== '.');
  return parts.length > 0 && parts.every((part) => part !== '..' && part.toLowerCase() !== '.git');
}
