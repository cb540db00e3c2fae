import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Commands, definePlugin, Models } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { describe, expect, test } from 'vitest';
import { example, openEngine, temporaryFolder, tinyStories } from '../../test/support.js';
import local from '../index.js';

const models = definePlugin({
  name: 'models-of-the-test',
  version: '1.0.0',
  setup({ provide }) {
    provide(Models, 'stories', { create: () => ({ folder: tinyStories, renderers: [] }) });
  },
});

async function run(given: readonly string[], cwd: string) {
  await using kit = await createTestKit({ plugins: [local({ threads: 1 }), models()] });
  const command = await kit.get(Commands, 'checkpoints');
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const { signal } = new AbortController();
  await command.run({ arguments: given, cwd, print, warn: print, signal });
  return lines.join('\n');
}

/** A run folder with a trained checkpoint of the model that a plugin provides; its sampler path. */
async function trainedRun(root: string): Promise<string> {
  const registry = { names: () => ['stories'], get: async () => ({ folder: tinyStories, renderers: [] }) };
  const engine = openEngine({ checkpoints: join(root, 'run', 'checkpoints'), models: registry });
  const training = await engine.createLoraTrainingClient({ baseModel: 'stories', rank: 2, seed: 1 });
  await training.forwardBackward([example([1, 80, 147, 201])], 'cross_entropy');
  await training.optimStep({ learningRate: 0.01 });
  return (await training.saveWeightsForSampler('final')).path;
}

test('merges a checkpoint of a run into the model of a plugin, as a folder or a file', async () => {
  const root = temporaryFolder();
  const path = await trainedRun(root);
  const text = await run(['merge', path, 'merged', '--run', 'run'], root);
  expect(text).toMatch(
    /^wrote merged \(hf\)\nchecked on \d+ tokens: log-probabilities differ by [\d.e-]+ nats/,
  );
  expect(readdirSync(join(root, 'merged'))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'tokenizer.json']),
  );
  const folder = join('run', 'checkpoints', 'final', 'sampler');
  expect(await run(['merge', folder, 'm.gguf', '--format', 'gguf-q8_0', '--no-tokenizer'], root)).toContain(
    'wrote m.gguf (gguf-q8_0)',
  );
  const engine = openEngine();
  await expect(engine.createSamplingClient({ baseModel: join(root, 'm.gguf') })).resolves.toBeDefined();
  await expect(run(['merge', path, 'merged', '--run', 'run'], root)).rejects.toMatchObject({
    code: 'EXPORT_EXISTS',
  });
});

describe('is refused, and nothing is written:', () => {
  test.each([
    ['no action', [], 'ARGUMENT_INVALID', /merge PATH OUT/],
    ['another action', ['list'], 'ARGUMENT_INVALID', /merge PATH OUT/],
    ['no place to write to', ['merge', 'a'], 'ARGUMENT_MISSING', /merge PATH OUT/],
    ['a word too many', ['merge', 'a', 'out', 'c'], 'ARGUMENT_INVALID', /merge PATH OUT/],
    ['a format that is none', ['merge', 'a', 'out', '--format', 'hf-bf61'], 'ARGUMENT_INVALID', /hf-bf16/],
    ['a file for a folder', ['merge', 'a', 'out', '--format', 'gguf-f16'], 'ARGUMENT_INVALID', /one of hf,/],
    ['a flag that is none', ['merge', 'a', 'out', '--formt', 'hf'], 'FLAG_UNKNOWN', /--format/],
    ['a checkpoint that is nowhere', ['merge', 'a', 'out'], 'CHECKPOINT_NOT_FOUND', undefined],
    ['a path of another engine', ['merge', 'tinker://x/y', 'out'], 'CHECKPOINT_PATH', /local:/],
  ])('%s', async (_, given, code, fix) => {
    const root = temporaryFolder();
    const advice = fix && { fix: expect.stringMatching(fix) as string };
    await expect(run(given, root)).rejects.toMatchObject({ code, ...advice });
    expect(existsSync(join(root, 'out'))).toBe(false);
    expect(readdirSync(root)).toEqual([]);
  });
});
