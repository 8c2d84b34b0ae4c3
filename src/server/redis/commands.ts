import { setTimeout as wait } from 'node:timers/promises';
import { errorText } from '../base/errors';
import { Refusal } from '../domain/refusal';
import type { Client, Connection } from './connection';

/** How long Redis may be away before commands are refused, ms: a restart or a failover is waited out. */
const PATIENCE = 5_000;
/** How long an answer may take, ms. */
const ANSWER = 4_000;
const PAUSE = 20;

/** Redis did not answer: whether it did what was asked is not known. */
export class Unanswered extends Error {
  override readonly name = 'Unanswered';
}

/** Asks Redis, and waits out a short outage. */
export class Commands {
  constructor(
    private readonly connection: Connection,
    private readonly place: string,
  ) {}

  /**
   * @throws {Unanswered} when the connection broke or no answer came in time.
   * @throws {Refusal} when Redis has been away for longer, or refuses.
   */
  async ask<T>(question: (client: Client) => Promise<T>): Promise<T> {
    for (;;) {
      const client = await this.ready();
      try {
        return await within(ANSWER, question(client));
      } catch (error) {
        if (!isReply(error)) {
          if (error instanceof Unanswered) this.connection.drop();
          throw new Unanswered(errorText(error));
        }
        const code = errorText(error).split(' ', 1)[0];
        if (code !== 'LOADING' && code !== 'READONLY' && code !== 'MASTERDOWN' && code !== 'TRYAGAIN')
          throw new Refusal('unavailable', `Redis refuses: ${errorText(error)}. Nothing was changed. See docs/team.md.`);
        // It starts, or is no master any more: the next connection is made where the master is.
        if (this.since() > PATIENCE) throw this.away();
        this.connection.drop();
        await wait(PAUSE);
      }
    }
  }

  private async ready(): Promise<Client> {
    for (;;) {
      const { client } = this.connection;
      if (client?.isReady) return client;
      if (this.connection.brokenFor > PATIENCE) throw this.away();
      await wait(PAUSE);
    }
  }

  private since(): number {
    return this.connection.brokenFor;
  }

  /** What people are told meanwhile. */
  private away(): Refusal {
    return new Refusal(
      'unavailable',
      `Redis does not answer at ${this.place}, so nothing can be changed. What is stored stays so. Try again when it is back.`,
    );
  }
}

/** An answer of Redis that says what is wrong, such as `READONLY …`. */
function isReply(error: unknown): boolean {
  return error instanceof Error && (error.constructor.name.endsWith('ErrorReply') || error.constructor.name === 'SimpleError');
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Unanswered('no answer came in time')), ms);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
