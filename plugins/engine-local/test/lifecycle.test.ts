import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { modelInput } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { isFull } from '../../../tools/vitest/full.js';
import { LocalEngine } from '../src/engine.js';
import { example, logprobsOf, openEngine, stories260K, story, tinyStories, tokensOf } from './support.js';

test("the program's event loop stays free while the engine trains and samples", async () => {
  const client = await openEngine().createLoraTrainingClient({ baseModel: tinyStories, rank: 16 });
  const data = Array.from({ length: 64 }, (_, row) => example(tokensOf(row, 200)));
  const start = performance.eventLoopUtilization();
  await client.forwardBackward(data, 'cross_entropy');
  const sampler = await client.saveWeightsAndGetSamplingClient();
  await sampler.sample({
    prompt: modelInput(story),
    numSamples: 64,
    samplingParams: { maxTokens: 60, stop: [] },
  });
  const { active, idle } = performance.eventLoopUtilization(start);
  expect(active + idle).toBeGreaterThan(300); // milliseconds: there was something to wait for
  expect(active / (active + idle)).toBeLessThan(0.3);
});

describe('a sampling client', () => {
  test('is a snapshot: later steps do not reach it, and it holds what was submitted before it', async () => {
    const client = await openEngine().createLoraTrainingClient({ baseModel: tinyStories, rank: 4, seed: 1 });
    const calls = () => [
      client.forwardBackward([example(story)], 'cross_entropy'),
      client.optimStep({ learningRate: 0.01 }),
    ];
    const scores: Promise<unknown>[] = calls(); // nothing is awaited in between
    const between = client.saveWeightsAndGetSamplingClient();
    const expected = logprobsOf(client, example(story));
    scores.push(...calls());
    await Promise.all(scores);
    const scored = await (await between).computeLogprobs(modelInput(story));
    (await expected).forEach((logprob, i) => expect(Math.abs(logprob - scored[i + 1]!)).toBeLessThan(1e-4));
    expect(await logprobsOf(client, example(story))).not.toEqual(await expected);
  });

  test('that nobody holds any more is freed in the worker', async () => {
    const engine = openEngine();
    const client = await engine.createLoraTrainingClient({ baseModel: tinyStories, rank: 128 });
    const { ownBytes } = await client.snapshot();
    const snapshots = Math.ceil(1e9 / ownBytes);
    for (let i = 0; i < snapshots; i++) await client.saveWeightsAndGetSamplingClient();
    expect((await engine.census()).samplers).toBeLessThan(snapshots / 2);
  });
});

async function cycle(): Promise<void> {
  await using engine = new LocalEngine({ threads: 2 });
  const client = await engine.createLoraTrainingClient({ baseModel: stories260K, rank: 4 });
  await Promise.all([client.forwardBackward([example([1, 2, 3, 4])], 'cross_entropy'), client.optimStep()]);
  const sampler = await client.saveWeightsAndGetSamplingClient();
  await sampler.computeLogprobs(modelInput([1, 2, 3]));
}

const threadCount = (): number => readdirSync('/proc/self/task').length;

const source = (path: string) => JSON.stringify(new URL(`../src/${path}`, import.meta.url).href);

describe('closing', () => {
  test('rejects what is pending and what comes later, and may be repeated', async () => {
    const engine = new LocalEngine({ threads: 1 });
    const client = await engine.createSamplingClient({ baseModel: tinyStories });
    const request = {
      prompt: modelInput(story),
      numSamples: 50,
      samplingParams: { maxTokens: 400, stop: [] },
    };
    const pending = expect(client.sample(request)).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
    await new Promise(resolve => setTimeout(resolve, 20));
    await Promise.all([engine.close(), engine.close()]);
    await pending;
    await expect(client.sample(request)).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
    await expect(engine.createSamplingClient({ baseModel: tinyStories })).rejects.toMatchObject({
      code: 'ENGINE_CLOSED',
    });
  });

  test.runIf(process.platform === 'linux')(
    'over and over leaves no thread behind and no memory',
    { timeout: 1_200_000 },
    async () => {
      const cycles = isFull ? 500 : 12;
      for (let i = 0; i < 3; i++) await cycle();
      const before = { threads: threadCount(), bytes: process.memoryUsage().rss };
      for (let i = 0; i < cycles; i++) await cycle();
      expect(threadCount()).toBeLessThanOrEqual(before.threads + 2);
      // A leak of one model and its sessions per cycle would be 15 MB each; the heap itself may grow a little.
      expect((process.memoryUsage().rss - before.bytes) / 2 ** 20).toBeLessThan(60);
    },
  );

  test('is not needed for the program to end', () => {
    const program = `
      import { LocalEngine } from ${source('local-engine.ts')};
      const engine = new LocalEngine({ threads: 1 });
      const client = await engine.createSamplingClient({ baseModel: ${JSON.stringify(tinyStories)} });
      console.log((await client.computeLogprobs({ chunks: [{ type: 'encoded_text', tokens: [1, 2, 3] }] })).length);`;
    const hooks = new URL('../src/worker/source-hooks.mjs', import.meta.url).href;
    const args = [
      '--conditions=@tinsmith/source',
      '--import',
      hooks,
      '--input-type=module',
      '--eval',
      program,
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: 60_000,
    });
    expect({ status, stdout, stderr: stderr.replaceAll(/.*Warning.*\n/g, '') }).toMatchObject({
      status: 0,
      stdout: '3\n',
    });
  });
});
