/**
 * Examples of a data set as training data, each one looked at: an example that cannot teach anything is refused by its name,
 * not trained in silence. Also what cutting at a length costs.
 */
import { type Datum, type SupervisedExample, TinsmithError } from '@tinsmith/core';
import { supervisedDatum, type SupervisedDatumOptions } from './supervised-data.js';

export interface ExampleDatumOptions extends SupervisedDatumOptions {
  /** Which example it is, for people: `train.jsonl:17`. */
  readonly name: string;
}

/**
 * As `supervisedDatum`, but refuses what has nothing to train on.
 * @throws TRAINING_EXAMPLE_TOO_SHORT, TRAINING_EXAMPLE_UNTRAINED (all weights 0, or cut off), with the name of the example.
 */
export function exampleDatum(example: SupervisedExample, { name, ...options }: ExampleDatumOptions): Datum {
  const { maxLength = Infinity } = options;
  const { tokens, weights } = example;
  const isCut = tokens.length > maxLength;
  if (tokens.length < 2 || maxLength < 2) {
    throw new TinsmithError({
      code: 'TRAINING_EXAMPLE_TOO_SHORT',
      message: 'a training example needs two tokens: one to see and one to predict',
      at: name,
      found: `${tokens.length} tokens, cut at ${maxLength}`,
      fix: isCut ? 'a larger maxLength' : 'leave the example out',
    });
  }
  // The first token is never predicted, so its weight is lost.
  if (weights.slice(1, maxLength).every(weight => weight === 0)) {
    throw new TinsmithError({
      code: 'TRAINING_EXAMPLE_UNTRAINED',
      message: 'no token of the example has a weight, so that nothing can be learnt from it',
      at: name,
      found:
        isCut && weights.some(weight => weight > 0)
          ? `what is trained lies behind maxLength ${maxLength}; the example has ${tokens.length} tokens`
          : `${tokens.length} tokens, all with weight 0`,
      fix: isCut
        ? 'a larger maxLength, or leave the example out'
        : 'another trainOnWhat, or leave the example out',
    });
  }
  return supervisedDatum(example, options);
}

export interface LengthStatistics {
  readonly examples: number;
  readonly tokens: number;
  /** With a weight, before the cut. */
  readonly trainedTokens: number;
  readonly longest: number;
  /** Examples that are longer than the longest length, and what that costs. */
  readonly cutExamples: number;
  readonly cutTokens: number;
  readonly cutTrainedTokens: number;
  /** How full sequences padded to the longest one are: 1 if all are equally long. */
  readonly fill: number;
}

export function lengthStatistics(
  examples: readonly SupervisedExample[],
  maxLength = Infinity,
): LengthStatistics {
  const sum = (count: (example: SupervisedExample) => number) =>
    examples.reduce((total, example) => total + count(example), 0);
  const kept = sum(({ tokens }) => Math.min(tokens.length, maxLength));
  const longest = examples.reduce((most, { tokens }) => Math.max(most, tokens.length), 0);
  return {
    examples: examples.length,
    tokens: sum(({ tokens }) => tokens.length),
    trainedTokens: sum(({ weights }) => trained(weights)),
    longest,
    cutExamples: examples.filter(({ tokens }) => tokens.length > maxLength).length,
    cutTokens: sum(({ tokens }) => Math.max(tokens.length - maxLength, 0)),
    cutTrainedTokens: sum(({ weights }) => trained(weights.slice(maxLength))),
    fill: examples.length === 0 ? 1 : kept / (Math.min(longest, maxLength) * examples.length),
  };
}

const trained = (weights: readonly number[]) => weights.filter(weight => weight > 0).length;
