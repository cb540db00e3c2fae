import { hash } from 'node:crypto';
import { beforeAll, expect, test } from 'vitest';
import { openFrozen, withAdapter } from '../../test/policies.js';
import { tinyStories, tokensOf } from '../../test/support.js';
import type { Policy } from '../worker/policy.js';
import { type Prefilled, prefillSome } from './prefill.js';
import { PromptCache } from './prompt-cache.js';

let policy: Policy;
beforeAll(() => {
  policy = openFrozen(tinyStories, 'float32', 2);
});

const prompt = (row: number, length: number) => Int32Array.from(tokensOf(row, length));
const room = 2 ** 26;

/** A digest: a difference of so many numbers would take long to print. */
const digestOf = ({ logits, keyValues: { keys, values } }: Prefilled) =>
  hash('sha256', Buffer.concat([logits, ...keys, ...values].map(({ buffer }) => Buffer.from(buffer))));

/** Passes until all prompts have been run. @returns them, and how many passes it took. */
async function prefillAll(prompts: readonly Int32Array[], cache: PromptCache, of = policy) {
  const results: Prefilled[] = [];
  let passes = 0;
  const waiting = [...prompts.keys()];
  while (waiting.length > 0) {
    const done = await prefillSome(
      of,
      waiting.map(index => prompts[index]!),
      cache,
    );
    passes++;
    for (const [place, result] of done) results[waiting[place]!] = result;
    for (const place of [...done.keys()].toSorted((a, b) => b - a)) waiting.splice(place, 1);
  }
  return { results, passes };
}

test('prompts run together have the bits of each alone', async () => {
  const prompts = [prompt(1, 40), prompt(2, 3), prompt(3, 1), prompt(4, 97), prompt(5, 32)];
  const { results, passes } = await prefillAll(prompts, new PromptCache(0));
  expect(passes).toBe(1);
  for (const [index, tokens] of prompts.entries())
    expect(digestOf((await prefillAll([tokens], new PromptCache(0))).results[0]!)).toEqual(
      digestOf(results[index]!),
    );
});

test('a prompt whose beginning is known has the bits of one run whole', async () => {
  const cache = new PromptCache(room);
  const whole = prompt(1, 150);
  for (const length of [100, 33, 150, 149, 64]) {
    const tokens = whole.slice(0, length);
    const [known, fresh] = [
      await prefillAll([tokens], cache),
      await prefillAll([tokens], new PromptCache(0)),
    ];
    expect(digestOf(known.results[0]!)).toEqual(digestOf(fresh.results[0]!));
  }
  expect(cache.known(policy, whole)).toBe(128);
});

test('prompts that begin alike are not run at once: the others find the beginning known', async () => {
  const cache = new PromptCache(room);
  const prompts = [1, 2, 3].map(row => Int32Array.of(...tokensOf(9, 64), ...tokensOf(row, 10)));
  const { results, passes } = await prefillAll(prompts, cache);
  expect(passes).toBe(3);
  const apart = await Promise.all(prompts.map(tokens => prefillAll([tokens], new PromptCache(0))));
  expect(results.map(digestOf)).toEqual(apart.map(one => digestOf(one.results[0]!)));
});

test('a policy finds nothing of what another has run', async () => {
  const cache = new PromptCache(room);
  const tokens = prompt(1, 80);
  const other = withAdapter(policy);
  const { results } = await prefillAll([tokens], cache);
  expect(cache.known(other, tokens)).toBe(0);
  const adapted = await prefillAll([tokens], cache, other);
  expect(digestOf(adapted.results[0]!)).not.toEqual(digestOf(results[0]!));
});
