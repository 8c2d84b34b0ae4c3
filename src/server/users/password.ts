import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';

/** scrypt (RFC 7914) at the strength that OWASP's Password Storage Cheat Sheet names with 32 MiB. */
export const COST = { N: 2 ** 15, r: 8, p: 3 };
export type Cost = typeof COST;
const BYTES = 32;
const STORED = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]{10,100})\$([\w-]{20,200})$/;

/** The shortest password that is taken, characters. */
export const SHORTEST = 10;
/** Longer ones are refused, as hashing them costs. */
export const LONGEST = 200;

/** What is kept of a password: `scrypt$N$r$p$salt$hash`, the last two as base64url. */
export async function hashPassword(password: string, cost: Cost = COST): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, cost, BYTES);
  return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64url'), hash.toString('base64url')].join('$');
}

/** Whether a password is the one that was kept, in a time that does not tell how much of it is right. */
export async function isPassword(password: string, stored: string): Promise<boolean> {
  const match = STORED.exec(stored);
  if (!match || password.length > LONGEST) return false;
  const [N, r, p] = match.slice(1, 4).map(Number) as [number, number, number];
  const hash = Buffer.from(match[5] ?? '', 'base64url');
  const salt = Buffer.from(match[4] ?? '', 'base64url');
  return timingSafeEqual(await derive(password, salt, { N, r, p }, hash.length), hash);
}

function derive(password: string, salt: Buffer, cost: Cost, bytes: number): Promise<Buffer> {
  const options = { ...cost, maxmem: 160 * cost.N * cost.r };
  return new Promise((resolve, reject) => {
    // The same characters are typed in more than one way.
    scrypt(password.normalize('NFKC'), salt, bytes, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}
