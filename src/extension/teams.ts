import { createHash } from 'node:crypto';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import * as vscode from 'vscode';
import { errorCode } from '../server/base/errors';
import { KeptSession, TeamSession, type Vault } from '../server/follower/teamSession';

const JOINED = 'team.url';
const PREFIX = 'tasktower.team.';
/** A lock that is older was left behind by a window that ended, ms. */
const STALE_MS = 30_000;
const PAUSE = 50;

/** The team towers of this editor: which one the window has joined, and who is signed in where. */
export class Teams implements vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<void>();
  /** The window is to go over to another tower, or to the same one anew. */
  readonly onDidChange = this.changed.event;

  constructor(private readonly context: vscode.ExtensionContext) {}

  /** The address of the team tower that the windows of this workspace have joined. */
  get url(): string | undefined {
    return this.context.workspaceState.get<string>(JOINED);
  }

  /** Keeps a session, and goes over to its tower. */
  async join(url: string, session: KeptSession): Promise<void> {
    await this.vault(url).write(session);
    await this.context.workspaceState.update(JOINED, url);
    this.changed.fire();
  }

  /** Goes back to the tower of the folder; the session is kept. */
  async leave(): Promise<void> {
    await this.context.workspaceState.update(JOINED, undefined);
    this.changed.fire();
  }

  /** True when someone is signed in there. */
  async isSignedIn(url: string): Promise<boolean> {
    return (await this.vault(url).read()) !== undefined;
  }

  session(url: string): TeamSession {
    return new TeamSession(url, this.vault(url));
  }

  /** Where what is fetched from a tower is kept, absolute. */
  cache(url: string): string {
    return join(this.context.globalStorageUri.fsPath, 'teams', nameOf(url));
  }

  private vault(url: string): Vault {
    const { secrets } = this.context;
    const key = PREFIX + url;
    return {
      read: async () => KeptSession.safeParse(JSON.parse((await secrets.get(key)) ?? 'null')).data,
      write: async (session) => (session ? secrets.store(key, JSON.stringify(session)) : secrets.delete(key)),
      exclusive: (work) => exclusively(`${this.cache(url)}.lock`, work),
    };
  }

  dispose(): void {
    this.changed.dispose();
  }
}

function nameOf(url: string): string {
  return createHash('sha256').update(url).digest('hex').slice(0, 16);
}

/** Runs work while no other window does; whoever has made the folder has the turn. */
async function exclusively<T>(lock: string, work: () => Promise<T>): Promise<T> {
  await mkdir(join(lock, '..'), { recursive: true, mode: 0o700 });
  for (;;) {
    try {
      await mkdir(lock);
      break;
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
      const made = await stat(lock).catch(() => undefined);
      if (made && Date.now() - made.mtimeMs > STALE_MS) await rm(lock, { recursive: true, force: true });
      else await wait(PAUSE);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
