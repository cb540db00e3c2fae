/**
 * Counts the tokens of a run and says when it must stop. What it counts is an estimate, not the bill: prompts that the service
 * has in its cache count in full, samples that were given up do not count. Knows nothing of requests and files.
 */
import { TinsmithError, type TokenPrices } from '@tinsmith/core';

export const kinds = ['prefill', 'sample', 'train'] as const;
export type TokenKind = (typeof kinds)[number];
/** Tokens. */
export type Usage = Readonly<Record<TokenKind, number>>;

export interface Limits {
  readonly maxTokens: number | undefined;
  /** US dollars. */
  readonly maxCost: number | undefined;
  readonly priceOf: (baseModel: string) => TokenPrices | undefined;
}

export interface Spent {
  readonly tokens: number;
  /** US dollars. */
  readonly cost: number;
}

/** What outlives an attempt at a run. */
export interface BudgetState {
  /** By base model. */
  readonly models: Readonly<Record<string, Usage>>;
  /** The dearest step so far: what the next one may need. */
  readonly step: Spent;
}

const NOTHING: Spent = { tokens: 0, cost: 0 };

export class Budget {
  readonly #limits: Limits;
  readonly #usage = new Map<string, Record<TokenKind, number>>();
  #atLastStep: Spent = NOTHING;
  #step: Spent = NOTHING;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get state(): BudgetState {
    return { models: Object.fromEntries(this.#usage), step: this.#step };
  }

  /**
   * Called when a client for the model is made, before anything is spent.
   * @throws PRICE_UNKNOWN if a cost is limited that cannot be known
   */
  admit(baseModel: string): void {
    if (this.#limits.maxCost === undefined || this.#limits.priceOf(baseModel)) return;
    throw new TinsmithError({
      code: 'PRICE_UNKNOWN',
      plugin: '@tinsmith/engine-tinker',
      message: `maxCost is set, and the price of ${baseModel} is not known`,
      at: 'plugins["@tinsmith/engine-tinker"].with.prices',
      fix: `prices: { '${baseModel}': { prefill: 0.1, sample: 0.3, train: 0.3 } } with the numbers of your account, in US dollars per million tokens`,
    });
  }

  count(baseModel: string, kind: TokenKind, tokens: number): void {
    const used = this.#usage.get(baseModel) ?? { prefill: 0, sample: 0, train: 0 };
    used[kind] += tokens;
    this.#usage.set(baseModel, used);
  }

  /** Adds what earlier attempts of the run have used. */
  restore({ models, step }: BudgetState): void {
    for (const [baseModel, used] of Object.entries(models))
      for (const kind of kinds) this.count(baseModel, kind, used[kind]);
    this.#step = step;
    this.#atLastStep = this.#spent();
  }

  stepEnded(): void {
    const now = this.#spent();
    this.#step = {
      tokens: Math.max(this.#step.tokens, now.tokens - this.#atLastStep.tokens),
      cost: Math.max(this.#step.cost, now.cost - this.#atLastStep.cost),
    };
    this.#atLastStep = now;
  }

  /** Why no further step must be taken: it would, if it is like the dearest so far, go beyond a limit. */
  stopReason(): string | undefined {
    const { maxTokens, maxCost } = this.#limits;
    const { tokens, cost } = this.#spent();
    if (maxTokens !== undefined && tokens + this.#step.tokens > maxTokens)
      return `${count(tokens)} of ${count(maxTokens)} tokens (maxTokens) are used${this.#needs(count(this.#step.tokens))}`;
    if (maxCost !== undefined && cost + this.#step.cost > maxCost)
      return `${dollars(cost)} of ${dollars(maxCost)} (maxCost) are spent${this.#needs(dollars(this.#step.cost))}`;
    return undefined;
  }

  #needs(step: string): string {
    return this.#step.tokens > 0 ? `, and a step takes ${step}` : '';
  }

  /** One line for people; undefined if nothing was used. */
  summary(): string | undefined {
    if (this.#usage.size === 0) return undefined;
    const all = [...this.#usage.values()];
    const of = (kind: TokenKind) => count(all.reduce((sum, used) => sum + used[kind], 0));
    const cost = this.#spent().cost;
    const unknown = [...this.#usage.keys()].filter(model => !this.#limits.priceOf(model));
    const about = cost > 0 ? `, about ${dollars(cost)} by the price table` : '';
    const missing = unknown.length > 0 ? `; no price known for ${unknown.join(', ')}` : '';
    return `${of('prefill')} tokens read, ${of('sample')} sampled, ${of('train')} trained on${about}${missing}`;
  }

  #spent(): Spent {
    let tokens = 0;
    let cost = 0;
    for (const [baseModel, used] of this.#usage) {
      const price = this.#limits.priceOf(baseModel);
      for (const kind of kinds) {
        tokens += used[kind];
        cost += ((price?.[kind] ?? 0) * used[kind]) / 1e6;
      }
    }
    return { tokens, cost };
  }
}

const count = (tokens: number) => tokens.toLocaleString('en-US');
/** Three significant digits below a dollar, cents above. */
const dollars = (cost: number) => `$${cost >= 1 ? cost.toFixed(2) : Number(cost.toPrecision(3))}`;
