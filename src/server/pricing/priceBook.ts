import { errorText } from '../base/errors';
import type { Log } from '../base/log';
import type { Cost } from '../domain/cost';
import type { Pricing } from '../domain/ports';
import { priceUsage, type FindPrice, type Spender, type Tariff } from '../domain/prices';
import type { Usage } from '../domain/task';

/** Prices usage: by what the user says, and by a public list that is loaded when it is needed for the first time. */
export class PriceBook implements Pricing {
  private list: FindPrice | undefined;
  private loading: Promise<void> | undefined;

  constructor(
    private tariff: Tariff,
    private readonly load: () => Promise<FindPrice>,
    private readonly log: Log,
  ) {}

  /** Takes changed settings; what was priced stays as it is. */
  configure(tariff: Tariff): void {
    this.tariff = tariff;
  }

  async prepare(usage: Usage, by: Spender): Promise<void> {
    let isAsked = false;
    priceUsage(usage, by, this.tariff, () => {
      isAsked = true;
      return undefined;
    });
    if (isAsked && !this.list) await (this.loading ??= this.open());
  }

  cost(usage: Usage, by: Spender, at: number): Cost {
    return priceUsage(usage, by, this.tariff, (model) => this.list?.(model, at));
  }

  private async open(): Promise<void> {
    try {
      this.list = await this.load();
    } catch (error) {
      this.list = () => undefined;
      this.log.warn(`The price list cannot be loaded, so costs that it would tell stay unknown: ${errorText(error)}`);
    }
  }
}
