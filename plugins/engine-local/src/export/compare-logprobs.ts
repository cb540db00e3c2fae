/**
 * Whether a written model says what its parts say: texts that base and adapter sample are scored again by what was written. Each side
 * has an engine of its own, one after the other, so that one copy of the weights is in memory. Knows nothing of formats.
 */
import { modelInput, type SamplingClient } from '@tinsmith/core';
import { LocalEngine, type LocalEngineOptions } from '../local-engine.js';

export interface ScoredTexts {
  readonly sequences: readonly (readonly number[])[];
  /** Log-probability of each token but the first. */
  readonly logprobs: readonly (readonly number[])[];
}

export interface LogprobDifference {
  readonly tokens: number;
  readonly mean: number;
  readonly largest: number;
}

const texts = 4;
const longestText = 48;

/** @param open makes the client of the policy in the engine given. */
export async function sampleTexts(
  options: LocalEngineOptions,
  start: number,
  contextLength: number,
  open: (engine: LocalEngine) => Promise<SamplingClient>,
): Promise<ScoredTexts> {
  await using engine = new LocalEngine(options);
  const client = await open(engine);
  const { sequences } = await client.sample({
    prompt: modelInput([start]),
    numSamples: texts,
    samplingParams: { maxTokens: Math.min(longestText, contextLength - 1), seed: 0, stop: [] },
  });
  const tokens = sequences.map(sequence => [start, ...sequence.tokens]);
  return { sequences: tokens, logprobs: await score(client, tokens) };
}

/** How far apart the log-probabilities of the same tokens are, in nats. */
export async function compareLogprobs(
  path: string,
  { sequences, logprobs }: ScoredTexts,
  threads?: number,
): Promise<LogprobDifference> {
  await using engine = new LocalEngine({ threads });
  const client = await engine.createSamplingClient({ baseModel: path });
  const found = (await score(client, sequences)).flat();
  const differences = logprobs.flat().map((logprob, i) => Math.abs(logprob - found[i]!));
  return {
    tokens: differences.length,
    mean: differences.reduce((sum, difference) => sum + difference, 0) / differences.length,
    largest: differences.reduce((most, difference) => Math.max(most, difference), 0),
  };
}

async function score(client: SamplingClient, sequences: readonly (readonly number[])[]): Promise<number[][]> {
  const scored = await Promise.all(sequences.map(tokens => client.computeLogprobs(modelInput(tokens))));
  return scored.map(logprobs => logprobs.slice(1).map(Number));
}
