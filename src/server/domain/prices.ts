import * as z from 'zod';
import { FREE, UNKNOWN_COST, usd, type Cost } from './cost';
import type { Usage } from './task';

const PerMillion = z.number().nonnegative().max(1_000_000);

/** A model's prices, US dollars per million tokens. */
export const Price = z.strictObject({
  input: PerMillion.describe('US dollars per million input tokens.'),
  cachedInput: PerMillion.optional().describe(
    'US dollars per million input tokens that came from a cache. Without it, as any other input.',
  ),
  output: PerMillion.describe('US dollars per million output tokens.'),
});
export type Price = z.infer<typeof Price>;

/** What the user says of prices: by name or pattern (`*`, `?`) of a model, and which models or `agent:`s cost nothing. */
export interface Tariff {
  prices: Readonly<Record<string, Price>>;
  freeModels: readonly string[];
}

/** Nothing said of prices. */
export const NO_TARIFF: Tariff = { prices: {}, freeModels: [] };

/** The prices of a model at a time (ms) as a public list has them; undefined when it does not know the model. */
export type FindPrice = (model: string, at: number) => Partial<Price> | undefined;

/** Who used the tokens. */
export interface Spender {
  id: string;
  name: string;
}

/** What a usage costs: as its agent says, else tokens times a price, else unknown. */
export function priceUsage(usage: Usage, by: Spender, tariff: Tariff, find: (model: string) => Partial<Price> | undefined): Cost {
  // An agent that says "$0" of a local model says no more than the user; one that says a price stands for it.
  if (usage.costUsd) return { usd: usage.costUsd, basis: 'reported' };
  if (isFree(usage.model, by, tariff)) return FREE;
  if (usage.costUsd !== undefined) return { usd: 0, basis: 'reported' };
  const { model, inputTokens, outputTokens } = usage;
  if (model === undefined || inputTokens === undefined || outputTokens === undefined) return UNKNOWN_COST;
  const price = tariff.prices[bestPattern(Object.keys(tariff.prices), namesOf(model)) ?? ''] ?? find(model);
  const sum = price && priceTokens({ inputTokens, outputTokens, cachedTokens: usage.cachedTokens ?? 0 }, price);
  return sum === undefined ? UNKNOWN_COST : { usd: usd(sum), basis: 'estimated' };
}

/** True when the user marked the model, or the agent, as free. */
export function isFree(model: string | undefined, { id, name }: Spender, { freeModels }: Pick<Tariff, 'freeModels'>): boolean {
  const names = [`agent:${name}`, `agent:${id}`, ...(model === undefined ? [] : namesOf(model))];
  return freeModels.some((pattern) => names.some((one) => matches(pattern, one)));
}

interface Tokens {
  inputTokens: number;
  outputTokens: number;
  cachedTokens: number;
}

/** Dollars for tokens; cached ones are a part of the input and priced once, as cached. Undefined when a price is missing for some of them. */
function priceTokens({ inputTokens, outputTokens, cachedTokens }: Tokens, price: Partial<Price>): number | undefined {
  // More from the cache than there was input: whoever counts so counts the two side by side.
  const fresh = cachedTokens > inputTokens ? inputTokens : inputTokens - cachedTokens;
  const parts: [tokens: number, price: number | undefined][] = [
    [fresh, price.input],
    [cachedTokens, price.cachedInput ?? price.input],
    [outputTokens, price.output],
  ];
  let sum = 0;
  for (const [tokens, perMillion] of parts) {
    if (tokens > 0 && perMillion === undefined) return undefined;
    sum += (tokens * (perMillion ?? 0)) / 1_000_000;
  }
  return sum;
}

/** A model's name, and without the provider before it: `moonshotai/kimi-k2.5`, `kimi-k2.5`. */
function namesOf(model: string): string[] {
  const own = model.slice(model.lastIndexOf('/') + 1);
  return own === model ? [model] : [model, own];
}

/** The pattern that says most of the name: the longest, and a plain name before any pattern. */
function bestPattern(patterns: readonly string[], names: readonly string[]): string | undefined {
  const weight = (pattern: string): number => (/[*?]/.test(pattern) ? pattern.length : Infinity);
  return patterns
    .filter((pattern) => names.some((name) => matches(pattern, name)))
    .reduce<string | undefined>((best, pattern) => (best === undefined || weight(pattern) > weight(best) ? pattern : best), undefined);
}

/** Whether `*` and `?` in a pattern stand for what is in a name; case does not count. */
function matches(pattern: string, name: string): boolean {
  const source = pattern
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*+/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 'iu').test(name);
}
