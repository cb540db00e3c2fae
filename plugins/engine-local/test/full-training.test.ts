import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { readSafetensors } from '../src/engine.js';
import { example, logprobsOf, openEngine, story, temporaryFolder, tinyStories, tokensOf } from './support.js';

const config = {
  model_type: 'qwen3',
  vocab_size: 512,
  hidden_size: 32,
  intermediate_size: 64,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  num_key_value_heads: 1,
  head_dim: 16,
  max_position_embeddings: 64,
  tie_word_embeddings: true,
  eos_token_id: 2,
};
const adam = { learningRate: 0.01 };

test('a new model starts at random, the same for a seed, norms at 1', async () => {
  const engine = openEngine();
  const [one, same, other] = await Promise.all(
    [1, 1, 2].map(async seed =>
      (await engine.createFullTrainingClient({ model: { config, seed } })).parameters(),
    ),
  );
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
  expect(new Set(one!.get('model.norm.weight')!.data)).toEqual(new Set([1]));
  const { data } = one!.get('model.embed_tokens.weight')!;
  const deviation = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  expect(deviation).toBeCloseTo(0.02, 3);
});

test('a large batch is learnt', async () => {
  const client = await openEngine().createFullTrainingClient({ model: { config, seed: 1 } });
  const data = Array.from({ length: 256 }, (_, row) => example(tokensOf(row % 5, 49)));
  const losses: number[] = [];
  for (let step = 0; step < 12; step++) {
    const [{ metrics }] = await Promise.all([
      client.forwardBackward(data, 'cross_entropy'),
      client.optimStep(adam),
    ]);
    losses.push(metrics['loss:sum']! / (256 * 48));
  }
  expect(losses[0]).toBeCloseTo(Math.log(512), 1);
  expect(losses.at(-1)).toBeLessThan(0.7 * losses[0]!);
});

test('sequences as long as the model allows are trained on, scored and sampled; longer ones are refused', async () => {
  const [narrow, longest] = [{ ...config, hidden_size: 16, head_dim: 8, num_hidden_layers: 1 }, 2600];
  const client = await openEngine({ memory: 2 ** 30 }).createFullTrainingClient({
    model: { config: { ...narrow, max_position_embeddings: longest }, seed: 1 },
  });
  const tokens = tokensOf(1, longest + 1);
  const whole = example(tokens);
  const blocks = await logprobsOf(client, whole);
  await client.forwardBackward([whole], 'cross_entropy');
  expect((await client.getInfo()).plan).toMatchObject({ blocks: 16 });
  expect([...(await client.gradients()).values()].every(values => values.every(Number.isFinite))).toBe(true);

  const policy = await client.saveWeightsAndGetSamplingClient();
  const prompt = modelInput(tokens.slice(0, longest - 1));
  const scored = (await policy.computeLogprobs(prompt)).slice(1);
  expect(Math.max(...scored.map((score, i) => Math.abs(score! - blocks[i]!)))).toBeLessThan(1e-4);
  const { sequences } = await policy.sample({ prompt, numSamples: 1, samplingParams: { stop: [] } });
  expect(sequences[0]).toMatchObject({ stopReason: 'length', tokens: [expect.any(Number)] });

  const tooLong = example(tokensOf(1, longest + 2));
  await expect(client.forwardBackward([tooLong], 'cross_entropy')).rejects.toMatchObject({
    code: 'SEQUENCE_TOO_LONG',
    found: `${longest + 1} tokens, of at most ${longest}`,
  });
});

describe('a saved model', () => {
  test('is a folder that serves as a base model, with its tokenizer', async () => {
    const root = temporaryFolder();
    const engine = openEngine({ workingDirectory: root });
    const client = await engine.createFullTrainingClient({ model: tinyStories });
    await Promise.all([client.forwardBackward([example(story)], 'cross_entropy'), client.optimStep(adam)]);
    const expected = await logprobsOf(client, example(story));
    const tokenizerFiles = ['tokenizer.json', 'tokenizer_config.json'].map(file => join(tinyStories, file));
    await client.saveModel('mine', { dtype: 'float32', tokenizerFiles });

    const lora = await engine.createLoraTrainingClient({ baseModel: 'mine', rank: 1 });
    const found = await logprobsOf(lora, example(story));
    found.forEach((logprob, i) => expect(Math.abs(logprob - expected[i]!)).toBeLessThan(1e-4));
    expect((await engine.getTokenizer('mine')).eosTokenId).toBe(2);
    expect(readdirSync(join(root, 'mine')).toSorted()).toEqual([
      'config.json',
      'model.safetensors',
      'tokenizer.json',
      'tokenizer_config.json',
    ]);
  });

  test('in several files with an index is the same base model', async () => {
    const root = temporaryFolder();
    const engine = openEngine({ workingDirectory: root });
    const client = await engine.createFullTrainingClient({ model: { config, seed: 1 } });
    await client.saveModel('mine', { dtype: 'float32', maxShardBytes: 50_000 });
    expect(readdirSync(join(root, 'mine')).length).toBeGreaterThan(3);
    const again = await engine.createFullTrainingClient({ model: 'mine' });
    expect(await again.parameters()).toEqual(await client.parameters());
    await expect(client.saveModel('mine', { maxShardBytes: 0 })).rejects.toMatchObject({
      code: 'SAVE_OPTIONS',
    });
  });

  test('that replaces another is what a client made from then on sees', async () => {
    const engine = openEngine({ workingDirectory: temporaryFolder() });
    const client = await engine.createFullTrainingClient({ model: { config, seed: 1 } });
    const datum = example(tokensOf(1, 20));
    const scores: number[][] = [];
    for (let version = 0; version < 2; version++) {
      await client.saveModel('mine', { dtype: 'float32' });
      scores.push(
        await logprobsOf(await engine.createLoraTrainingClient({ baseModel: 'mine', rank: 1 }), datum),
      );
      expect(scores[version]![0]).toBeCloseTo((await logprobsOf(client, datum))[0]!, 4);
      await Promise.all([client.forwardBackward([datum], 'cross_entropy'), client.optimStep(adam)]);
    }
    expect(scores[1]).not.toEqual(scores[0]);
  });

  test('is bfloat16 unless asked otherwise, and says so', async () => {
    const root = temporaryFolder();
    const client = await openEngine({ workingDirectory: root }).createFullTrainingClient({
      model: { config, seed: 1 },
    });
    await client.saveModel('mine');
    const saved = JSON.parse(readFileSync(join(root, 'mine', 'config.json'), 'utf8')) as object;
    expect(saved).toMatchObject({ ...config, torch_dtype: 'bfloat16' });
    const stored = readSafetensors(join(root, 'mine', 'model.safetensors'));
    for (const [name, { data }] of await client.parameters()) {
      const off = data.reduce(
        (most, value, i) =>
          Math.max(most, Math.abs(value - stored.get(name)!.data[i]!) / (Math.abs(value) || 1)),
        0,
      );
      expect(off).toBeLessThanOrEqual(2 ** -8);
    }
  });
});

test('states and samplers hold the whole model', async () => {
  const root = temporaryFolder();
  const engine = openEngine({ checkpoints: root });
  const client = await engine.createFullTrainingClient({ model: { config, seed: 1 } });
  const data = [example(tokensOf(1, 20))];
  const step = (trainer: typeof client) =>
    Promise.all([trainer.forwardBackward(data, 'cross_entropy'), trainer.optimStep(adam)]);
  await step(client);
  const { path } = await client.saveState('a');
  const sampler = await client.saveWeightsForSampler('a');
  const frozen = await logprobsOf(client, data[0]!);
  await step(client);

  const resumed = (await engine.createTrainingClientFromStateWithOptimizer(path)) as typeof client;
  await step(resumed);
  expect(await resumed.parameters()).toEqual(await client.parameters());
  expect(await resumed.getInfo()).toMatchObject({
    baseModel: 'new qwen3',
    loraRank: null,
    trainableParameters: 35040,
  });
  expect(existsSync(join(root, 'a', 'weights', 'config.json'))).toBe(true);

  const sampling = await engine.createSamplingClient({ modelPath: sampler.path });
  await client.saveWeightsForSampler('a', { overwrite: true }); // the sampler is of the first one
  const scored = await sampling.computeLogprobs(modelInput(tokensOf(1, 20)));
  scored.slice(1).forEach((logprob, i) => expect(Math.abs(logprob! - frozen[i]!)).toBeLessThan(1e-4));
});

test('a configuration that the graphs cannot express is refused', async () => {
  const wrong = openEngine().createFullTrainingClient({
    model: { config: { ...config, model_type: 'gpt2' }, seed: 1 },
  });
  await expect(wrong).rejects.toMatchObject({ code: 'MODEL_UNSUPPORTED' });
});
