import { parseArgs } from 'node:util';
import { errorText, HumanError } from '../base/errors';
import { Role } from '../domain/task';
import { readPassword } from './readPassword';
import { SessionBook } from './sessionBook';
import { UserBook } from './userBook';

const USAGE = 'tasktower user add|password|role|remove|list|sessions|sign-out [NAME] [--role admin|operator|viewer] --storage DIR';

/** Keeps the users of a tower, which may be running: `node dist/team/user.js add anna --role operator --storage DIR`. */
async function main(): Promise<void> {
  const { values, positionals } = read();
  const [verb, name, more] = positionals;
  const storage = values.storage ?? process.env.TASKTOWER_STORAGE;
  if (verb === undefined || more !== undefined) throw new HumanError(USAGE);
  if (storage === undefined) throw new HumanError('Say where the tower keeps its data: --storage DIR, or TASKTOWER_STORAGE.');
  const users = new UserBook(storage);
  // Sessions are ended by deleting them, which takes no secret.
  const sessions = (): SessionBook => new SessionBook(storage, Buffer.alloc(32), Date.now);
  const password = (): Promise<string> => readPassword(process.stdin, process.stderr);
  switch (verb) {
    case 'add':
      await users.add(named(name), roleOf(values.role ?? 'operator'), await password(), Date.now());
      return say(`${users.find(named(name))?.name} may sign in as ${values.role ?? 'operator'}.`);
    case 'password':
      await users.setPassword(known(users, name), await password(), Date.now());
      return say(`${name} has a new password, and was signed out.`);
    case 'role':
      if (values.role === undefined) throw new HumanError('Say which: --role admin, operator or viewer.');
      users.setRole(known(users, name), roleOf(values.role));
      return say(`${name} is ${values.role} now.`);
    case 'remove':
      users.remove(named(name));
      return say(`${name} may no longer sign in.`);
    case 'list':
      return say(
        users.all.map((user) => `${user.name.padEnd(24)} ${user.role}`).join('\n') ||
          'No users yet. Add one: tasktower user add NAME --role admin',
      );
    case 'sessions': {
      const shown = sessions().all.filter((session) => name === undefined || session.name === name);
      return say(shown.map((session) => line(session)).join('\n') || 'Nobody is signed in.');
    }
    case 'sign-out': {
      const book = sessions();
      const ended = book.all.filter((session) => session.name === known(users, name)).filter(({ id }) => book.end(id));
      return say(`${ended.length} sessions of ${name} were ended.`);
    }
    default:
      throw new HumanError(USAGE);
  }
}

function read() {
  try {
    return parseArgs({ options: { storage: { type: 'string' }, role: { type: 'string' } }, allowPositionals: true });
  } catch (error) {
    throw new HumanError(errorText(error).split(/\. To specify/)[0] ?? USAGE);
  }
}

function named(name: string | undefined): string {
  if (name !== undefined) return name;
  throw new HumanError(`Say whose name. ${USAGE}`);
}

function known(users: UserBook, name: string | undefined): string {
  const user = users.find(named(name));
  if (user) return user.name;
  throw new HumanError(`There is no user ${name}. See "tasktower user list".`);
}

function roleOf(text: string): Role {
  const role = Role.safeParse(text);
  if (role.success) return role.data;
  throw new HumanError(`A role is admin, operator or viewer, not "${text}".`);
}

function line({ name, label, createdAt, usedAt }: { name: string; label: string; createdAt: number; usedAt: number }): string {
  return `${name.padEnd(24)} ${label.padEnd(32)} since ${new Date(createdAt).toISOString()}, last used ${new Date(usedAt).toISOString()}`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

main().catch((error: unknown) => {
  process.stderr.write(`tasktower: ${errorText(error)}\n`);
  process.exitCode = 1;
});
