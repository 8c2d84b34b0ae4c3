import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** A real git repository in a folder of a test. */
export class GitRepository {
  constructor(readonly folder: string) {
    mkdirSync(folder, { recursive: true });
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('config', 'user.name', 'Test');
    this.git('config', 'user.email', 'test@example.com');
  }

  /** One that has a commit. */
  static with(folder: string, files: Record<string, string>): GitRepository {
    const repository = new GitRepository(folder);
    repository.commit(files);
    return repository;
  }

  git(...args: string[]): string {
    return execFileSync('git', ['-C', this.folder, ...args], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }).trim();
  }

  write(files: Record<string, string>): void {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.folder, name)), { recursive: true });
      writeFileSync(join(this.folder, name), text);
    }
  }

  /** @returns the commit. */
  commit(files: Record<string, string>): string {
    this.write(files);
    this.git('add', '--all');
    this.git('commit', '--quiet', '--allow-empty', '-m', 'change');
    return this.git('rev-parse', 'HEAD');
  }

  read(name: string): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  get branches(): string[] {
    return this.git('branch', '--format=%(refname:short)').split('\n').filter(Boolean);
  }

  /** The folders of its working trees, the main one left out. */
  get trees(): string[] {
    return this.git('worktree', 'list', '--porcelain')
      .split('\n')
      .flatMap((line) => /^worktree (.+)$/.exec(line)?.[1] ?? [])
      .slice(1);
  }
}
