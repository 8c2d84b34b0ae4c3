import { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { errorCode, HumanError } from '../base/errors';
import { Role } from '../domain/task';
import { COST, hashPassword, LONGEST, SHORTEST, type Cost } from './password';

const NAME = /^[\p{L}\p{N}][\p{L}\p{N}._@-]{0,63}$/u;
const User = z.object({
  name: z.string().regex(NAME),
  role: Role,
  /** What `hashPassword` made of it. */
  password: z.string(),
  createdAt: z.int(),
  /** Sessions that began before are over: the password was changed then. ms since 1970. */
  since: z.int(),
});
export type User = z.infer<typeof User>;
const Stored = z.object({ users: z.array(User) });

/** The users of a tower, in `users/users.json` of its storage folder (mode 0600). Any process may change the file; whoever runs the tower notices. */
export class UserBook {
  private readonly path: string;
  private seen = '';
  private users: User[] = [];

  /** @param storage the storage folder, absolute. @param cost what a new password takes to hash. */
  constructor(
    storage: string,
    private readonly cost: Cost = COST,
  ) {
    this.path = join(usersFolder(storage), 'users.json');
    this.look();
  }

  /** By name, in alphabetical order. */
  get all(): readonly User[] {
    return this.users;
  }

  /** The user of that name, however it is written. */
  find(name: string): User | undefined {
    return this.users.find((user) => isSame(user.name, name));
  }

  /** @param now ms since 1970. @throws {HumanError} when the name is taken or none, or the password too short. */
  async add(name: string, role: Role, password: string, now: number): Promise<void> {
    this.look();
    const clean = name.normalize('NFC');
    if (!NAME.test(clean)) throw new HumanError('A name has 1 to 64 letters, digits, ".", "_", "@" or "-".');
    if (this.find(clean))
      throw new HumanError(`There is a user ${clean} already. "tasktower user password ${clean}" gives a new password.`);
    const user = { name: clean, role, password: await this.hashed(password), createdAt: now, since: now };
    this.save([...this.users, user]);
  }

  /** Gives a user another password; whoever is signed in with the old one is signed out. @throws {HumanError} */
  async setPassword(name: string, password: string, now: number): Promise<void> {
    const changed = { password: await this.hashed(password), since: now };
    this.change(name, changed);
  }

  /** @throws {HumanError} when there is no such user. */
  setRole(name: string, role: Role): void {
    this.change(name, { role });
  }

  /** Takes a user away and signs them out. @throws {HumanError} when there is no such user. */
  remove(name: string): void {
    this.look();
    const { name: known } = this.known(name);
    this.save(this.users.filter((user) => user.name !== known));
  }

  /** Reads the file again if it was changed. @returns true when it was. */
  look(): boolean {
    const found = statSync(this.path, { throwIfNoEntry: false });
    const mark = found ? `${found.ino} ${found.mtimeMs} ${found.size}` : '';
    if (mark === this.seen) return false;
    this.seen = mark;
    this.users = readUsers(this.path);
    return true;
  }

  private change(name: string, change: Partial<User>): void {
    this.look();
    const { name: known } = this.known(name);
    this.save(this.users.map((user) => (user.name === known ? { ...user, ...change } : user)));
  }

  private hashed(password: string): Promise<string> {
    if (password.length < SHORTEST) throw new HumanError(`A password has at least ${SHORTEST} characters.`);
    if (password.length > LONGEST) throw new HumanError(`A password has at most ${LONGEST} characters.`);
    return hashPassword(password, this.cost);
  }

  private known(name: string): User {
    const user = this.find(name);
    if (user) return user;
    throw new HumanError(`There is no user ${name}. See "tasktower user list".`);
  }

  private save(users: User[]): void {
    const sorted = users.sort((a, b) => a.name.localeCompare(b.name));
    const temporary = `${this.path}.${process.pid}`;
    mkdirSync(join(this.path, '..'), { recursive: true, mode: 0o700 });
    writeFileSync(temporary, JSON.stringify({ users: sorted }, null, 2), { mode: 0o600 });
    renameSync(temporary, this.path);
    this.look();
  }
}

/** Where what concerns users lies. */
export function usersFolder(storage: string): string {
  return join(storage, 'users');
}

function isSame(a: string, b: string): boolean {
  return a.normalize('NFC').toLowerCase() === b.normalize('NFC').toLowerCase();
}

/** @throws {HumanError} when there is a file that cannot be understood: nobody comes in by mistake, and nobody is lost. */
function readUsers(path: string): User[] {
  try {
    return Stored.parse(JSON.parse(readFileSync(path, 'utf8'))).users;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return [];
    throw new HumanError(`${path} cannot be read. Put it right, or move it away and add the users again.`, { cause: error });
  }
}
