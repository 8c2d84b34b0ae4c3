import { FileKeys } from '../../src/server/gateway/keys';

/** Tokens of so many agents. Each has rate limits of its own, as agents have that work at the same time. */
export function agentTokens(storage: string, count: number): string[] {
  const keys = FileKeys.read(storage);
  if (!keys) throw new Error('There are no keys yet.');
  return Array.from({ length: count }, (_, n) => keys.issue(`Agent ${n}`, Date.now()));
}
