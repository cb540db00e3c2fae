/** SmolLM2-135M, whose weights `npm run fetch:smollm2` fetches. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelInput } from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LocalEngine, type LocalSamplingClient } from '../src/engine.js';
import { describeModel, openWeights } from '../src/weights/model-source.js';
import { readReference } from './support.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const weights = join(root, 'models', 'smollm2-135m', 'SmolLM2-135M-Instruct.Q4_1.gguf');
const isAbsent = !existsSync(weights);
if (isAbsent) console.warn('SmolLM2-135M: not run: weights absent (npm run fetch:smollm2)');

interface Reference {
  readonly weights_check: Readonly<Record<string, readonly number[]>>;
  readonly prompts: readonly {
    readonly text: string;
    readonly token_ids: number[];
    readonly next_token_logprobs: number[];
    readonly greedy_24: { readonly token_ids: number[]; readonly text: string; readonly logprobs: number[] };
  }[];
}
const { weights_check, prompts } = readReference(
  join(root, 'fixtures', 'models', 'smollm2-135m'),
) as unknown as Reference;

describe.skipIf(isAbsent)(`SmolLM2-135M in GGUF${isAbsent ? ' (not run: weights absent)' : ''}`, () => {
  let engine: LocalEngine;
  let client: LocalSamplingClient;
  beforeAll(async () => {
    engine = new LocalEngine({ threads: 1 });
    client = await engine.createSamplingClient({ baseModel: weights });
  }, 120_000);
  afterAll(() => engine.close());

  test('dequantised weights are those of the reference, in the order of Hugging Face', () => {
    const open = openWeights(weights, describeModel(weights).config);
    for (const [place, expected] of Object.entries(weights_check)) {
      const [, name, row, count] = /^(.+)\[(\d+)\]\[:(\d+)\]$/.exec(place)!;
      const { shape, data } = open.read(name!);
      const from = Number(row) * shape[1]!;
      expect([...data.subarray(from, from + Number(count))]).toEqual(expected);
    }
    open.close();
  });

  test.each(prompts.map(({ text }, index) => [text.slice(0, 24), index] as const))(
    '%j: log-probabilities and greedy text are those of the reference',
    async (_, index) => {
      const { token_ids: tokens, next_token_logprobs: expected, greedy_24: greedy } = prompts[index]!;
      const scored = await client.computeLogprobs(modelInput(tokens));
      expected.forEach((logprob, i) => expect(Math.abs(scored[i + 1]! - logprob)).toBeLessThan(1e-3));
      const { sequences } = await client.sample({
        prompt: modelInput(tokens),
        numSamples: 1,
        samplingParams: { temperature: 0, maxTokens: 24, stop: [] },
      });
      const [sequence] = sequences;
      expect(sequence!.tokens).toEqual(greedy.token_ids);
      greedy.logprobs.forEach((logprob, i) =>
        expect(Math.abs(sequence!.logprobs[i]! - logprob)).toBeLessThan(1e-3),
      );
      expect((await engine.getTokenizer(weights)).decode(sequence!.tokens)).toBe(greedy.text);
    },
  );

  test('its end token is the end of a turn', () => {
    expect(describeModel(weights).endTokens).toEqual([2]);
  });
});
