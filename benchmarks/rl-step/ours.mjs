/**
 * Our side: one whole step of reinforcement learning on SmolLM2-135M, from prompts to updated weights. Prints `{"ready":true}` when
 * warm, then does one step per line on stdin and prints its figures (see benchmarks/engine/alternate.mjs).
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { modelInput } from '@tinsmith/core';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import {
  assembleTrainingData,
  computeAdvantages,
  mixSeed,
  rollOutGroup,
  trainStep,
} from '@tinsmith/training';
import { promptOf, rewardOf } from './work.mjs';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    prompts: { type: 'string' },
    samples: { type: 'string' },
    tokens: { type: 'string' },
    rank: { type: 'string' },
    threads: { type: 'string' },
  },
});
const sizes = ['prompts', 'samples', 'tokens', 'rank', 'threads'];
const [prompts, samples, maxTokens, rank, threads] = sizes.map(name => Number(values[name]));
const engine = new LocalEngine({ threads });
const training = await engine.createLoraTrainingClient({
  baseModel: values.model,
  rank,
  seed: 1,
  trainUnembed: false,
});

/** Nothing ends an answer, so that every one has as many tokens. */
const group = index => ({
  tags: [],
  makeEnvs: () =>
    Array.from({ length: samples }, () => ({
      initialObservation: () => ({ input: modelInput(promptOf(index)), stop: [] }),
      step: ({ tokens }) => ({ reward: rewardOf(tokens), episodeDone: true }),
    })),
});

let step = 0;
async function oneStep(groups = prompts) {
  const started = performance.now();
  const policy = await training.saveWeightsAndGetSamplingClient();
  const rolledOut = await Promise.all(
    Array.from({ length: groups }, (_, index) =>
      rollOutGroup(group(index), policy, { maxTokens, temperature: 1, seed: mixSeed(step, index) }),
    ),
  );
  const sampled = performance.now();
  const { data } = assembleTrainingData(rolledOut, computeAdvantages(rolledOut));
  await trainStep(training, data, { learningRate: 4e-5, lossFn: 'importance_sampling' });
  step++;
  return { sampling: (sampled - started) / 1000, training: (performance.now() - sampled) / 1000 };
}

await oneStep(2); // graphs are built and prompts of this length have been seen
console.log('{"ready":true}');
for await (const _ of createInterface({ input: process.stdin })) {
  const before = process.cpuUsage();
  const { sampling, training: learning } = await oneStep();
  const { user, system } = process.cpuUsage(before);
  const tokens = prompts * samples * maxTokens;
  const [seconds, cpu] = [sampling + learning, (user + system) / 1e6];
  console.log(
    JSON.stringify({
      tok_per_s: tokens / seconds,
      seconds,
      cpu_seconds: cpu,
      tok_per_cpu_s: tokens / cpu,
      peak_rss_mb: Math.round(process.resourceUsage().maxRSS / 1024),
      sampling_seconds: sampling,
      training_seconds: learning,
    }),
  );
}
await engine.close();
process.exit();
