/**
 * Supervised training, from the first step to the last checkpoint: cross entropy on the tokens that have a weight
 * (cookbook-algorithms, section 12). It leaves out warm-up, gradient accumulation and weight decay.
 */
import {
  type Datum,
  type Engine,
  type ForwardBackwardOutput,
  type Metrics,
  type OptimStepOutput,
  type Run,
  type Tokenizer,
} from '@tinsmith/core';
import { isEvery } from './cadence.js';
import type { SupervisedDataset } from './conversation-dataset.js';
import type { EvaluationRound } from './evaluation/index.js';
import { learningRateMultiplier, placeOf } from './learning-rate.js';
import { measureNll } from './nll.js';
import { openTraining, stepsToRun } from './open-training.js';
import type { SupervisedLoopOptions } from './options.js';
import { ProgressSaver } from './save-progress.js';
import { countTokens } from './supervised-data.js';
import { ADAM } from './train-step.js';

export interface SupervisedParts {
  readonly engine: Engine;
  /** For bits per byte. */
  readonly tokenizer: Tokenizer;
  readonly train: SupervisedDataset;
  /** Its first epoch is evaluated; none: no evaluation. */
  readonly test?: SupervisedDataset | undefined;
  /** Asked before every step, after all updates before it; says itself whether something is due. */
  readonly evaluate?: EvaluationRound | undefined;
  /** More about a batch, for its row: its data as `train` gave it, and the logprobs of the targets before the update. */
  readonly measure?:
    | ((data: readonly Datum[], logprobs: readonly ArrayLike<number>[]) => Metrics)
    | undefined;
}

/** A step that the engine has been asked for. Engines keep the order of calls. */
interface Submitted {
  readonly step: number;
  readonly learningRate: number;
  readonly data: readonly Datum[];
  /** Metrics of the weights before the step. */
  readonly more: Metrics | undefined;
  readonly pass: Promise<ForwardBackwardOutput>;
  readonly update: Promise<OptimStepOutput>;
  /** On the weights before the step; {} if none is due. */
  readonly evaluation: Promise<Metrics>;
}

export async function trainSupervised(
  run: Run,
  options: SupervisedLoopOptions,
  { engine, tokenizer, train, test, evaluate: evaluateMore, measure }: SupervisedParts,
): Promise<void> {
  const plan = { batchesPerEpoch: train.length, epochs: options.numEpochs, maxSteps: options.maxSteps };
  const { last } = run.checkpoints;
  const steps = stepsToRun(run, train.length * options.numEpochs, options);
  if (!steps) return;
  const { start, end } = steps;
  const training = await openTraining(engine, run, options);
  let tokens = Number(last?.['elapsed_tokens'] ?? 0);
  const saver = new ProgressSaver(run, training, options, engine.checkpoints, tokens);
  const testData = test ? await firstEpoch(test) : [];

  const submit = async (step: number): Promise<Submitted> => {
    const { epoch, batch } = placeOf(step, plan);
    const data = await run.span('get_batch', () => train.getBatch(epoch, batch));
    const learningRate = options.learningRate * learningRateMultiplier(options.lrSchedule, step, end);
    const more = await evaluateMore?.(step, training);
    const isEvaluated = testData.length > 0 && isEvery(options.evalEvery, step);
    const submitted = {
      step,
      learningRate,
      data,
      more,
      evaluation: isEvaluated ? testNll() : Promise.resolve({}),
      pass: training.forwardBackward(data, 'cross_entropy'),
      update: training.optimStep({ learningRate, ...ADAM }),
    };
    // A failure is heard when the step is awaited, which an earlier failure can prevent.
    for (const answer of [submitted.evaluation, submitted.pass, submitted.update]) answer.catch(() => {});
    return submitted;
  };

  const testNll = async (): Promise<Metrics> => {
    const forward = await training.forward(testData, 'cross_entropy');
    const { meanNll, bitsPerByte } = measureNll(testData, logprobsOf(forward), tokenizer);
    return finite({ 'test/nll': meanNll, 'test/bpb': bitsPerByte });
  };

  const finish = async ({ step, learningRate, data, more, pass, update, evaluation }: Submitted) => {
    const [forward, { metrics }] = await run.span('step', () => Promise.all([pass, update]));
    const logprobs = logprobsOf(forward);
    const { meanNll, bitsPerByte, numLossTokens } = measureNll(data, logprobs, tokenizer);
    const { epoch, progress } = placeOf(step, plan);
    return {
      epoch,
      progress,
      learning_rate: learningRate,
      num_sequences: data.length,
      num_tokens: countTokens(data),
      num_loss_tokens: numLossTokens,
      ...finite({ train_mean_nll: meanNll, train_mean_bpb: bitsPerByte }),
      ...metrics,
      ...(measure && finite(measure(data, logprobs))),
      ...more,
      ...(await run.span('evals', () => evaluation)),
    };
  };

  const inFlight: Submitted[] = [];
  let next = start; // the next step to submit
  let due = saver.due(0); // nothing
  let isStopping = false;
  for (let step = start; step < end; step++) {
    const goOn = await run.step(step, async () => {
      // Steps are submitted ahead, but not past a checkpoint: its row must say what the weights have learnt.
      const room = isStopping ? 0 : 1 + options.submitAhead;
      while (inFlight.length < room && next < end && due.length === 0) {
        const submitted = await submit(next);
        inFlight.push(submitted);
        next++;
        tokens += countTokens(submitted.data);
        due = saver.due(next, tokens);
      }
      return finish(inFlight.shift()!);
    });
    isStopping ||= !goOn;
    if (inFlight.length > 0) continue; // also when stopping: what was submitted is learnt, and counts as a step
    const isStopped = isStopping && next < end;
    const progress = { epoch: Math.floor(next / train.length), policy_version: next, elapsed_tokens: tokens };
    await saver.save(next, isStopped ? ['periodic'] : due, progress);
    if (isStopped) return;
    due = [];
  }
  await saver.finish(end, { epoch: options.numEpochs, policy_version: end, elapsed_tokens: tokens });
}

async function firstEpoch(dataset: SupervisedDataset): Promise<readonly Datum[]> {
  const indices = Array.from({ length: dataset.length }, (_, index) => index);
  return (await Promise.all(indices.map(index => dataset.getBatch(0, index)))).flat();
}

const logprobsOf = ({ lossFnOutputs }: ForwardBackwardOutput) =>
  lossFnOutputs.map(outputs => outputs['logprobs']!.data);

/** Without means of nothing, e.g. of a batch whose trained tokens were all cut off. */
const finite = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value)));
