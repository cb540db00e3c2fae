/** The three stages, each one call of a loop of `@tinsmith/training`. */
import type { Message, Run } from '@tinsmith/core';
import { evaluationRound, trainRl, trainSupervised } from '@tinsmith/training';
import { pairwiseDataset } from '../pairwise-dataset.js';
import { accuracyEvaluator, winRateEvaluator } from './measure.js';
import type { RlhfParts } from './open.js';
import { type RlhfOptions, rlOptions, supervisedOptions } from './options.js';

/** Stage 1: supervised training on conversations. */
export async function learnToAnswer(run: Run, options: RlhfOptions, parts: RlhfParts): Promise<void> {
  const { engine, tokenizer, sftData } = parts;
  const { sftLearningRate: learningRate, sftMaxSteps: maxSteps } = options;
  await trainSupervised(run, supervisedOptions(options, { learningRate, maxSteps }), {
    engine,
    tokenizer,
    ...sftData!,
  });
}

/** Stage 2: supervised training on comparisons, from the base model, to say A, B or Tie. */
export async function learnToJudge(run: Run, options: RlhfOptions, parts: RlhfParts): Promise<void> {
  const { engine, tokenizer, renderer, rmData, heldOut } = parts;
  const { rmLearningRate: learningRate, rmMaxSteps: maxSteps, evalEvery: every } = options;
  await trainSupervised(run, supervisedOptions(options, { learningRate, maxSteps }), {
    engine,
    tokenizer,
    ...rmData!,
    evaluate: evaluationRound(run, {
      evaluators: heldOut.length > 0 ? [{ evaluator: accuracyEvaluator(heldOut), every }] : [],
      renderer,
      tokenizer,
      onEvaluatorError: 'stop',
    }),
  });
}

/** Stage 3: from the weights of stage 1, reinforcement learning on what the judge says of answers to the same prompt. */
export async function learnToPlease(run: Run, options: RlhfOptions, parts: RlhfParts): Promise<void> {
  const { engine, tokenizer, renderer, heldOut } = parts;
  const { rlGroupSize: groupSize, tournamentPattern: pattern, matchupGroupSize, evalEvery: every } = options;
  const { train, read } = parts.comparisons!;
  const { sft } = await parts.left();
  const judge = await parts.judge();

  const promptsAt = async (start: number, count: number): Promise<(readonly Message[])[]> => {
    const places = Array.from({ length: count }, (_, i) => start + i);
    const readings = (await Promise.all(places.map(place => train.at(place)))).map(read);
    return readings.flatMap(found => ('labelled' in found ? [found.labelled.comparison.prompt] : []));
  };
  await trainRl(run, rlOptions(options, sft!), {
    engine,
    train: pairwiseDataset({
      renderer,
      batchSize: options.rlBatchSize ?? options.batchSize,
      groupSize,
      pattern,
      matchupGroupSize,
      judge,
      judgeName: options.judge ?? 'the reward model',
      signal: run.signal,
      length: train.length,
      promptsAt,
    }),
    evaluate: evaluationRound(run, {
      evaluators:
        heldOut.length > 0 ? [{ evaluator: await winRateEvaluator(options, parts, run.seed), every }] : [],
      renderer,
      tokenizer,
      onEvaluatorError: 'stop',
    }),
  });
}
