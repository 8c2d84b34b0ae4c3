import type { Disposable } from '../../base/disposables';
import { changedFiles } from './changes';
import { conflicts, ConflictWarnings } from './conflicts';
import { Git } from './git';
import type { Worktree } from './prepare';
import { treesOf } from './treesInUse';

/** How often the trees of one repository are compared, ms. */
const EVERY = 30_000;

/** Warns of files that another running task changes too. */
export class ConflictWatch implements Disposable {
  private readonly warnings: ConflictWarnings;
  private readonly git: Git;
  private readonly over = new AbortController();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly worktree: Worktree,
    private readonly copied: readonly string[],
    env: NodeJS.ProcessEnv,
    private readonly warn: (text: string) => void,
    private readonly everyMs = EVERY,
  ) {
    this.warnings = new ConflictWarnings(worktree.use.number);
    this.git = Git.ofTree(worktree.tree, worktree.gitDir, env, this.over.signal);
    this.plan();
  }

  /** Notes the files changed by now, and warns of those that others changed. */
  take(files: readonly string[]): void {
    const { use } = this.worktree;
    use.files = files;
    for (const line of this.warnings.of(conflicts(treesOf(use.commonDir)))) this.warn(line);
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.over.abort();
  }

  private plan(): void {
    this.timer = setTimeout(() => void this.look(), this.everyMs).unref();
  }

  private async look(): Promise<void> {
    const { use, base, gitDir } = this.worktree;
    if (treesOf(use.commonDir).length > 1) {
      // A tree in the midst of something is looked at next time.
      const files = await changedFiles(this.git, { base: base.commit, gitDir, copied: this.copied }).catch(() => undefined);
      if (files && !this.over.signal.aborted) this.take(files);
    }
    if (!this.over.signal.aborted) this.plan();
  }
}
