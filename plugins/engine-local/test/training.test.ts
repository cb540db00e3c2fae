import { type Datum, float32, int64, type LossFn, modelInput, type TinsmithError } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import type { LocalTrainingClient } from '../src/engine.js';
import { example, logprobsOf, openEngine, story, tinyStories, tokensOf } from './support.js';

const open = (engine = openEngine(), seed = 1) =>
  engine.createLoraTrainingClient({ baseModel: tinyStories, rank: 4, seed });
const adam = { learningRate: 0.01 };

test('training on a text makes it likely', async () => {
  const client = await open();
  const losses: number[] = [];
  for (let step = 0; step < 6; step++) {
    const [{ metrics }] = await Promise.all([
      client.forwardBackward([example(story)], 'cross_entropy'),
      client.optimStep(adam),
    ]);
    losses.push(metrics['loss:sum']!);
  }
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 4);
});

async function trainAndSample() {
  const client = await open(openEngine({ threads: 2 }));
  const data = Array.from({ length: 12 }, (_, row) => example(tokensOf(row, 4 + row * 3)));
  for (let step = 0; step < 3; step++) {
    await Promise.all([client.forwardBackward(data, 'cross_entropy'), client.optimStep(adam)]);
  }
  const sampler = await client.saveWeightsAndGetSamplingClient();
  const sampled = await Promise.all(
    [1, 2, 3].map(row =>
      sampler.sample({
        prompt: modelInput(tokensOf(row, 5 + row)),
        numSamples: 3,
        samplingParams: { maxTokens: 20, seed: row },
      }),
    ),
  );
  return { parameters: await client.parameters(), sampled };
}

test('the same seed, calls and threads give the same bits, in another engine too', async () => {
  expect(await trainAndSample()).toEqual(await trainAndSample());
});

test('seeds give other factors, and a tensor starts the same whatever else is trained', async () => {
  const engine = openEngine();
  const [one, two] = [await (await open(engine, 1)).parameters(), await (await open(engine, 2)).parameters()];
  const alone = await engine.createLoraTrainingClient({
    baseModel: tinyStories,
    rank: 4,
    seed: 1,
    trainMlp: false,
  });
  const attention = await alone.parameters();
  const name = 'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight';
  expect(attention.get(name)).toEqual(one.get(name));
  expect(two.get(name)).not.toEqual(one.get(name));
  expect(attention.size).toBeLessThan(one.size);
});

test('factors start as in PEFT: A uniform within 1/sqrt(in), B zero', async () => {
  const parameters = await (await open()).parameters();
  for (const [name, { shape, data }] of parameters) {
    const largest = data.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    if (name.includes('lora_B')) expect(largest).toBe(0);
    else {
      const bound = 1 / Math.sqrt(shape[1]!);
      expect(largest).toBeLessThanOrEqual(bound);
      expect(largest).toBeGreaterThan(0.9 * bound);
    }
  }
});

test('a call on many datums is the sum of calls on each, in the order of the caller', async () => {
  const engine = openEngine();
  const [together, apart] = [await open(engine), await open(engine)];
  const lengths = [40, 2, 300, 7, 7, 512, 3, 100, 260, 280, 290, 301];
  const data = lengths.map((length, row) => example(tokensOf(row, length)));
  const all = await together.forwardBackward(data, 'cross_entropy');
  let loss = 0;
  for (const [row, datum] of data.entries()) {
    const { lossFnOutputs, metrics } = await apart.forwardBackward([datum], 'cross_entropy');
    loss += metrics['loss:sum']!;
    const [whole, single] = [all.lossFnOutputs[row]!, lossFnOutputs[0]!].map(outputs => outputs['logprobs']!);
    expect(whole!.shape).toEqual([lengths[row]! - 1]);
    Array.from(single!.data).forEach((logprob, t) =>
      expect(Math.abs(whole!.data[t]! - logprob)).toBeLessThan(1e-4),
    );
  }
  expect(Math.abs(all.metrics['loss:sum']! - loss)).toBeLessThan(1e-5 * loss);
  expectClose(await together.gradients(), await apart.gradients());
});

test('several targets per position and single ones may be in one call', async () => {
  const client = await open();
  const single = example(story);
  const wide: Datum = {
    modelInput: modelInput(story.slice(0, 2)),
    lossFnInputs: { target_tokens: int64([5, 6, 7, 8], [2, 2]), weights: float32([0.5, 0.5, 1, 0], [2, 2]) },
  };
  const { lossFnOutputs } = await client.forwardBackward([wide, single, wide], 'cross_entropy');
  expect(lossFnOutputs.map(outputs => outputs['logprobs']!.shape)).toEqual([[2, 2], [8], [2, 2]]);
  expect(lossFnOutputs[2]).toEqual(lossFnOutputs[0]);
  expect(Array.from(lossFnOutputs[1]!['logprobs']!.data)).toEqual(await logprobsOf(client, single));
});

test('a step without gradients is a step: weights with momentum move on', async () => {
  const client = await open();
  await client.forwardBackward([example(story)], 'cross_entropy');
  await client.optimStep(adam);
  const before = await client.parameters();
  const { metrics } = await client.optimStep(adam);
  expect(metrics['grad_norm:l2']).toBe(0);
  expect(await client.parameters()).not.toEqual(before);
});

test('the gradient is used up by a step', async () => {
  const client = await open();
  await client.forwardBackward([example(story)], 'cross_entropy');
  const { metrics } = await client.optimStep(adam);
  const norm = Math.hypot(...(await normsOf(client)));
  expect(metrics['grad_norm:l2']).toBeGreaterThan(0);
  expect(norm).toBe(0);
});

test('clients of one base model do not touch each other', async () => {
  const engine = openEngine();
  const [trained, fresh] = [await open(engine), await open(engine)];
  const before = await logprobsOf(fresh, example(story));
  await trained.forwardBackward([example(story)], 'cross_entropy');
  await trained.optimStep(adam);
  expect(await logprobsOf(fresh, example(story))).toEqual(before);
  expect(await engine.census()).toMatchObject({ models: 1, trainers: 2 });
});

describe('a memory budget', () => {
  const long = example(tokensOf(1, 500));

  test('decides how a call is cut, which the engine tells; the results are the same', async () => {
    const lines: string[] = [];
    const [roomy, tight] = [
      await open(openEngine({ memory: 2 ** 32 })),
      await open(openEngine({ memory: 295 * 2 ** 20, say: line => lines.push(line) })),
    ];
    const first = await roomy.forwardBackward([long], 'cross_entropy');
    const second = await tight.forwardBackward([long], 'cross_entropy');
    await tight.forwardBackward([long], 'cross_entropy');
    expect(lines).toEqual([expect.stringMatching(/activations of 1 of 2 layers at a time/)]);
    expect((await tight.getInfo()).plan).toMatchObject({ segmentLayers: 1 });
    expect((await roomy.getInfo()).plan).toMatchObject({ segmentLayers: 2 });
    expect(second).toEqual(first);
  });

  test('that is too small is an error that says what would fit, and the client goes on', async () => {
    const client = await open(openEngine({ memory: 165 * 2 ** 20 }));
    const error: unknown = await client.forwardBackward([long], 'cross_entropy').catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'MEMORY_BUDGET' });
    const fitting = Number(/at most (\d+) tokens/.exec((error as TinsmithError).fix!)![1]);
    await client.forwardBackward([example(tokensOf(1, fitting + 1))], 'cross_entropy');
    expect((await client.optimStep(adam)).metrics['grad_norm:l2']).toBeGreaterThan(0);
  });

  test('of nothing is refused', () => {
    expect(() => openEngine({ memory: 0 })).toThrow(expect.objectContaining({ code: 'ENGINE_OPTIONS' }));
  });
});

const rl = (logprobs: number[]): Datum => ({
  modelInput: modelInput(story.slice(0, 2)),
  lossFnInputs: { target_tokens: int64([5, 6]), logprobs: float32(logprobs), advantages: float32([1, 1]) },
});

describe('is refused, takes no place in the order, and leaves the gradient alone:', () => {
  const good = example(story);
  test.each<[string, string, (client: LocalTrainingClient) => Promise<unknown>]>([
    ['LOSS_UNKNOWN', 'an unknown loss', client => client.forwardBackward([good], 'entropy' as LossFn)],
    [
      'LOSS_CONFIG',
      'an unknown option',
      client => client.forwardBackward([good], 'cross_entropy', { beta: 1 }),
    ],
    [
      'TOKEN_OUT_OF_RANGE',
      'a bad token',
      client => client.forwardBackward([good, example([1, 9999, 2])], 'cross_entropy'),
    ],
    [
      'TRAINING_DIVERGED',
      'a ratio that overflows',
      client => client.forwardBackward([rl([-1, -500])], 'importance_sampling'),
    ],
    ['ADAM_PARAMS', 'an unknown option of a step', client => client.optimStep({ lr: 1 } as object)],
    ['ADAM_PARAMS', 'a negative learning rate', client => client.optimStep({ learningRate: -1 })],
    ['ADAM_PARAMS', 'a beta of 1', client => client.optimStep({ beta1: 1 })],
  ])('%s, %s', async (code, _, call) => {
    const client = await open();
    await client.forwardBackward([good], 'cross_entropy');
    const gradients = await client.gradients();
    await expect(call(client)).rejects.toMatchObject({ code });
    expect(await client.gradients()).toEqual(gradients);
    expect((await client.optimStep(adam)).metrics['grad_norm:l2']).toBeGreaterThan(0);
  });

  test.each([
    ['rank 0', { rank: 0 }],
    ['half a rank', { rank: 1.5 }],
    ['nothing to train', { trainAttn: false, trainMlp: false, trainUnembed: false }],
  ])('LORA_OPTIONS, %s', async (_, options) => {
    const wrong = openEngine().createLoraTrainingClient({ baseModel: tinyStories, ...options });
    await expect(wrong).rejects.toMatchObject({ code: 'LORA_OPTIONS' });
  });
});

async function normsOf(client: LocalTrainingClient): Promise<number[]> {
  return [...(await client.gradients()).values()].map(values => Math.hypot(...values));
}

/** Up to float32 rounding, relative to each tensor's largest entry. */
function expectClose(
  found: ReadonlyMap<string, Float64Array>,
  expected: ReadonlyMap<string, Float64Array>,
): void {
  for (const [name, values] of expected) {
    const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const off = values.reduce((most, value, i) => Math.max(most, Math.abs(value - found.get(name)![i]!)), 0);
    expect(off, name).toBeLessThanOrEqual(1e-4 * largest);
  }
}
