import type { KeptSession, Vault } from '../../src/server/follower/teamSession';

/** The secrets of an editor, which all its windows share. */
export function memoryVault(session: KeptSession): Vault & { session: KeptSession | undefined } {
  let turn: Promise<unknown> = Promise.resolve();
  const vault = {
    session: session as KeptSession | undefined,
    read: async () => vault.session,
    write: async (next: KeptSession | undefined) => void (vault.session = next),
    exclusive: <T>(work: () => Promise<T>): Promise<T> => {
      const mine = turn.then(work);
      turn = mine.catch(() => undefined);
      return mine;
    },
  };
  return vault;
}
