import * as z from 'zod';
import { Budget } from '../server/domain/budget';
import { Price, type Tariff } from '../server/domain/prices';

const Usd = z.number().positive().max(1_000_000).optional().catch(undefined);
const ByName = z.record(z.string(), z.unknown()).catch({});

/** Budgets as the settings have them: 0, and what is no amount, is no limit. */
export function readBudget(settings: Record<keyof Budget, unknown>): Budget {
  const named = defined(Object.entries(ByName.parse(settings.perAgentDay)).map(([agent, limit]) => [agent, Usd.parse(limit)]));
  const perAgentDay = Usd.parse(settings.perAgentDay) ?? (Object.keys(named).length > 0 ? named : undefined);
  const perTask = Usd.parse(settings.perTask);
  const perDay = Usd.parse(settings.perDay);
  return Budget.parse(defined(Object.entries({ perTask, perAgentDay, perDay })));
}

function defined<T>(entries: readonly (readonly [string, T | undefined])[]): Record<string, T> {
  return Object.fromEntries(entries.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
}

/** Prices and free models as the settings have them; a price that cannot be read is left out, and `warn` told why. */
export function readTariff(settings: Record<keyof Tariff, unknown>, warn: (text: string) => void): Tariff {
  const prices = Object.entries(ByName.parse(settings.prices)).flatMap(([model, entry]): [string, Price][] => {
    const price = Price.safeParse(entry);
    if (price.success) return [[model, price.data]];
    const [issue] = price.error.issues;
    warn(`tasktower.cost.prices: "${model}" is left out: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
    return [];
  });
  const freeModels = z.array(z.string().catch('')).catch([]).parse(settings.freeModels);
  return { prices: Object.fromEntries(prices), freeModels: freeModels.filter(Boolean) };
}
