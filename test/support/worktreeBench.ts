import { join } from 'node:path';
import { WorktreeConfig } from '../../src/server/domain/worktree';
import type { RunnerAgent } from '../../src/server/protocol/agent';
import { prepareWorktree, type PrepareOptions, type Worktree } from '../../src/server/runner/worktree/prepare';
import { removeWorktree } from '../../src/server/runner/worktree/remove';
import { leaveTree } from '../../src/server/runner/worktree/treesInUse';
import { nodeAgent } from './fakeTower';
import { GitRepository } from './gitRepository';
import { tempFolder } from './tempFolder';

export type WorktreeInput = Parameters<typeof WorktreeConfig.parse>[0];

export interface Wanted {
  folder?: string;
  id?: string;
  number?: number;
  title?: string;
  config?: WorktreeInput;
  signal?: AbortSignal;
  env?: NodeJS.ProcessEnv;
  setUp?: PrepareOptions['setUp'];
}

/** A repository with one commit, and the working trees that are prepared from it. */
export class WorktreeBench {
  readonly folder = tempFolder();
  repository = GitRepository.with(join(this.folder, 'app'), { 'src/a.ts': 'one\n', '.gitignore': '.env\n' });
  readonly log: string[] = [];
  private readonly taken: Worktree[] = [];

  async prepare(wanted: Wanted = {}): Promise<Worktree> {
    const tree = await prepareWorktree({
      folder: wanted.folder ?? this.repository.folder,
      task: { id: wanted.id ?? 'T12', number: wanted.number ?? 12, title: wanted.title ?? 'Fix the login' },
      config: WorktreeConfig.parse(wanted.config ?? {}),
      env: wanted.env ?? process.env,
      signal: wanted.signal ?? new AbortController().signal,
      log: (level, text) => void this.log.push(`${level} ${text}`),
      setUp: wanted.setUp ?? (() => Promise.resolve()),
    });
    this.taken.push(tree);
    return tree;
  }

  /** An agent that runs a script of Node in a working tree of the repository. */
  agent(script: string, config: WorktreeInput = {}, change: Partial<RunnerAgent> = {}): RunnerAgent {
    return nodeAgent('Builder', this.repository.folder, script, { worktree: WorktreeConfig.parse(config), ...change });
  }

  remove(tree: Worktree, copied: string[] = []): Promise<string | undefined> {
    leaveTree(tree.use);
    return removeWorktree(tree, copied, process.env);
  }

  /** Call it after each test: which trees are in use is known to the whole process. */
  dispose(): void {
    for (const { use } of this.taken) leaveTree(use);
  }
}
