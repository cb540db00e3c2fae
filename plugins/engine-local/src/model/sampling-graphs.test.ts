import { describe, expect, test } from 'vitest';
import {
  compile,
  everyLoraTarget,
  float32,
  int64,
  padded,
  randomWeights,
  tinyConfigs,
  type Value,
  type Values,
} from '../../test/model/tiny-model.js';
import { decodeGraph, logitsGraph, type ModelConfig, prefillGraph, targetLogprobsGraph } from './index.js';

const prompts = [[3, 1, 4, 1, 5], [9, 2], [6]];
const continuations = [
  [9, 2, 6],
  [6, 5, 3],
  [5, 8, 9],
];
const capacity = 10;

describe.each(Object.keys(tinyConfigs))('%s', name => {
  const options = { config: tinyConfigs[name]!, adapter: everyLoraTarget };
  const { config } = options;
  const weights = randomWeights(config, everyLoraTarget);

  test('prefill and decoding give the logits of one pass over everything', async () => {
    const score = await compile(logitsGraph(options));
    const prefill = await compile(prefillGraph(options));
    const decode = await compile(decodeGraph(options));
    const expected = await Promise.all(
      prompts.map(async (prompt, i) => {
        const all = [...prompt, ...continuations[i]!];
        const { logits } = await score(weights, { tokens: int64(all, [1, all.length]) });
        return (position: number): Float32Array => rowOf(logits!.data, config, position);
      }),
    );

    const first = await prefill(weights, {
      tokens: int64(padded(prompts, 0), [3, 5]),
      last: int64(
        prompts.map(prompt => prompt.length - 1),
        [3],
      ),
    });
    const caches = emptyCaches(config);
    write(
      caches,
      first,
      config,
      prompts.map(prompt => prompt.map((_, t) => t)),
    );
    prompts.forEach((prompt, i) =>
      expectClose(rowOf(first['logits']!.data, config, i), expected[i]!(prompt.length - 1)),
    );

    for (let step = 0; step < 3; step++) {
      const positions = prompts.map(prompt => prompt.length + step);
      const results = await decode(weights, caches, {
        tokens: int64(
          continuations.map(row => row[step]!),
          [3, 1],
        ),
        positions: int64(positions, [3, 1]),
        mask: float32(positions.flatMap(maskRow), [3, 1, 1, capacity + 1]),
      });
      write(
        caches,
        results,
        config,
        positions.map(position => [position]),
      );
      positions.forEach((position, i) =>
        expectClose(rowOf(results['logits']!.data, config, i), expected[i]!(position)),
      );
    }
  });

  test('right padding does not change the log-probabilities of what is before it', async () => {
    const run = await compile(targetLogprobsGraph(options));
    const score = (tokens: readonly number[], padding: readonly number[]): Promise<Float32Array> => {
      const row = [...tokens, ...padding];
      const input = int64(row, [1, row.length]);
      return run(weights, { tokens: input, targets: input }).then(
        results => results['target_logprobs']!.data,
      );
    };
    const alone = await score([3, 1, 4], []);
    const before = await score([3, 1, 4], [0, 0, 0]);
    expectClose(before.slice(0, 3), alone);
    expect((await score([3, 1, 4], [22, 7, 9])).slice(0, 3)).toEqual(before.slice(0, 3));
  });

  test('an adapter whose B is zero changes no bit', async () => {
    const zeroed = Object.entries(weights).map(([tensor, value]) => {
      const isB = tensor.endsWith('lora_B.weight');
      return [tensor, isB ? { ...value, data: new Float32Array(value.data.length) } : value] as const;
    });
    const tokens = { tokens: int64(prompts[0]!, [1, 5]) };
    const withAdapter = await compile(logitsGraph(options));
    const without = await compile(logitsGraph({ config }));
    expect(await withAdapter(Object.fromEntries(zeroed), tokens)).toEqual(await without(weights, tokens));
  });
});

test('target log-probabilities are the log-softmax of the logits, for one or several targets', async () => {
  const options = { config: tinyConfigs['qwen3 with head norms, tied']! };
  const weights = randomWeights(options.config);
  const tokens = int64([3, 1, 4], [1, 3]);
  const { logits } = await (await compile(logitsGraph(options)))(weights, { tokens });
  const expected = [0, 1, 2].map(t => {
    const row = rowOf(logits!.data, options.config, t);
    const normaliser = Math.log(row.reduce((sum, x) => sum + Math.exp(x), 0));
    return (target: number): number => row[target]! - normaliser;
  });
  const one = await compile(targetLogprobsGraph(options));
  const single = await one(weights, { tokens, targets: int64([1, 4, 22], [1, 3]) });
  [1, 4, 22].forEach((target, t) =>
    expect(single['target_logprobs']!.data[t]).toBeCloseTo(expected[t]!(target), 5),
  );
  const several = await compile(targetLogprobsGraph({ ...options, manyTargets: true }));
  const targets = [1, 2, 4, 4, 22, 0];
  const { target_logprobs: pairs } = await several(weights, { tokens, targets: int64(targets, [1, 3, 2]) });
  expect(pairs!.dims).toEqual([1, 3, 2]);
  targets.forEach((target, i) => expect(pairs!.data[i]).toBeCloseTo(expected[Math.floor(i / 2)]!(target), 5));
});

function rowOf(logits: Float32Array, { vocabularySize }: ModelConfig, row: number): Float32Array {
  return logits.slice(row * vocabularySize, (row + 1) * vocabularySize);
}

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  found.forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 5));
}

/** Attends to the cache before the position and to the token itself, which is the last column. */
function maskRow(position: number): number[] {
  return Array.from({ length: capacity + 1 }, (_, i) => (i < position || i === capacity ? 0 : -1e9));
}

function emptyCaches({ layers, keyValueHeads, headSize }: ModelConfig): Record<string, Value> {
  const dims = [prompts.length, keyValueHeads, capacity, headSize];
  const size = dims.reduce((a, b) => a * b, 1);
  // Filled with noise: what the mask hides must not matter.
  const noise = (): Value => ({ dims, data: Float32Array.from({ length: size }, (_, i) => Math.sin(i)) });
  return Object.fromEntries(
    Array.from({ length: layers }, (_, l) => [
      [`past_key.${l}`, noise()],
      [`past_value.${l}`, noise()],
    ]).flat(),
  );
}

/** Copies time step t of a graph's keys and values to place positions[row][t] of the cache. */
function write(
  caches: Values,
  results: Values,
  { layers, keyValueHeads, headSize }: ModelConfig,
  positions: readonly (readonly number[])[],
): void {
  for (let layer = 0; layer < layers; layer++)
    for (const kind of ['key', 'value']) {
      const from = results[`${kind}.${layer}`]!;
      const to = caches[`past_${kind}.${layer}`]!.data as Float32Array;
      const time = from.dims[2]!;
      positions.forEach((row, b) =>
        row.forEach((position, t) => {
          for (let head = 0; head < keyValueHeads; head++) {
            const source = ((b * keyValueHeads + head) * time + t) * headSize;
            const target = ((b * keyValueHeads + head) * capacity + position) * headSize;
            to.set((from.data as Float32Array).subarray(source, source + headSize), target);
          }
        }),
      );
    }
}
