/** A tree that an attempt works in. */
export interface TreeInUse {
  readonly tree: string;
  /** The git folder of its repository. */
  readonly commonDir: string;
  /** The number of its task. */
  readonly number: number;
  /** What was changed in it, when it was last looked at; paths in the repository. */
  files: readonly string[];
}

const inUse = new Set<TreeInUse>();

export function takeTree(tree: TreeInUse): void {
  inUse.add(tree);
}

export function leaveTree(tree: TreeInUse): void {
  inUse.delete(tree);
}

export function isInUse(path: string): boolean {
  return [...inUse].some(({ tree }) => tree === path);
}

/** The trees of one repository that are worked in by this process. */
export function treesOf(commonDir: string): TreeInUse[] {
  return [...inUse].filter((tree) => tree.commonDir === commonDir);
}
