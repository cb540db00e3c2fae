/**
 * Sampling of many requests together, from one policy: each distinct prompt is run once, then all samples advance by one token
 * per step; a sample that ends makes room for one that waits. What is batched depends only on the requests and their order.
 * Knows nothing of messages, text or files.
 */
import { decodeGraph } from '../model/index.js';
import { createRandom, type Random } from '../random.js';
import { float32Tensor, floats, int64Tensor } from '../worker/graph-sessions.js';
import type { SampleOptions } from '../worker/messages.js';
import { loraKey, type Policy } from '../worker/policy.js';
import { drawToken } from './distribution.js';
import { bucketFor, bytesPerPosition, KeyValueCache } from './key-value-cache.js';
import { prefill, type Prefilled } from './prefill.js';
import { createStopRule, type Decode, type StopRule } from './stop-rule.js';

export interface SampleJob {
  readonly prompt: Int32Array;
  readonly numSamples: number;
  readonly options: SampleOptions;
  /** Asked between steps: true if nobody waits for the result any more. */
  isCancelled(): boolean;
}

export interface Sample {
  readonly tokens: number[];
  readonly logprobs: number[];
  /** False: the sample has its greatest length. */
  stopped: boolean;
}

/** A sample being made. */
interface Row {
  readonly job: SampleJob;
  readonly sample: Sample;
  readonly random: Random;
  readonly stop: StopRule;
  readonly prompt: Prompt;
  /** Prompt and sample may have this many tokens together. */
  readonly mostTokens: number;
}

/** A distinct prompt: run when its first sample starts, dropped when its last one has started. */
interface Prompt {
  readonly tokens: Int32Array;
  waiting: number;
  prefilled: Prefilled | undefined;
}

/** More rows than this don't make a step cheaper per row. */
const mostRows = 128;
const cacheBytes = 2 ** 30;

/**
 * @param decode needed if a request has stop strings.
 * @returns the samples of each job, in order. Those of a cancelled job may be unfinished.
 */
export async function sampleTogether(
  policy: Policy,
  jobs: readonly SampleJob[],
  maxTokens: number,
  decode?: Decode,
): Promise<Sample[][]> {
  const samples = jobs.map(job => Array.from({ length: job.numSamples }, newSample));
  const waiting = makeRows(jobs, samples, maxTokens, decode);
  const active: Row[] = [];
  const slots = slotsFor(policy, waiting);
  const cache = new KeyValueCache(policy.config, slots);

  let next = 0;
  while (next < waiting.length || active.length > 0) {
    while (next < waiting.length && active.length < slots) {
      const starting = waiting.slice(next, next + slots - active.length);
      next += starting.length;
      await prefillNew(policy, starting);
      for (const row of starting) if (startRow(row, cache, active.length)) active.push(row);
    }
    dropRows(active, cache, row => row.job.isCancelled());
    if (active.length === 0) continue;
    const logits = await decodeStep(policy, cache, active);
    active.forEach((row, index) => advance(row, logits(index)));
    dropRows(active, cache, isFinished);
  }
  return samples;
}

const newSample = (): Sample => ({ tokens: [], logprobs: [], stopped: false });

function makeRows(
  jobs: readonly SampleJob[],
  samples: readonly Sample[][],
  maxTokens: number,
  decode: Decode | undefined,
): Row[] {
  const prompts = new Map<string, Prompt>();
  return jobs.flatMap((job, index) => {
    const key = job.prompt.join();
    const prompt = prompts.get(key) ?? { tokens: job.prompt, waiting: 0, prefilled: undefined };
    prompts.set(key, prompt);
    prompt.waiting += job.numSamples;
    const { options } = job;
    const stop = createStopRule(options.stopTokens, options.stopStrings, decode);
    const mostTokens = Math.min(maxTokens, job.prompt.length + options.maxTokens);
    return samples[index]!.map((sample, i) => {
      const random = createRandom(options.seed + BigInt(i));
      return { job, sample, random, stop, prompt, mostTokens };
    });
  });
}

function slotsFor({ config }: Policy, rows: readonly Row[]): number {
  const longest = rows.reduce((most, row) => Math.max(most, row.mostTokens), 1);
  const fitting = Math.floor(cacheBytes / (bytesPerPosition(config) * bucketFor(longest)));
  return Math.max(1, Math.min(mostRows, fitting, rows.length));
}

async function prefillNew(policy: Policy, rows: readonly Row[]): Promise<void> {
  const prompts = [...new Set(rows.filter(row => !row.job.isCancelled()).map(row => row.prompt))].filter(
    prompt => !prompt.prefilled,
  );
  const results = await prefill(
    policy,
    prompts.map(prompt => prompt.tokens),
  );
  prompts.forEach((prompt, index) => (prompt.prefilled = results[index]));
}

/** Draws the first token, and takes the slot if the sample goes on. */
function startRow(row: Row, cache: KeyValueCache, slot: number): boolean {
  const { prompt } = row;
  const { prefilled } = prompt;
  prompt.waiting--;
  if (prompt.waiting === 0) prompt.prefilled = undefined;
  if (!prefilled || row.job.isCancelled()) return false;
  advance(row, prefilled.logits);
  if (isFinished(row)) return false;
  cache.reserve(prompt.tokens.length + 1);
  cache.fill(slot, prefilled.cache);
  return true;
}

function advance({ job, sample, random, stop }: Row, logits: Float32Array): void {
  const { token, logprob } = drawToken(logits, job.options, random);
  sample.tokens.push(token);
  sample.logprobs.push(logprob);
  sample.stopped = stop.ends(sample.tokens);
}

const isFinished = ({ sample, prompt, mostTokens }: Row): boolean =>
  sample.stopped || prompt.tokens.length + sample.tokens.length >= mostTokens;

/** Takes rows out, filling each gap with the last row. */
function dropRows(active: Row[], cache: KeyValueCache, isDropped: (row: Row) => boolean): void {
  for (let slot = active.length - 1; slot >= 0; slot--) {
    if (!isDropped(active[slot]!)) continue;
    const last = active.pop()!;
    if (slot === active.length) continue;
    active[slot] = last;
    cache.move(active.length, slot);
  }
}

/** One step for all rows: feeds each row's last token, appends its key and value. @returns the logits by row. */
async function decodeStep(
  policy: Policy,
  cache: KeyValueCache,
  rows: readonly Row[],
): Promise<(row: number) => Float32Array> {
  const { config, lora, graphs, tensors } = policy;
  const session = await graphs.get(`decode ${loraKey(lora)}`, () =>
    decodeGraph({ config, ...(lora && { adapter: lora }) }),
  );
  const tokens = rows.map(({ sample }) => sample.tokens.at(-1)!);
  const positions = rows.map(({ prompt, sample }) => prompt.tokens.length + sample.tokens.length - 1);
  cache.reserve(Math.max(...positions) + 1);
  const outputs = await session.run(
    {
      tokens: int64Tensor(tokens, [rows.length, 1]),
      positions: int64Tensor(positions, [rows.length, 1]),
      mask: attentionMask(positions, cache.capacity),
      ...cache.feeds(rows.length),
    },
    tensors,
  );
  cache.append(positions, outputs);
  const logits = floats(outputs['logits']);
  const size = config.vocabularySize;
  return row => logits.subarray(row * size, (row + 1) * size);
}

/** [rows, 1, 1, capacity + 1]: a row attends to the positions it has been through, and to its new token in the last column. */
function attentionMask(positions: readonly number[], capacity: number) {
  const width = capacity + 1;
  const mask = new Float32Array(positions.length * width).fill(-1e9);
  positions.forEach((position, row) => {
    mask.fill(0, row * width, row * width + position);
    mask[(row + 1) * width - 1] = 0;
  });
  return float32Tensor(mask, [positions.length, 1, 1, width]);
}
