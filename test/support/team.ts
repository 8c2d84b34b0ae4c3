import { mkdirSync } from 'node:fs';
import { nullLog } from '../../src/server/base/log';
import type { People } from '../../src/server/domain/ports';
import type { OpenDoor } from '../../src/server/gateway/reach';
import { LocalPeople } from '../../src/server/users/localPeople';
import { UserBook } from '../../src/server/users/userBook';
import { rest } from './towerClient';

/** Everyone's, which is no way to choose one. */
export const PASSWORD = 'correct horse battery';

/** Little, so that tests are quick. */
export const CHEAP = { N: 1024, r: 8, p: 1 };

/** A person of each role: vera, oskar and anna. */
export async function addTeam(storage: string): Promise<void> {
  mkdirSync(storage, { recursive: true });
  const users = new UserBook(storage, CHEAP);
  await users.add('vera', 'viewer', PASSWORD, Date.now());
  await users.add('oskar', 'operator', PASSWORD, Date.now());
  await users.add('anna', 'admin', PASSWORD, Date.now());
}

/** A door for the people of a storage folder, with no pages unless they are given. */
export function teamDoor(people: People, door: Partial<OpenDoor> = {}): OpenDoor {
  return { bind: '127.0.0.1', urls: [], guests: [], pages: { paths: new Set(), serve: () => undefined }, ...door, people };
}

/** Those who sign in to a storage folder. */
export function peopleOf(storage: string, now: () => number = Date.now): LocalPeople {
  return new LocalPeople({ storage, evidenceFor: new Set(['operator', 'admin']), log: nullLog, now });
}

export interface TestTokens {
  access: string;
  refresh: string;
}

/** Signs in over REST as an editor does. */
export async function signIn(url: string, name: string, password = PASSWORD): Promise<TestTokens> {
  const { status, body } = await rest(url, 'none', 'POST', '/api/session', { name, password });
  if (status !== 200) throw new Error(`${name} was not let in: ${status} ${String(body.detail)}`);
  return body as unknown as TestTokens;
}
