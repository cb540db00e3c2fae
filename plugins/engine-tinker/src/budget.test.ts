import { expect, test } from 'vitest';
import { Budget, type Limits } from './budget.js';
import { priceOf } from './prices.js';

const PRICES = { prefill: 1, sample: 3, train: 2 };
const budget = (limits: Partial<Limits>) =>
  new Budget({ maxTokens: undefined, maxCost: undefined, priceOf: () => PRICES, ...limits });

function step(spent: Budget, tokens: number): void {
  spent.count('m', 'prefill', tokens / 2);
  spent.count('m', 'train', tokens / 2);
  spent.stepEnded();
}

test('a run stops before the step that would go beyond its tokens', () => {
  const spent = budget({ maxTokens: 1000 });
  step(spent, 300);
  step(spent, 350);
  expect(spent.stopReason()).toBeUndefined(); // 650 and one like the dearest are 1000
  step(spent, 100);
  expect(spent.stopReason()).toBe('750 of 1,000 tokens (maxTokens) are used, and a step takes 350');
});

test('a run stops before the step that would go beyond its cost', () => {
  const spent = budget({ maxCost: 2 });
  step(spent, 500_000); // 0.25 for reading, 0.5 for training
  expect(spent.stopReason()).toBeUndefined();
  step(spent, 500_000);
  expect(spent.stopReason()).toBe('$1.50 of $2.00 (maxCost) are spent, and a step takes $0.75');
});

test('without limits it only counts', () => {
  const spent = budget({});
  step(spent, 1e9);
  spent.count('m', 'sample', 1000);
  expect(spent.stopReason()).toBeUndefined();
  expect(spent.summary()).toBe(
    '500,000,000 tokens read, 1,000 sampled, 500,000,000 trained on, about $1500.00 by the price table',
  );
  expect(budget({}).summary()).toBeUndefined();
});

test('what earlier attempts used counts, and so does what a step took there', () => {
  const first = budget({ maxTokens: 1000 });
  step(first, 400);
  const second = budget({ maxTokens: 1000 });
  second.restore(JSON.parse(JSON.stringify(first.state)) as typeof first.state);
  expect(second.stopReason()).toBeUndefined();
  step(second, 400);
  expect(second.stopReason()).toContain('800 of 1,000');
});

test('a cost cannot be limited without a price, a number of tokens can', () => {
  const priceless = { priceOf: () => undefined };
  expect(() => budget({ ...priceless, maxCost: 1 }).admit('Org/new')).toThrow(
    expect.objectContaining({
      code: 'PRICE_UNKNOWN',
      fix: expect.stringContaining("'Org/new'") as string,
    }) as Error,
  );
  expect(() => budget({ ...priceless, maxTokens: 1 }).admit('Org/new')).not.toThrow();
  const spent = budget(priceless);
  spent.count('Org/new', 'train', 10);
  expect(spent.summary()).toBe('0 tokens read, 0 sampled, 10 trained on; no price known for Org/new');
});

test.each([
  [
    'of the hosted service',
    'https://tinker.thinkingmachines.dev/services/tinker-prod',
    'Qwen/Qwen3-8B',
    0.44,
  ],
  ['of the user goes first', 'https://tinker.thinkingmachines.dev/x', 'mine', 2],
  ['of a model that nobody priced is not known', 'https://tinker.thinkingmachines.dev/x', 'other', undefined],
  ['of a server of one’s own is nothing', 'http://127.0.0.1:8000', 'Qwen/Qwen3-8B', 0],
])('a price %s', (_, baseUrl, model, train) => {
  expect(priceOf(model, { baseUrl, prices: { mine: PRICES } })?.train).toBe(train);
});
