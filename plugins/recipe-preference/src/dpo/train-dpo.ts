/**
 * Direct preference optimisation, from the first step to the last checkpoint (cookbook-algorithms, section 9): what was preferred
 * becomes likelier, measured from the weights that the run began with. It leaves out sampling and rewards; a step needs the loss of
 * its own forward pass, so that steps are not submitted ahead.
 */
import type { Datum, Engine, Metrics, Run, Tokenizer } from '@tinsmith/core';
import {
  ADAM,
  countTokens,
  dpoLossFn,
  type EvaluationRound,
  isEvery,
  learningRateMultiplier,
  measureNll,
  openTraining,
  placeOf,
  ProgressSaver,
  scoreTargets,
  stepsToRun,
  type SupervisedDataset,
} from '@tinsmith/training';
import type { DpoOptions } from './options.js';
import { openReference } from './reference.js';

export interface DpoParts {
  readonly engine: Engine;
  readonly tokenizer: Tokenizer;
  /** Batches of pairs: the preferred answer at even places, the other behind it. */
  readonly train: SupervisedDataset;
  /** Pairs that are evaluated as a whole; none: no evaluation. */
  readonly test?: readonly Datum[] | undefined;
  /** Asked before every step, on the weights before it; says itself whether something is due. */
  readonly evaluate?: EvaluationRound | undefined;
}

export async function trainDpo(
  run: Run,
  options: DpoOptions,
  { engine, tokenizer, train, test = [], evaluate }: DpoParts,
): Promise<void> {
  const { dpoBeta: beta, evalEvery } = options;
  const plan = { batchesPerEpoch: train.length, epochs: options.numEpochs, maxSteps: options.maxSteps };
  const steps = stepsToRun(run, train.length * options.numEpochs, options);
  if (!steps) return;
  const { start, end } = steps;
  const training = await openTraining(engine, run, options);
  const reference = await openReference(engine, training, run.checkpoints);
  const saver = new ProgressSaver(run, training, options, engine.checkpoints);
  let testReference: Promise<number[][]> | undefined; // of all held-out pairs: scored once, when it is first needed

  const evaluateTest = async (): Promise<Metrics> => {
    testReference ??= scoreTargets(reference.model, test);
    const [scores, { lossFnOutputs }] = await Promise.all([
      testReference,
      training.forward(test, 'cross_entropy'),
    ]);
    const logprobs = lossFnOutputs.map(outputs => outputs['logprobs']!.data);
    const { metrics } = await dpoLossFn(scores, beta)(
      test,
      logprobs.map(one => Float32Array.from(one)),
    );
    const { meanNll } = measureNll(test, logprobs, tokenizer);
    return { nll: meanNll, ...metrics };
  };

  const doStep = async (step: number): Promise<Metrics> => {
    const { epoch, batch } = placeOf(step, plan);
    const isEvaluated = test.length > 0 && (isEvery(evalEvery, step) || (evalEvery > 0 && step === end - 1));
    const testMetrics = isEvaluated ? await run.span('evals', evaluateTest) : {};
    const more = await evaluate?.(step, training);
    const data = await run.span('get_batch', () => train.getBatch(epoch, batch));
    const learningRate = options.learningRate * learningRateMultiplier(options.lrSchedule, step, end);
    return {
      epoch,
      num_pairs: data.length / 2,
      num_tokens: countTokens(data),
      learning_rate: learningRate,
      progress: step / end,
      ...(await update(data, learningRate)),
      ...prefixed(testMetrics),
      ...more,
    };
  };

  /** A batch in which no row can be used changes nothing. */
  const update = async (data: readonly Datum[], learningRate: number): Promise<Metrics> => {
    if (data.length === 0) return {};
    const scores = await run.span('reference_logprobs', () => scoreTargets(reference.model, data));
    const [pass, { metrics }] = await run.span('step', () =>
      Promise.all([
        training.forwardBackwardCustom(data, dpoLossFn(scores, beta)),
        training.optimStep({ learningRate, ...ADAM }),
      ]),
    );
    return { ...pass.metrics, ...metrics };
  };

  for (let step = start; step < end; step++) {
    const goOn = await run.step(step, () => doStep(step));
    const next = step + 1;
    const isStopped = !goOn && next < end;
    const due = saver.due(next);
    const progress = { epoch: Math.floor(next / train.length), policy_version: next, ...reference.progress };
    await saver.save(next, isStopped ? ['periodic'] : next < end ? due : [], progress);
    if (isStopped) return;
  }
  await saver.finish(end, { epoch: options.numEpochs, policy_version: end, ...reference.progress });
}

const prefixed = (metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`test/${name}`, value]));
