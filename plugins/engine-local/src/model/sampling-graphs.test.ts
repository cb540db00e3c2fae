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
import {
  chooseMatrices,
  decodeGraph,
  freezeMatrices,
  type FrozenMatrices,
  logitsGraph,
  type MatrixPrecision,
  type ModelConfig,
  prefillGraph,
  targetLogprobsGraph,
} from './index.js';

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

  const matrices = (precision: MatrixPrecision): FrozenMatrices =>
    freezeMatrices(chooseMatrices(config, precision), weight => weights[weight]!.data as Float32Array);

  test.each([
    ['matrices as inputs', undefined, 5e-6],
    ['frozen matrices', matrices('float32'), 5e-6],
    ['frozen matrices in eight bits', matrices('int8'), 0.1],
  ] as const)('prefill and decoding give the logits of one pass over everything: %s', async (...given) => {
    const [, frozen, tolerance] = given;
    const score = await compile(logitsGraph(options));
    const prefill = await compile(prefillGraph(options));
    const decode = await compile(decodeGraph({ ...options, frozen }));
    const expected = await Promise.all(
      prompts.map(async (prompt, i) => {
        const all = [...prompt, ...continuations[i]!];
        const { logits } = await score(weights, { tokens: int64(all, [1, all.length]) });
        return (position: number): Float32Array => rowOf(logits!.data, config, position);
      }),
    );

    const first = await prefill(weights, noPast(config, 3), {
      tokens: int64(padded(prompts, 0), [3, 5]),
      block: int64([1], [1]),
      ends: int64(
        prompts.map((prompt, row) => row * 5 + prompt.length - 1),
        [3],
      ),
    });
    prompts.forEach((prompt, i) =>
      expectClose(rowOf(first['logits']!.data, config, i), expected[i]!(prompt.length - 1)),
    );
    const [inPrompt, past] = [noise(config, 'prompt', 6), noise(config, 'past', capacity)];
    write(
      inPrompt,
      first,
      config,
      prompts.map(prompt => prompt.map((_, t) => t)),
    );
    for (let step = 0; step < 3; step++) {
      const results = await decode(weights, inPrompt, past, {
        tokens: int64(
          continuations.map(row => row[step]!),
          [3, 1],
        ),
        positions: int64(
          prompts.map(prompt => prompt.length + step),
          [3, 1],
        ),
        mask: float32(
          prompts.flatMap(prompt => maskRow(prompt.length, step)),
          [3, 1, 1, 1, 6 + capacity + 1],
        ),
        places: int64([0, 1, 1, 2, 2, 2], [3, 2]), // a second place each, which counts for nothing
        place_of: int64([0, 2, 4], [3]),
      });
      write(
        past,
        results,
        config,
        prompts.map(() => [step]),
      );
      prompts.forEach((prompt, i) =>
        expectClose(rowOf(results['logits']!.data, config, i), expected[i]!(prompt.length + step), tolerance),
      );
    }
  });

  test('a prompt run in two parts has the bits of one run whole', async () => {
    const prefill = await compile(prefillGraph(options));
    const tokens = Array.from({ length: 40 }, (_, i) => (i * 7) % 23);
    const run = (part: readonly number[], past: Values, block = 0) =>
      prefill(weights, past, {
        tokens: int64(part, [1, part.length]),
        block: int64([block], [1]),
        ends: int64([part.length - 1, part.length - 1], [2]),
      });
    const whole = await run(tokens, noPast(config, 1));
    const begun = await run(tokens.slice(0, 32), noPast(config, 1));
    const past = Object.fromEntries(
      Object.entries(begun)
        .filter(([output]) => output !== 'logits')
        .map(([output, value]) => [`past_${output}`, value]),
    );
    const { logits } = await run(tokens.slice(32), past);
    expect(logits!.data).toEqual(whole['logits']!.data);
    expect(await run(tokens, noPast(config, 1), 8)).toEqual(whole); // and one whose queries are taken in blocks
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

function expectClose(found: Float32Array, expected: Float32Array, tolerance = 5e-6): void {
  expect(found.length).toBe(expected.length);
  found.forEach((x, i) => expect(Math.abs(x - expected[i]!)).toBeLessThan(tolerance));
}

/** [6 + capacity + 1]: the prompt, what was decoded, and the new token in the last column. */
function maskRow(prompt: number, decoded: number): number[] {
  const isSeen = (i: number) => i < prompt || (i >= 6 && i < 6 + decoded) || i === 6 + capacity;
  return Array.from({ length: 6 + capacity + 1 }, (_, i) => (isSeen(i) ? 0 : -1e9));
}

function noPast({ layers, keyValueHeads, headSize }: ModelConfig, rows: number): Values {
  return perLayer(layers, 'past', () => float32([], [rows, keyValueHeads, 0, headSize]));
}

/** What the mask hides must not matter. */
function noise({ layers, keyValueHeads, headSize }: ModelConfig, prefix: string, length: number): Values {
  const size = prompts.length * keyValueHeads * length * headSize;
  const dims = [prompts.length, keyValueHeads, 1, length, headSize];
  return perLayer(layers, prefix, () =>
    float32(
      Array.from({ length: size }, (_, i) => Math.sin(i)),
      dims,
    ),
  );
}

function perLayer(layers: number, prefix: string, make: () => Value): Values {
  return Object.fromEntries(
    Array.from({ length: layers }, (_, l) => [
      [`${prefix}_key.${l}`, make()],
      [`${prefix}_value.${l}`, make()],
    ]).flat(),
  );
}

/** Copies time step t of a graph's keys and values to place positions[row][t] of a cache. */
function write(
  caches: Values,
  results: Values,
  { layers, keyValueHeads, headSize }: ModelConfig,
  positions: readonly (readonly number[])[],
): void {
  for (let layer = 0; layer < layers; layer++)
    for (const kind of ['key', 'value']) {
      const from = results[`${kind}.${layer}`]!;
      const [, cache] = Object.entries(caches).find(([name]) => name.endsWith(`_${kind}.${layer}`))!;
      const to = cache.data as Float32Array;
      const room = cache.dims[3]!;
      const time = from.dims[2]!;
      positions.forEach((row, b) =>
        row.forEach((position, t) => {
          for (let head = 0; head < keyValueHeads; head++) {
            const source = ((b * keyValueHeads + head) * time + t) * headSize;
            const target = ((b * keyValueHeads + head) * room + position) * headSize;
            to.set((from.data as Float32Array).subarray(source, source + headSize), target);
          }
        }),
      );
    }
}
