import type { Usage } from '../../domain/task';
import { UsageUpdate, type TurnUsage } from './schema';

/** Tokens, each of them known or not. */
export type Tokens = Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedTokens' | 'model'>;

/** Tokens and money of one attempt, from all the places where agents tell them. */
export class UsageCount {
  private costUsd: number | undefined;
  private turns: Tokens | undefined;
  private chunks: Tokens | undefined;

  /** Takes a `usage_update`: its cost is that of the whole session so far. @returns false when it says nothing that is kept. */
  takeUpdate(update: unknown): boolean {
    const cost = UsageUpdate.safeParse(update).data?.cost;
    if (cost?.currency.toUpperCase() !== 'USD') return false;
    this.costUsd = cost.amount;
    return true;
  }

  /** Adds what a turn has used. */
  addTurn(usage: TurnUsage): void {
    this.turns = sum(this.turns, tokensOf(usage));
  }

  /** Adds what one call of the model has used; counts where turns say nothing. */
  addChunk(usage: TurnUsage): void {
    this.chunks = sum(this.chunks, tokensOf(usage));
  }

  get hasTokens(): boolean {
    return this.turns !== undefined || this.chunks !== undefined;
  }

  /** All that is known; `elsewhere` counts where the agent itself says nothing of tokens. */
  total(elsewhere?: Tokens): Usage | undefined {
    const usage = { ...(this.turns ?? this.chunks ?? elsewhere), ...(this.costUsd === undefined ? {} : { costUsd: this.costUsd }) };
    return Object.keys(usage).length > 0 ? usage : undefined;
  }
}

/**
 * Input with what came from a cache and went into it, output with what was thought. Agents count both inside those or beside them;
 * the total, which is the sum of all, tells which.
 */
function tokensOf(usage: TurnUsage): Tokens | undefined {
  const { totalTokens, inputTokens, outputTokens, thoughtTokens = 0, cachedReadTokens: read, cachedWriteTokens: write = 0 } = usage;
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const cached = (read ?? 0) + write;
  const beside = totalTokens === undefined ? 0 : totalTokens - (inputTokens ?? 0) - (outputTokens ?? 0);
  const thought = beside >= thoughtTokens && beside !== cached ? thoughtTokens : 0;
  return {
    ...(inputTokens === undefined ? {} : { inputTokens: inputTokens + (beside > thought ? cached : 0) }),
    ...(outputTokens === undefined ? {} : { outputTokens: outputTokens + thought }),
    ...(read === undefined ? {} : { cachedTokens: read }),
  };
}

function sum(known: Tokens | undefined, more: Tokens | undefined): Tokens | undefined {
  if (!known || !more) return known ?? more;
  const total: Tokens = { ...known };
  for (const name of ['inputTokens', 'outputTokens', 'cachedTokens'] as const) {
    const added = more[name];
    if (added !== undefined) total[name] = (known[name] ?? 0) + added;
  }
  return total;
}
