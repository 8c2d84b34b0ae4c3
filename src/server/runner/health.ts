import { errorText } from '../base/errors';
import { factsOf } from '../domain/drivers';
import type { RunnerAgent } from '../protocol/agent';

/** How long an answer may take, ms. */
const PATIENCE = 3_000;

/** The address that says whether what an agent works with is there; undefined = there is nothing to ask. */
export function healthOf({ health, driver, url, run }: Pick<RunnerAgent, 'health' | 'driver' | 'url' | 'run'>): string | undefined {
  if (health !== undefined) return health;
  if (url === undefined) return undefined;
  const base = url.replace(/\/+$/, '');
  const facts = factsOf(driver);
  if (facts.health !== undefined) return `${base}${facts.health}`;
  return run === 'service' && !facts.dialsIn ? base : undefined;
}

/** True when an agent's work hangs on a service that says how it is. */
export function isServed(agent: RunnerAgent): boolean {
  return healthOf(agent) !== undefined;
}

/**
 * Asks with the name and password that stand in the address, and says neither.
 * @returns undefined when it answers well, else what is wrong. Without a health address of its own, any answer shows life.
 * @throws {TypeError} when it is no address.
 */
export async function askHealth(address: string, isOwn: boolean): Promise<string | undefined> {
  const { username, password, origin, pathname, search } = new URL(address);
  const url = `${origin}${pathname}`;
  try {
    const login = Buffer.from(decodeURIComponent(`${username}:${password}`)).toString('base64');
    const headers: Record<string, string> = username || password ? { authorization: `Basic ${login}` } : {};
    const answer = await fetch(`${url}${search}`, { headers, signal: AbortSignal.timeout(PATIENCE), redirect: 'manual' });
    await answer.body?.cancel();
    return answer.ok || (!isOwn && answer.status < 500) ? undefined : `${url} answers with status ${answer.status}`;
  } catch (error) {
    const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
    return `${url} does not answer (${errorText(cause)})`;
  }
}
