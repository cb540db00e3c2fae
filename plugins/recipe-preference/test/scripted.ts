/** Runs of the recipes on an engine that trains as the toy engine does and says what a function says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ConfiguredPlugin,
  definePlugin,
  Engines,
  inputTokens,
  type Metrics,
  MetricSinks,
  Models,
  type SamplingClient,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { TestDirectory, ToyEngine, toyTokenizer as tokenizer } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { onTestFinished } from 'vitest';
import preference from '../src/index.js';

const END = tokenizer.tokenId('<|im_end|>')!;

/** What is said to a prompt, by the number of the sample; `cut` for a turn that was cut off behind it. Throws: the engine fails. */
export type Policy = (prompt: string, sample: number) => string | { readonly cut: string };

export interface ScriptedRun {
  readonly folder: TestDirectory;
  readonly outcome: Awaited<ReturnType<typeof runConfig>>;
  /** Of this attempt, a row per step. */
  readonly metrics: () => Metrics[];
  /** Total rewards of all rollouts, in the folder of the run or of a stage. */
  readonly rewards: (stage?: string) => number[];
  readonly log: () => string;
}

export interface ScriptedOptions {
  /** Of the engine's checkpoints and of runs. Default: a new one. */
  readonly folder?: TestDirectory;
  /** The run's own folder in it. Default `run`. */
  readonly run?: string;
  readonly plugins?: readonly ConfiguredPlugin[];
}

export async function runScripted(
  use: string,
  options: object,
  policy: Policy,
  { folder = newFolder(), run: name = 'run', plugins = [] }: ScriptedOptions = {},
): Promise<ScriptedRun> {
  const rows: Metrics[] = [];
  class Scripted extends ToyEngine {
    override createLoraTrainingClient = async () => scripted(await super.createLoraTrainingClient(), policy);
    override createTrainingClientFromState = async (path: string) =>
      scripted(await super.createTrainingClientFromState(path), policy);
    override createTrainingClientFromStateWithOptimizer = async (path: string) =>
      scripted(await super.createTrainingClientFromStateWithOptimizer(path), policy);
    override async createSamplingClient(source: Parameters<ToyEngine['createSamplingClient']>[0]) {
      await super.createSamplingClient(source); // a checkpoint that is not there is an error
      return samplerOf(policy);
    }
  }
  const around = definePlugin({
    name: 'around',
    version: '1.0.0',
    setup({ provide }) {
      provide(Engines, 'scripted', { create: () => new Scripted(folder.path) });
      provide(Models, 'scripted', { create: () => ({ renderers: ['qwen3_instruct'] }) });
      provide(MetricSinks, { create: () => ({ write: async ({ metrics }) => void rows.push(metrics) }) });
    },
  });
  const run = join(folder.path, name);
  const outcome = await runConfig(
    {
      logPath: run,
      ifExists: 'resume',
      seed: 0,
      plugins: [around(), renderers(), datasets(), preference(), ...plugins],
      recipe: { use, with: { engine: 'scripted', modelName: 'scripted', ...options } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  return {
    folder,
    outcome,
    metrics: () => rows,
    log: () => readFileSync(join(run, 'logs.log'), 'utf8'),
    rewards: (stage = '.') =>
      readFileSync(join(run, stage, 'rollouts.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .map(line => (JSON.parse(line) as { total_reward: number }).total_reward),
  };
}

export function newFolder(): TestDirectory {
  const folder = new TestDirectory();
  onTestFinished(() => folder.remove());
  return folder;
}

function scripted<T extends { saveWeightsAndGetSamplingClient(): Promise<SamplingClient> }>(
  client: T,
  policy: Policy,
): T {
  client.saveWeightsAndGetSamplingClient = async () => samplerOf(policy);
  return client;
}

function samplerOf(policy: Policy): SamplingClient {
  return {
    async sample({ prompt, numSamples, samplingParams: { maxTokens = Infinity } }) {
      const text = tokenizer.decode(inputTokens(prompt));
      const sequences = Array.from({ length: numSamples }, (_, sample) => {
        const said = policy(text, sample);
        const isCut = typeof said !== 'string';
        const all = [...tokenizer.encode(isCut ? said.cut : said), ...(isCut ? [] : [END])];
        const tokens = all.slice(0, maxTokens);
        const stopReason = isCut || tokens.length < all.length ? ('length' as const) : ('stop' as const);
        return { tokens, logprobs: tokens.map(() => -1), stopReason };
      });
      return { sequences };
    },
    computeLogprobs: async prompt => inputTokens(prompt).map((_, index) => (index === 0 ? null : -1)),
  };
}
