import { hash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { openFrozen, openPolicy, withAdapter } from '../../test/policies.js';
import { stories260K, tinyStories, tokensOf } from '../../test/support.js';
import type { Policy } from '../worker/policy.js';
import { Decoder } from './decoder.js';
import { prefillSome } from './prefill.js';
import { PromptCache } from './prompt-cache.js';

interface Row {
  readonly promptLength: number;
  readonly mostTokens: number;
  readonly tokens: readonly number[];
  readonly logits: Float32Array[];
}

const rowOf = (prompt: readonly number[], seed: number): Row => ({
  promptLength: prompt.length,
  mostTokens: 64,
  tokens: tokensOf(seed, 70),
  logits: [],
});

/** Digests: a difference of so many numbers would take long to print. */
const digestsOf = ({ logits }: Row) => logits.map(({ buffer }) => hash('sha256', Buffer.from(buffer)));

async function fill(policy: Policy, prompt: readonly number[]) {
  const tokens = Int32Array.from(prompt);
  return (await prefillSome(policy, [tokens], new PromptCache(0))).get(0)!.keyValues;
}

async function steps(decoder: Decoder<Row>, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    const predicted = await decoder.step(row => row.tokens[row.logits.length]!);
    for (const row of decoder.rows) row.logits.push(predicted(row).logits.slice());
  }
}

describe.each([
  ['matrices as inputs', (threads: number) => openPolicy(stories260K, threads)],
  ['frozen matrices', (threads: number) => openFrozen(stories260K, 'float32', threads)],
  [
    'frozen matrices and an adapter',
    (threads: number) => withAdapter(openFrozen(stories260K, 'float32', threads)),
  ],
  ['another shape of heads', (threads: number) => openFrozen(tinyStories, 'float32', threads)],
  ['eight bits', (threads: number) => openFrozen(stories260K, 'int8', threads)],
] as const)('with %s', (_, open) => {
  test.each([1, 2])('a row has the same bits alone and in any company, %i threads', async threads => {
    const policy = open(threads);
    const prompt = tokensOf(1, 9);
    const keyValues = await fill(policy, prompt);
    const alone = rowOf(prompt, 5);
    const decoder = new Decoder<Row>(policy);
    decoder.add(alone, 'a', keyValues);
    await steps(decoder, 10);

    const crowd = new Decoder<Row>(policy);
    const among = rowOf(prompt, 5);
    const long = tokensOf(3, 70);
    const [others, longValues] = [await fill(policy, tokensOf(2, 5)), await fill(policy, long)];
    for (let i = 0; i < 3; i++) crowd.add(rowOf(tokensOf(2, 5), 10 + i), 'b', others);
    await steps(crowd, 2);
    crowd.add(among, 'a', keyValues);
    await steps(crowd, 1);
    for (let i = 0; i < 20; i++) crowd.add(rowOf(prompt, 20 + i), 'a', keyValues);
    crowd.add(rowOf(long, 4), 'c', longValues); // more room per prompt
    await steps(crowd, 2);
    crowd.remove(({ tokens }) => tokens[0] === tokensOf(10, 1)[0]);
    crowd.add(rowOf(long, 6), 'd', longValues);
    crowd.add(rowOf(long, 7), 'e', longValues);
    await steps(crowd, 1);
    crowd.remove(row => row.promptLength === 5 || (row.promptLength === 9 && row !== among));
    await steps(crowd, 3);
    crowd.remove(row => row !== among);
    await steps(crowd, 3);
    expect(among.logits.length).toBe(10);
    expect(digestsOf(among)).toEqual(digestsOf(alone));
  });
});

test('the bytes of a decoder count each prompt once, and rows as long as they may get', () => {
  const policy = openPolicy(stories260K);
  const decoder = new Decoder<Row>(policy);
  const { layers, keyValueHeads, headSize, vocabularySize } = policy.config;
  expect(vocabularySize).toBe(512);
  const perPosition = 2 * 4 * layers * keyValueHeads * headSize;
  const row = rowOf(tokensOf(1, 40), 1);
  expect(decoder.bytesAtMost(row, 'a')).toBe((64 + 48) * perPosition);
  expect(decoder.bytesAtMost()).toBe(0);
});
