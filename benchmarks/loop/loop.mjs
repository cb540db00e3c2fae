/**
 * What the loop of reinforcement learning costs besides the engine. Build first (`npx tsc -b`), then
 *
 *     node --expose-gc benchmarks/loop/loop.mjs [steps]
 *
 * 1. `rl_basic` on the pocket model, as `tinsmith run rl_basic` is: the CPU time of the main thread, where loop, rollouts,
 *    grading, metrics and files live (and the engine's message passing), as a share of the CPU time of the whole process. The engine
 *    computes in a worker thread. CPU time does not depend on what else the machine does. Bar: 3 %.
 * 2. An engine that answers at once, 512 rollouts of three turns in each step: CPU time of the main thread per turn (bar: 1 ms,
 *    grading and files included), and memory after each step, which must not grow.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { definePlugin, Engines, Environments, modelInput, Models, StepEnd } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import local from '@tinsmith/engine-local';
import jsonl from '@tinsmith/logger-jsonl';
import pocket from '@tinsmith/model-pocket';
import rlBasic from '@tinsmith/recipe-rl-basic';
import renderers from '@tinsmith/renderers-chat';
import { runConfig } from 'tinsmith';

const steps = Number(process.argv[2] ?? 6);
const folder = mkdtempSync(join(tmpdir(), 'tinsmith-loop-'));
const sums = fileURLToPath(new URL('../../plugins/recipe-rl-basic/data/sums.jsonl', import.meta.url));

/** Tells what each step took, in milliseconds of CPU time and bytes. */
function clock() {
  const rows = [];
  let last = { main: process.threadCpuUsage(), all: process.cpuUsage() };
  const plugin = definePlugin({
    name: 'clock',
    version: '1.0.0',
    setup({ hook }) {
      hook(StepEnd, ({ metrics }) => {
        globalThis.gc?.();
        const now = { main: process.threadCpuUsage(), all: process.cpuUsage() };
        const spent = key => (now[key].user + now[key].system - last[key].user - last[key].system) / 1000;
        const { heapUsed } = process.memoryUsage();
        rows.push({
          main: spent('main'),
          all: spent('all'),
          turns: metrics['env/all/total_turns'],
          heapUsed,
        });
        last = { main: process.threadCpuUsage(), all: process.cpuUsage() }; // without the collection
      });
    },
  });
  return { rows, plugin: plugin() };
}

async function train(name, { plugins, options }) {
  const { rows, plugin } = clock();
  const { outcome, error } = await runConfig(
    {
      logPath: join(folder, name),
      seed: 0,
      plugins: [...plugins, renderers(), datasets(), rlBasic(), jsonl(), plugin],
      recipe: { use: 'rl_basic', with: { evalEvery: 0, saveEvery: 0, ...options } },
    },
    { output: { out: () => {}, error: line => console.error(line) } },
  );
  if (outcome !== 'completed') throw error;
  return rows.slice(1); // the first step has what is done once
}

const sum = values => values.reduce((total, value) => total + value, 0);
const total = (rows, key) => sum(rows.map(row => row[key]));

async function onPocket() {
  const rows = await train('pocket', {
    plugins: [local(), pocket()],
    options: {
      engine: 'local',
      modelName: 'pocket',
      envOptions: { dataset: sums, datasetConfig: null, testSplit: null, fewShot: false, boxed: false },
      groupsPerBatch: 64,
      groupSize: 8,
      maxTokens: 6,
      learningRate: 2e-3,
      maxSteps: steps,
    },
  });
  const [main, all] = [total(rows, 'main'), total(rows, 'all')];
  console.log(
    `pocket, ${rows.length} steps of 512 rollouts: main thread ${(main / rows.length).toFixed(1)} ms of ${(all / rows.length).toFixed(0)} ms CPU per step,`,
  );
  console.log(
    `  ${((100 * main) / all).toFixed(2)} % (bar 3 %); ${(main / total(rows, 'turns')).toFixed(3)} ms per rollout turn (bar 1 ms)`,
  );
}

/** Answers at once; knows nothing. */
function instantEngine() {
  const tokens = Array.from({ length: 64 }, (_, index) => 10 + index);
  const logprobs = tokens.map(() => -1);
  const sampler = {
    sample: async ({ numSamples }) => ({
      sequences: Array.from({ length: numSamples }, () => ({ tokens, logprobs, stopReason: 'stop' })),
    }),
  };
  const client = {
    forwardBackward: async data => ({
      lossFnOutputs: data.map(({ lossFnInputs }) => ({ logprobs: lossFnInputs.logprobs })),
      metrics: { 'loss:sum': 0 },
    }),
    optimStep: async () => ({ metrics: {} }),
    saveWeightsAndGetSamplingClient: async () => sampler,
    saveState: async name => ({ path: name }),
    saveWeightsForSampler: async name => ({ path: name }),
  };
  return definePlugin({
    name: 'instant',
    version: '1.0.0',
    setup({ provide }) {
      provide(Models, 'none', { create: () => ({ renderers: ['role_colon'] }) });
      provide(Engines, 'instant', {
        create: () => ({
          specification: 'v1',
          createLoraTrainingClient: async () => client,
          getTokenizer: async () => byteTokenizer,
        }),
      });
      provide(Environments, 'turns', { create: () => turns });
    },
  })();
}

const byteTokenizer = {
  vocabSize: 256,
  bosTokenId: undefined,
  eosTokenId: undefined,
  encode: text => [...Buffer.from(text)],
  decode: ids => Buffer.from(ids).toString(),
  tokenId: () => undefined,
};

/** Three turns; each observation goes on from the one before. */
const turns = {
  specification: 'v1',
  createDataset: ({ groupSize, groupsPerBatch }) => ({
    train: {
      length: 1_000_000,
      getBatch: () =>
        Array.from({ length: groupsPerBatch }, () => ({
          tags: ['turns'],
          makeEnvs: () => Array.from({ length: groupSize }, (_, member) => threeTurns(member)),
        })),
    },
  }),
};

function threeTurns(member) {
  let seen = Array.from({ length: 128 }, (_, index) => index);
  let turn = 0;
  const observe = () => ({ input: modelInput(seen), stop: [0] });
  return {
    initialObservation: observe,
    step({ tokens }) {
      seen = [...seen, ...tokens, 1, 2, 3];
      const episodeDone = ++turn === 3;
      return { reward: member % 2, episodeDone, ...(!episodeDone && { next: observe() }) };
    },
  };
}

async function onNothing() {
  const rows = await train('instant', {
    plugins: [instantEngine()],
    options: {
      engine: 'instant',
      modelName: 'none',
      env: 'turns',
      groupsPerBatch: 64,
      groupSize: 8,
      maxTokens: 64,
      maxSteps: Math.max(12, 2 * steps),
    },
  });
  const megabytes = rows.map(({ heapUsed }) => heapUsed / 2 ** 20);
  console.log(
    `no engine, ${rows.length} steps of 512 rollouts of 3 turns: ${(total(rows, 'main') / total(rows, 'turns')).toFixed(3)} ms of main thread per turn (bar 1 ms)`,
  );
  const half = Math.floor(megabytes.length / 2);
  const [before, after] = [megabytes.slice(0, half), megabytes.slice(-half)].map(part => Math.min(...part));
  console.log(
    `  heap after each step: least of the first half ${before.toFixed(1)} MiB, of the second ${after.toFixed(1)} MiB`,
  );
  if (!globalThis.gc)
    console.log('  (run with --expose-gc to see what is kept, not what is not yet collected)');
}

try {
  await onNothing();
  await onPocket();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
