import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { modelInput } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { checkWeights } from '../src/export/check-weights.js';
import { compareLogprobs, sampleTexts } from '../src/export/compare-logprobs.js';
import { mergeModel } from '../src/export/merged-model.js';
import { mergeCheckpoint } from '../src/engine.js';
import { readAdapter } from '../src/weights/adapter-folder.js';
import { describeModel, openWeights, readWeights } from '../src/weights/model-source.js';
import { openSafetensors, readSafetensors, writeSafetensors } from '../src/weights/safetensors.js';
import { sampled } from '../../../tools/vitest/full.js';
import { example, openEngine, stories260K, temporaryFolder, tinyStories } from './support.js';

const golden =
  process.env['TINSMITH_GOLDEN'] ?? fileURLToPath(new URL('../../../fixtures/golden', import.meta.url));
const cases = readdirSync(join(golden, 'engine'))
  .map(name => join(golden, 'engine', name))
  .filter(folder => existsSync(join(folder, 'adapter')));
const [llama] = cases.filter(folder => folder.endsWith('llama-tied'));
const parts = { base: join(llama!, 'model'), adapter: join(llama!, 'adapter') };

describe('base and adapter are merged, and what is written scores like them', () => {
  test('there are cases', () => expect(cases.length).toBeGreaterThan(0));

  test.each(sampled(cases, 2).map(folder => [basename(folder), folder] as const))('%s', async (_, folder) => {
    for (const format of ['hf-f32', 'gguf-f16'] as const) {
      const out = join(temporaryFolder(), format.startsWith('gguf') ? 'merged.gguf' : 'merged');
      const options = {
        base: join(folder, 'model'),
        adapter: join(folder, 'adapter'),
        out,
        format,
        threads: 1,
      };
      const { logprobDifference } = await mergeCheckpoint(options);
      expect(logprobDifference.tokens).toBeGreaterThan(50);
      expect(logprobDifference.mean).toBeLessThan(format === 'hf-f32' ? 1e-5 : 0.01);
    }
  });
});

test('a folder keeps the type of each tensor, or has the one asked for', async () => {
  const folder = temporaryFolder();
  const types: Record<string, string[]> = {};
  for (const format of ['hf', 'hf-f32', 'hf-bf16'] as const) {
    await mergeCheckpoint({ base: tinyStories, out: join(folder, format), format, threads: 1 });
    const file = openSafetensors(join(folder, format, 'model.safetensors'));
    types[format] = [...new Set([...file.entries.values()].map(({ type }) => type))];
    file.close();
  }
  expect(types).toEqual({ hf: ['BF16'], 'hf-f32': ['F32'], 'hf-bf16': ['BF16'] });
  const originals = readSafetensors(join(tinyStories, 'model.safetensors'));
  expect(readSafetensors(join(folder, 'hf', 'model.safetensors'))).toEqual(originals);
  expect(readdirSync(folder)).toEqual(['hf', 'hf-bf16', 'hf-f32']);
  expect(existsSync(join(folder, 'hf', 'tokenizer.json'))).toBe(true);
});

test.each(['weights', 'sampler'] as const)(
  'a checkpoint of kind %s is merged by its path; factors of the unembedding part a tied head from the embeddings',
  async kind => {
    const checkpoints = temporaryFolder();
    const engine = openEngine({ checkpoints });
    const training = await engine.createLoraTrainingClient({ baseModel: stories260K, rank: 2, seed: 1 });
    const prompt = modelInput([1, 403, 407, 261, 378]);
    await training.forwardBackward([example([1, 403, 407, 261, 378])], 'cross_entropy');
    await training.optimStep({ learningRate: 0.01 });
    const policy = await training.saveWeightsAndGetSamplingClient();
    const expected = await policy.computeLogprobs(prompt);
    const save = kind === 'weights' ? training.saveState('step') : training.saveWeightsForSampler('step');
    const { path: adapter } = await save;

    const out = join(temporaryFolder(), 'merged.gguf');
    await mergeCheckpoint({ adapter, out, format: 'gguf-f16', checkpoints, threads: 1 });
    expect(describeModel(out).config.tiedEmbeddings).toBe(false);
    const merged = await engine.createSamplingClient({ baseModel: out });
    const found = await merged.computeLogprobs(prompt);
    found.slice(1).forEach((logprob, i) => expect(Math.abs(logprob! - expected[i + 1]!)).toBeLessThan(0.02));
    const text = 'Once upon a time';
    const tokenizers = await Promise.all([out, stories260K].map(model => engine.getTokenizer(model)));
    expect(tokenizers[0]!.encode(text)).toEqual(tokenizers[1]!.encode(text));
  },
);

test('a GGUF file is a base model: trained on, saved, resumed, merged into a folder with a tokenizer', async () => {
  const folder = temporaryFolder();
  const base = join(folder, 'base.gguf');
  await mergeCheckpoint({ base: stories260K, out: base, format: 'gguf-f16', threads: 1 });
  const checkpoints = join(folder, 'checkpoints');
  const engine = openEngine({ checkpoints });
  const training = await engine.createLoraTrainingClient({ baseModel: base, rank: 2, seed: 1 });
  await training.forwardBackward([example([1, 403, 407])], 'cross_entropy');
  await training.optimStep({ learningRate: 0.01 });
  const { path } = await training.saveState('step');
  const resumed = await engine.createTrainingClientFromStateWithOptimizer(path);
  expect(await resumed.parameters()).toEqual(await training.parameters());
  const small = join(folder, 'small.gguf');
  await mergeCheckpoint({ adapter: path, out: small, format: 'gguf-q8_0', checkpoints, threads: 1 });
  expect(statSync(small).size).toBeLessThan(0.8 * statSync(base).size);
  const out = join(folder, 'merged');
  await mergeCheckpoint({ adapter: path, out, format: 'hf', checkpoints, threads: 1 });
  expect((await engine.getTokenizer(out)).encode('Once upon')).toEqual(
    (await engine.getTokenizer(stories260K)).encode('Once upon'),
  );
});

describe('nothing is left behind, and the error says why:', () => {
  const whole = parts.base;
  test.each<[string, string, object]>([
    ['EXPORT_OPTIONS', 'an unknown format', { format: 'gguf-q2' }],
    ['EXPORT_OPTIONS', 'a GGUF file under another name', { format: 'gguf-f16' }],
    ['MODEL_NOT_FOUND', 'no such base model', { base: 'nowhere' }],
    ['BASE_MODEL_UNKNOWN', 'an adapter that does not name its base model', { base: undefined }],
    ['CHECKPOINT_NOT_FOUND', 'no adapter', { adapter: whole }],
    ['TENSOR_SHAPE', 'an adapter of another model', { base: stories260K }],
  ])('%s, %s', async (code, _, change) => {
    const folder = temporaryFolder();
    const options = { ...parts, format: 'hf' as const, out: join(folder, 'merged'), threads: 1, ...change };
    await expect(mergeCheckpoint(options)).rejects.toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([]);
  });

  test('EXPORT_EXISTS, something at the place to write to: it stays', async () => {
    const out = join(temporaryFolder(), 'merged');
    writeFileSync(out, 'mine');
    const merging = mergeCheckpoint({ ...parts, out, format: 'hf', threads: 1 });
    await expect(merging).rejects.toMatchObject({ code: 'EXPORT_EXISTS', at: out });
    expect(readFileSync(out, 'utf8')).toBe('mine');
  });

  test('TOKENIZER_UNSUPPORTED, unless it is left out', async () => {
    const folder = temporaryFolder();
    const options = {
      base: tinyStories,
      out: join(folder, 'm.gguf'),
      format: 'gguf-f16',
      threads: 1,
    } as const;
    await expect(mergeCheckpoint(options)).rejects.toMatchObject({ code: 'TOKENIZER_UNSUPPORTED' });
    expect(readdirSync(folder)).toEqual([]);
    await mergeCheckpoint({ ...options, tokenizer: false });
    expect(readdirSync(folder)).toEqual(['m.gguf']);
  });

  test('EXPORT_RANGE, a weight beyond float16', async () => {
    const folder = temporaryFolder();
    const base = join(folder, 'base');
    cpSync(stories260K, base, { recursive: true });
    const { config } = describeModel(base);
    const weights = readWeights(base, config);
    weights.get('model.layers.0.mlp.up_proj.weight')!.data[3] = 70000;
    cpSync(join(base, 'config.json'), join(folder, 'config.json'));
    writeSafetensors(join(folder, 'model.safetensors'), weights);
    const merging = mergeCheckpoint({
      base: folder,
      out: join(base, 'm.gguf'),
      format: 'gguf-f16',
      threads: 1,
    });
    await expect(merging).rejects.toMatchObject({ code: 'EXPORT_RANGE', found: '70000' });
    expect(readdirSync(base)).not.toContain('m.gguf');
  });

  test('what a killed attempt left does not disturb the next', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, '.merged.writing', 'merged'), { recursive: true });
    await mergeCheckpoint({ ...parts, out: join(folder, 'merged'), format: 'hf', threads: 1 });
    expect(readdirSync(folder)).toEqual(['merged']);
  });
});

describe('a model that is not what was meant is noticed', () => {
  test('by its weights: one bit on the disk', async () => {
    const out = join(temporaryFolder(), 'merged');
    await mergeCheckpoint({ ...parts, out, format: 'hf-bf16', threads: 1 });
    const { config } = describeModel(parts.base);
    const weights = openWeights(parts.base, config);
    const merged = mergeModel(weights, config, readAdapter(parts.adapter, config));
    await checkWeights(out, merged);
    const file = join(out, 'model.safetensors');
    const bytes = readFileSync(file);
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(file, bytes);
    await expect(checkWeights(out, merged)).rejects.toMatchObject({ code: 'EXPORT_MISMATCH' });
    weights.close();
  });

  test('by its log-probabilities: the adapter left out', async () => {
    const { base, adapter } = parts;
    const open = { baseModel: base, modelPath: adapter };
    const texts = await sampleTexts({ threads: 1 }, 1, 64, engine => engine.createSamplingClient(open));
    expect((await compareLogprobs(base, texts, 1)).mean).toBeGreaterThan(0.2);
  });
});
