import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { GraphSessions } from '../worker/graph-sessions.js';
import { createGate } from '../worker/native-gate.js';
import { type Policy, wrapTensors } from '../worker/policy.js';
import { describeModel, readWeights } from '../weights/model-folder.js';
import { type SampleJob, sampleTogether } from './sampler.js';

const folder = fileURLToPath(new URL('../../../../fixtures/models/stories260K', import.meta.url));
let policy: Policy;
beforeAll(() => {
  const { config } = describeModel(folder);
  policy = {
    config,
    lora: undefined,
    tensors: wrapTensors(readWeights(folder, config)),
    graphs: new GraphSessions(1, createGate()),
  };
});

function job(numSamples: number, maxTokens: number, isCancelled = () => false): SampleJob {
  const options = { maxTokens, seed: 1n, stopTokens: [], stopStrings: [], temperature: 1, topK: 0, topP: 1 };
  return { prompt: Int32Array.of(1, 403, 407), numSamples, options, isCancelled };
}

test('a cancelled job stops between two steps, and the others go on', async () => {
  let questions = 0;
  const [cancelled, kept] = await sampleTogether(
    policy,
    [job(2, 200, () => ++questions > 20), job(3, 30)],
    512,
  );
  for (const { tokens } of cancelled!) expect(tokens.length).toBeLessThan(30);
  expect(kept!.map(({ tokens }) => tokens.length)).toEqual([30, 30, 30]);
});

test('a job that is cancelled before it starts samples nothing', async () => {
  const [cancelled, kept] = await sampleTogether(policy, [job(2, 5, () => true), job(1, 5)], 512);
  expect(cancelled!.map(({ tokens }) => tokens)).toEqual([[], []]);
  expect(kept![0]!.tokens).toHaveLength(5);
});

test('more samples than slots all come, each as long as asked', async () => {
  const jobs = [job(150, 2), job(1, 9), job(60, 3)];
  const samples = await sampleTogether(policy, jobs, 512);
  expect(samples.map(of => new Set(of.map(({ tokens }) => tokens.length)))).toEqual([
    new Set([2]),
    new Set([9]),
    new Set([3]),
  ]);
});

test('no job, or jobs without samples, are no work', async () => {
  expect(await sampleTogether(policy, [], 512)).toEqual([]);
  expect(await sampleTogether(policy, [job(0, 5)], 512)).toEqual([[]]);
});
