/**
 * What tokens cost. Prices change, so the table of the user goes before ours, and a model that neither has is unknown, not free.
 * A server of one's own costs nothing by the token.
 */
import type { TokenPrices } from '@tinsmith/core';

/**
 * US dollars per million tokens, as the service published them on 7 October 2026
 * (tinker-docs.thinkingmachines.ai/tinker/models/models_and_pricing); only rows that could be read there word for word.
 */
const PUBLISHED: Readonly<Record<string, TokenPrices>> = {
  'Qwen/Qwen3-8B': { prefill: 0.195, sample: 0.6, train: 0.44 },
};

const HOSTED_HOST = /(^|\.)thinkingmachines\.(dev|ai)$/;
const FREE: TokenPrices = { prefill: 0, sample: 0, train: 0 };

export interface PriceSources {
  readonly baseUrl: string;
  readonly prices: Readonly<Record<string, TokenPrices>>;
}

/** Undefined for a model of the hosted service whose price is not known. */
export function priceOf(baseModel: string, { baseUrl, prices }: PriceSources): TokenPrices | undefined {
  if (Object.hasOwn(prices, baseModel)) return prices[baseModel];
  if (!HOSTED_HOST.test(new URL(baseUrl).hostname)) return FREE;
  return Object.hasOwn(PUBLISHED, baseModel) ? PUBLISHED[baseModel] : undefined;
}
