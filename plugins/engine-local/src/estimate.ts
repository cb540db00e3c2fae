/**
 * What a batch takes on this machine: memory as the plan of its longest sequence says, time as measured on a piece of it with the
 * model itself and tokens that mean nothing. Knows nothing of recipes.
 */
import { type BatchEstimate, type BatchSize, type Datum, float32, int64, modelInput } from '@tinsmith/core';
import type { ModelConfig } from './model/index.js';
import type { LocalEngine } from './local-engine.js';
import type { LocalTrainingClient } from './local-training-client.js';

/** Sequences are measured until they have so many positions: enough for products of matrices at full speed. */
const PIECE = 512;
/** Samples that are measured together at most; more share the work of a step as these do. */
const WIDEST = 32;
/** What takes less is measured again: graphs were made meanwhile. */
const WARM_SECONDS = 2;

interface SampledSize {
  readonly promptTokens: number;
  readonly numSamples: number;
  readonly maxTokens: number;
}

export async function estimateBatch(
  engine: LocalEngine,
  { baseModel, rank, trained, sampled }: BatchSize,
  { vocabularySize, maxPositions, slidingWindow = Infinity }: ModelConfig,
): Promise<BatchEstimate> {
  const contextLength = Math.min(maxPositions, slidingWindow);
  const training = await engine.createLoraTrainingClient({
    baseModel,
    seed: 0,
    ...(rank !== undefined && { rank }),
  });
  const tokens = meaningless(vocabularySize);
  const requests = sampled.map(({ promptTokens, numSamples, maxTokens = contextLength }) => {
    const most = Math.max(0, Math.min(maxTokens, contextLength - promptTokens));
    return { promptTokens, numSamples, maxTokens: most };
  });
  const answered = requests.flatMap(({ promptTokens, numSamples, maxTokens }) =>
    Array.from({ length: numSamples }, () => promptTokens + maxTokens - 1),
  );
  const seconds =
    (await trainingSeconds(training, [...trained, ...answered], tokens)) +
    (await samplingSeconds(training, requests, tokens));
  const { memory, plan } = await training.getInfo();
  // What the engine holds beside a pass is what it may take less what is left for a pass.
  const memoryBytes = plan && memory - plan.budget + plan.bytes;
  return { memoryBytes, seconds, basis: 'measured here on a piece of the batch' };
}

async function trainingSeconds(
  training: LocalTrainingClient,
  lengths: readonly number[],
  tokens: (length: number) => number[],
): Promise<number> {
  const piece: Datum[] = [];
  let positions = 0;
  for (const length of lengths.toSorted((a, b) => b - a)) {
    if (positions > 0 && positions + length > PIECE) break;
    piece.push(datumOf(tokens(length + 1)));
    positions += length;
  }
  if (positions === 0) return 0;
  const once = await warmed(async () => void (await training.forwardBackward(piece, 'cross_entropy')));
  const step = await secondsOf(async () => void (await training.optimStep()));
  return (once * sum(lengths)) / positions + step;
}

async function samplingSeconds(
  training: LocalTrainingClient,
  requests: readonly SampledSize[],
  tokens: (length: number) => number[],
): Promise<number> {
  const all = sum(requests.map(({ numSamples }) => numSamples));
  const longest = Math.max(0, ...requests.map(({ maxTokens }) => maxTokens));
  if (all === 0 || longest === 0) return 0;
  const measured: SampledSize[] = [];
  let [width, positions] = [0, 0];
  for (const request of requests) {
    if (width >= WIDEST || (width > 0 && positions + request.promptTokens > PIECE)) break;
    const numSamples = Math.min(request.numSamples, WIDEST - width);
    measured.push({ ...request, numSamples });
    width += numSamples;
    positions += request.promptTokens;
  }
  const policy = await training.saveWeightsAndGetSamplingClient();
  const sample = (maxTokens: number) =>
    warmed(async () => {
      const answers = measured.map(({ promptTokens, numSamples }) =>
        policy.sample({
          prompt: modelInput(tokens(promptTokens)),
          numSamples,
          samplingParams: { maxTokens, stop: [], seed: 0 },
        }),
      );
      await Promise.all(answers);
    });
  const few = Math.min(2, longest);
  const more = Math.min(6, longest);
  const start = await sample(few); // prompts and the first tokens
  const perToken = more > few ? Math.max(0, (await sample(more)) - start) / (more - few) : 0;
  const meanTokens = sum(requests.map(({ numSamples, maxTokens }) => numSamples * maxTokens)) / all;
  return (start + perToken * (meanTokens - few)) * (all / width);
}

/** Tokens that no call has had before: a prompt that is known would cost nothing. */
function meaningless(vocabularySize: number): (length: number) => number[] {
  let state = 1;
  const next = () => (state = (state * 48271) % 2147483647) % vocabularySize;
  return length => Array.from({ length }, next);
}

function datumOf(sequence: readonly number[]): Datum {
  const targets = sequence.slice(1);
  return {
    modelInput: modelInput(sequence.slice(0, -1)),
    lossFnInputs: { target_tokens: int64(targets), weights: float32(targets.map(() => 1)) },
  };
}

async function warmed(work: () => Promise<void>): Promise<number> {
  const first = await secondsOf(work);
  return first < WARM_SECONDS ? secondsOf(work) : first;
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
