import { calcPrice, type ModelPrice } from '@pydantic/genai-prices';
import type { FindPrice, Price } from '../domain/prices';

/** Prices of models by name from the list that came with this version; nothing is fetched. An entry point of its own: it is loaded with its first use. */
export const findPrice: FindPrice = (model, at) => {
  for (const { name, providerId } of offersOf(model)) {
    const options = { timestamp: new Date(at), ...(providerId === undefined ? {} : { providerId }) };
    const found = calcPrice({}, name, options);
    if (found) return priceOf(found.model_price);
  }
  return undefined;
};

/** Whose prices a model's name may stand for: `kimi-k2.5` says it itself, `anthropic/claude-sonnet-4.5` names the provider, or is a name of OpenRouter. */
function offersOf(model: string): { name: string; providerId?: string }[] {
  // A tag as of Ollama, `kimi-k2.5:cloud`, is another seller's offer, or runs on one's own machine: the list has no price for it.
  if (model.includes(':')) return [];
  const [provider = '', ...rest] = model.split('/');
  if (rest.length === 0) return [{ name: model }];
  return [
    { name: rest.join('/'), providerId: provider },
    { name: model, providerId: 'openrouter' },
  ];
}

/** Steps for long prompts are left out: they go by one call of the model, and an attempt is the sum of many. */
function priceOf({ input_mtok: input, cache_read_mtok: cached, output_mtok: output }: ModelPrice): Partial<Price> {
  const named = { input: base(input), cachedInput: base(cached), output: base(output) };
  return Object.fromEntries(Object.entries(named).filter(([, price]) => price !== undefined));
}

function base(price: ModelPrice[string]): number | undefined {
  return typeof price === 'object' ? price.base : price;
}
