/**
 * Samples answers and grades them, some examples at a time. One that fails is a result with an error; the others go on. What was
 * sampled is decoded for grading and for people, and never encoded again.
 */
import {
  type EvaluatedExample,
  type EvaluatedTurn,
  type EvaluationContext,
  inputLength,
  inputTokens,
  messageOf,
  type ModelInput,
  type SampledSequence,
  textOf,
} from '@tinsmith/core';
import { mixSeed, sideBySide } from '@tinsmith/training';
import type { AnswerOptions } from './options.js';
import type { TaskExample } from './task.js';

/** In the order of the examples, samples of one example after each other. */
export async function sampleAndGrade(
  examples: readonly TaskExample[],
  context: EvaluationContext,
  options: AnswerOptions,
): Promise<EvaluatedExample[]> {
  const { concurrency: limit } = options;
  const results = await sideBySide(examples, { limit, signal: context.signal }, (example, _, signal) =>
    answersOf(example, { ...context, signal }, options),
  );
  return results.flat();
}

async function answersOf(
  example: TaskExample,
  context: EvaluationContext,
  options: AnswerOptions,
): Promise<EvaluatedExample[]> {
  const { examples: recorder } = context;
  const samples = Array.from({ length: options.numSamples }, (_, sample) => sample);
  const known = samples.map(sample => recorder?.find(example.id, sample));
  const missing = samples.filter(sample => known[sample] === undefined);
  if (missing.length === 0) return known.map(found => found!);
  // All at once share the prompt; seeds are those of the single samples, so that what is missing comes out the same.
  const isWhole = missing.length === samples.length;
  const requests = isWhole
    ? [{ first: 0, count: samples.length }]
    : missing.map(first => ({ first, count: 1 }));
  for (const { first, count } of requests) {
    for (const [index, answer] of (await sampled(example, context, { first, count, ...options })).entries()) {
      known[first + index] = answer;
      await recorder?.add(answer);
    }
  }
  return known.map(found => found!);
}

interface SampleOptions extends AnswerOptions {
  readonly first: number;
  readonly count: number;
}

async function sampled(
  example: TaskExample,
  { sampling, renderer, tokenizer, seed, signal }: EvaluationContext,
  { first, count, maxTokens, temperature, timeoutSeconds }: SampleOptions,
): Promise<EvaluatedExample[]> {
  const begin = performance.now();
  const timeout = AbortSignal.timeout(timeoutSeconds * 1000);
  const policy = await sampling(); // without it nothing can be said about any example
  try {
    const prompt = renderer.buildGenerationPrompt(example.messages);
    const { sequences } = await policy.sample({
      prompt,
      numSamples: count,
      samplingParams: {
        temperature,
        stop: renderer.stopSequences,
        seed: mixSeed(seed, ...numbersOf(example.id)) + first,
        ...(maxTokens !== undefined && { maxTokens }),
      },
      signal: AbortSignal.any([signal, timeout]),
    });
    const asked = askedTurn(prompt);
    return await Promise.all(sequences.map((sequence, index) => graded(sequence, first + index, asked)));
  } catch (error) {
    signal.throwIfAborted();
    const reason = timeout.aborted ? `timeout (${timeoutSeconds}s)` : messageOf(error);
    return Array.from({ length: count }, (_, index) => failed(first + index, reason));
  }

  function askedTurn(prompt: ModelInput): EvaluatedTurn {
    return { role: 'user', content: tokenizer.decode(inputTokens(prompt)), tokenCount: inputLength(prompt) };
  }

  async function graded(
    { tokens, stopReason }: SampledSequence,
    sample: number,
    asked: EvaluatedTurn,
  ): Promise<EvaluatedExample> {
    const isTruncated = stopReason === 'length';
    const answer = textOf(renderer.parseResponse(tokens).message);
    const grade = isTruncated ? { reward: 0, metrics: {}, logs: {} } : await example.grade(answer);
    const { reward, metrics, logs } = grade;
    return {
      id: example.id,
      sample,
      turns: [asked, { role: 'assistant', content: tokenizer.decode(tokens), tokenCount: tokens.length }],
      reward,
      metrics: { ...metrics, ac_tokens: tokens.length, ob_tokens: asked.tokenCount },
      logs,
      isTruncated,
      error: null,
      seconds: secondsSince(begin),
    };
  }

  function failed(sample: number, error: string): EvaluatedExample {
    const nothing = { turns: [], reward: 0, metrics: {}, logs: {}, isTruncated: false };
    return { id: example.id, sample, ...nothing, error, seconds: secondsSince(begin) };
  }
}

const secondsSince = (begin: number): number => (performance.now() - begin) / 1000;

/** The bytes of an id, six at a time, as integers. */
function numbersOf(id: string): number[] {
  const bytes = Buffer.from(id);
  return Array.from({ length: Math.ceil(bytes.length / 6) }, (_, index) => {
    const part = bytes.subarray(index * 6, index * 6 + 6);
    return part.readUIntBE(0, part.length);
  });
}
