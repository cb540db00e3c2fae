/** One function per kind of check: runs the engine and measures the distances. Kinds are described in the vectors' README. */
import { join } from 'node:path';
import { type AdamParams, type Datum, float32, int64, type LossFn, modelInput } from '@tinsmith/core';
import type { LocalEngine, LocalSamplingClient, LocalTrainingClient } from '@tinsmith/engine-local/engine';
import type { Measurement } from '../category.ts';
import { type CallJson, type CaseFile, type CheckJson, type Expected, readDatum } from './case-files.ts';
import { chiSquareProbability } from './chi-square.ts';
import {
  countDifferent,
  gradientDistances,
  largestDifference,
  largestRelativeDifference,
  updateDistances,
} from './distances.ts';

export interface CaseContext {
  readonly engine: LocalEngine;
  readonly folder: string;
  readonly file: CaseFile;
  readonly expected: Expected;
}
type RunCheck = (context: CaseContext, check: CheckJson) => Promise<Measurement[]>;

export const checkKinds: Readonly<Record<string, RunCheck>> = {
  logits: checkLogits,
  logprobs: checkLogprobs,
  forward_backward: checkForwardBackward,
  custom_dpo: checkCustomDpo,
  train: checkTrain,
  greedy: checkGreedy,
  prompt_logprobs: checkPromptLogprobs,
  sampling: checkSampling,
};

async function checkLogits(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openSampler(context, check);
  const expected = context.expected.get(check.id, 'logits');
  const vocabulary = expected.shape[1]!;
  const all = await client.logits(check.sequences.map(modelInput));
  const rows = check.positions.flatMap((positions, sequence) =>
    positions.map(position => all[sequence]!.subarray(position * vocabulary, (position + 1) * vocabulary)),
  );
  const found = rows.flatMap(row => [...row]);
  return [measure(context, 'logits', largestDifference(found, expected.data))];
}

async function checkLogprobs(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openTrainer(context, check.use_adapter !== false);
  const data = check.sequences.map((tokens, index): Datum => ({
    modelInput: modelInput(tokens),
    lossFnInputs: { target_tokens: int64(check.targets[index]!) },
  }));
  const { lossFnOutputs } = await client.forward(data, 'cross_entropy');
  const found = lossFnOutputs.flatMap(outputs => Array.from(outputs['logprobs']!.data));
  return [
    measure(context, 'logprobs', largestDifference(found, context.expected.values(check.id, 'logprobs'))),
  ];
}

async function checkForwardBackward(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openTrainer(context);
  const { expected } = context;
  const losses: number[] = [];
  const measurements: Measurement[] = [];
  for (const [index, call] of check.calls.entries()) {
    const { loss, logprobs, isCompared } = await runCall(client, context, call);
    losses.push(loss);
    const wanted = expected.values(check.id, `logprobs/${index}`);
    if (wanted.length !== logprobs.length)
      throw new Error(`call ${index}: ${logprobs.length} logprobs, not ${wanted.length}`);
    const compared = logprobs.filter((_, i) => isCompared[i]);
    const distance = largestDifference(
      compared,
      [...wanted].filter((_, i) => isCompared[i]),
    );
    measurements.push(measure(context, 'logprobs', distance, `logprobs/${index}`));
  }
  const loss = largestRelativeDifference(losses, expected.values(check.id, 'loss'));
  return [
    measure(context, 'loss', loss),
    ...measurements,
    ...(await measureGradients(client, context, check)),
  ];
}

/** C = - sum over pairs of log sigmoid(beta (s_chosen - s_rejected - margin)), in two passes as the protocol has custom losses. */
async function checkCustomDpo(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openTrainer(context);
  const data = readData(context, check.data);
  const unweighted = data.map(datum =>
    withWeights(datum, datum.lossFnInputs['target_tokens']!.data.length, () => 0),
  );
  const { lossFnOutputs } = await client.forward(unweighted, 'cross_entropy');
  const logprobs = lossFnOutputs.map(outputs => Array.from(outputs['logprobs']!.data));
  const scores = logprobs.map((row, j) =>
    row.reduce((sum, logprob, t) => sum + check.mask[j]![t]! * logprob, 0),
  );

  let loss = 0;
  const slopes: number[] = []; // dC / d score, per datum
  for (const [pair, margin] of check.reference_margin.entries()) {
    const x = check.beta * (scores[2 * pair]! - scores[2 * pair + 1]! - margin);
    loss += Math.log1p(Math.exp(-x));
    const slope = -check.beta / (1 + Math.exp(x));
    slopes.push(slope, -slope);
  }
  const weighted = data.map((datum, j) =>
    withWeights(datum, logprobs[j]!.length, t => -slopes[j]! * check.mask[j]![t]!),
  );
  await client.forwardBackward(weighted, 'cross_entropy');

  const { expected } = context;
  return [
    measure(context, 'loss', largestRelativeDifference([loss], expected.values(check.id, 'loss'))),
    measure(context, 'logprobs', largestDifference(logprobs.flat(), expected.values(check.id, 'logprobs'))),
    ...(await measureGradients(client, context, check)),
  ];
}

async function checkTrain(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openTrainer(context);
  const start = await parameterValues(client);
  const [losses, norms, evaluations]: [number[], number[], number[]] = [[], [], []];
  for (const { calls, adam } of check.steps) {
    for (const call of calls) losses.push((await runCall(client, context, call)).loss);
    const { metrics } = await client.optimStep(adamParams(adam));
    norms.push(metrics['grad_norm:l2']!);
    evaluations.push((await runCall(client, context, { ...check.eval, forward_only: true })).loss);
  }
  const { expected } = context;
  const { tolerance } = context.file;
  return [
    measure(context, 'loss', largestRelativeDifference(losses, expected.values(check.id, 'loss'))),
    measure(context, 'grad_norm', largestRelativeDifference(norms, expected.values(check.id, 'grad_norm'))),
    measure(
      context,
      'eval_loss',
      largestRelativeDifference(evaluations, expected.values(check.id, 'eval_loss')),
    ),
    ...updateDistances(start, await parameterValues(client), expected.group(check.id, 'weights'), {
      update: limitOf(tolerance, 'update'),
      trimmed: limitOf(tolerance, 'update_trimmed'),
    }),
  ];
}

/** Together, one by one, and scored in one pass. */
async function checkGreedy(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openSampler(context, check);
  const sample = (prompt: readonly number[]) =>
    client.sample({
      prompt: modelInput(prompt),
      numSamples: 1,
      samplingParams: { temperature: 0, maxTokens: check.max_tokens, stop: [] },
    });
  const together = await Promise.all(check.prompts.map(sample));
  const oneByOne: typeof together = [];
  for (const prompt of check.prompts) oneByOne.push(await sample(prompt));

  const tokens = context.expected.values(check.id, 'tokens');
  const logprobs = context.expected.values(check.id, 'logprobs');
  const measurements: Measurement[] = [];
  for (const [way, responses] of Object.entries({ together, 'one by one': oneByOne })) {
    const sequences = responses.map(({ sequences: [sequence] }) => sequence!);
    measurements.push(
      {
        quantity: `tokens ${way}`,
        distance: countDifferent(
          sequences.flatMap(s => s.tokens),
          tokens,
        ),
        limit: 0,
      },
      measure(
        context,
        'logprobs',
        largestDifference(
          sequences.flatMap(s => s.logprobs),
          logprobs,
        ),
        `logprobs ${way}`,
      ),
    );
  }
  const whole = check.prompts.map((prompt, i) =>
    modelInput([...prompt, ...together[i]!.sequences[0]!.tokens]),
  );
  const scores = await Promise.all(whole.map(input => client.computeLogprobs(input)));
  const scored = scores.flatMap(row => row.slice(-check.max_tokens).map(Number));
  return [
    ...measurements,
    measure(context, 'logprobs', largestDifference(scored, logprobs), 'logprobs scored'),
  ];
}

async function checkPromptLogprobs(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openSampler(context, check);
  const request = {
    numSamples: 1,
    samplingParams: { maxTokens: 1, seed: 0, stop: [] },
    includePromptLogprobs: true,
    topkPromptLogprobs: check.k,
  };
  const responses = await Promise.all(
    check.prompts.map(prompt => client.sample({ prompt: modelInput(prompt), ...request })),
  );
  const computed = await Promise.all(check.prompts.map(prompt => client.computeLogprobs(modelInput(prompt))));
  for (const [index, { promptLogprobs, topkPromptLogprobs }] of responses.entries()) {
    const first = [promptLogprobs?.[0], topkPromptLogprobs?.[0], computed[index]![0]];
    if (first.some(entry => entry !== null))
      throw new Error(`prompt ${index}: the first entries are not null`);
  }
  const { expected } = context;
  const top = responses
    .flatMap(({ topkPromptLogprobs }) => topkPromptLogprobs!.slice(1))
    .flatMap(row => row!);
  const logprobs = expected.values(check.id, 'logprobs');
  const reported = responses.flatMap(({ promptLogprobs }) => promptLogprobs!.slice(1).map(Number));
  const alone = computed.flatMap(row => row.slice(1).map(Number));
  return [
    measure(context, 'logprobs', largestDifference(reported, logprobs)),
    measure(context, 'logprobs', largestDifference(alone, logprobs), 'logprobs computed alone'),
    {
      quantity: 'topk_ids',
      distance: countDifferent(
        top.map(([token]) => token),
        expected.values(check.id, 'topk_ids'),
      ),
      limit: 0,
    },
    measure(
      context,
      'logprobs',
      largestDifference(
        top.map(([, logprob]) => logprob),
        expected.values(check.id, 'topk_logprobs'),
      ),
      'topk_logprobs',
    ),
  ];
}

const draws = 20_000;
/** The seed is fixed, so this is no lottery: a sound sampler passes or fails for good, and 1e-4 is met by 9,999 seeds in 10,000. */
const leastProbability = 1e-4;

async function checkSampling(context: CaseContext, check: CheckJson): Promise<Measurement[]> {
  const client = await openSampler(context, check);
  const prompt = modelInput(check.prompt);
  const probs = context.expected.get(check.id, 'probs');
  const logprobs = context.expected.values(check.id, 'logprobs');
  const vocabulary = probs.shape[1]!;
  const measurements: Measurement[] = [];
  for (const [index, { temperature, top_k: topK, top_p: topP }] of check.params.entries()) {
    const samplingParams = {
      maxTokens: 1,
      seed: 1,
      stop: [],
      ...(temperature !== undefined && { temperature }),
      ...(topK !== undefined && { topK }),
      ...(topP !== undefined && { topP }),
    };
    const expected = probs.data.subarray(index * vocabulary, (index + 1) * vocabulary);
    const exact = await client.nextTokenDistribution(prompt, samplingParams);
    const { sequences } = await client.sample({ prompt, numSamples: draws, samplingParams });
    const counts = new Float64Array(vocabulary);
    for (const { tokens } of sequences) counts[tokens[0]!]!++;
    const impossible = counts.reduce((sum, count, token) => sum + (expected[token] === 0 ? count : 0), 0);
    const reported = sequences.map(sequence => sequence.logprobs[0]!);
    const wanted = sequences.map(({ tokens }) => logprobs[tokens[0]!]!);
    const chance = chiSquareProbability(counts, expected);
    measurements.push(
      measure(context, 'probs', largestDifference(exact.probabilities, expected), `probs/${index}`),
      measure(context, 'logprobs', largestDifference(exact.logprobs, logprobs), `logprobs/${index}`),
      measure(context, 'logprobs', largestDifference(reported, wanted), `logprobs of draws/${index}`),
      { quantity: `impossible draws/${index}`, distance: impossible, limit: 0 },
      {
        quantity: `chi-square -log10 p/${index}`,
        distance: -Math.log10(chance),
        limit: -Math.log10(leastProbability),
      },
    );
  }
  return measurements;
}

function openSampler({ engine, folder, file }: CaseContext, check: CheckJson): Promise<LocalSamplingClient> {
  const baseModel = join(folder, file.model);
  if (file.adapter === null || check.use_adapter === false) return engine.createSamplingClient({ baseModel });
  return engine.createSamplingClient({ modelPath: join(folder, file.adapter), baseModel });
}

/** @param useAdapter false: a fresh client, which must score as the base does. */
function openTrainer({ engine, folder, file }: CaseContext, useAdapter = true): Promise<LocalTrainingClient> {
  const baseModel = join(folder, file.model);
  if (file.trainable === 'full') return engine.createFullTrainingClient({ model: baseModel });
  if (file.adapter === null || !useAdapter) return engine.createLoraTrainingClient({ baseModel, seed: 0 });
  return engine.createTrainingClientFromState(join(folder, file.adapter), { baseModel });
}

function readData({ file }: CaseContext, name: string): Datum[] {
  const data = file.datasets[name];
  if (!data) throw new Error(`case.json has no dataset "${name}"`);
  return data.map(readDatum);
}

interface CallResult {
  readonly loss: number;
  readonly logprobs: readonly number[];
  /** False for a padding cell of N x K targets. */
  readonly isCompared: readonly boolean[];
}

async function runCall(
  client: LocalTrainingClient,
  context: CaseContext,
  call: CallJson,
): Promise<CallResult> {
  const data = readData(context, call.data);
  const args = [data, call.loss_fn as LossFn, call.loss_fn_config] as const;
  const { lossFnOutputs, metrics } = call.forward_only
    ? await client.forward(...args)
    : await client.forwardBackward(...args);
  return {
    loss: metrics['loss:sum']!,
    logprobs: lossFnOutputs.flatMap(outputs => Array.from(outputs['logprobs']!.data)),
    isCompared: data.flatMap(comparedCells),
  };
}

function comparedCells({ lossFnInputs }: Datum): boolean[] {
  const { shape = [], data: targets } = lossFnInputs['target_tokens']!;
  const [rows, columns] = shape;
  if (rows === undefined || columns === undefined) return Array.from(targets, () => true);
  const weights = lossFnInputs['weights']!;
  const { sparseCrowIndices: starts, sparseColIndices: places } = weights;
  if (!starts || !places) return Array.from(weights.data, weight => weight !== 0);
  const isCompared = Array.from({ length: rows * columns }, () => false);
  for (let row = 0; row < rows; row++) {
    for (let i = starts[row]!; i < starts[row + 1]!; i++)
      isCompared[row * columns + places[i]!] = weights.data[i] !== 0;
  }
  return isCompared;
}

const withWeights = (datum: Datum, length: number, weight: (position: number) => number): Datum => ({
  modelInput: datum.modelInput,
  lossFnInputs: { ...datum.lossFnInputs, weights: float32(Array.from({ length }, (_, t) => weight(t))) },
});

async function measureGradients(
  client: LocalTrainingClient,
  context: CaseContext,
  check: CheckJson,
): Promise<Measurement[]> {
  const expected = context.expected.group(check.id, 'grad');
  return gradientDistances(await client.gradients(), expected, limitOf(context.file.tolerance, 'grad'));
}

async function parameterValues(client: LocalTrainingClient): Promise<Map<string, Float32Array>> {
  return new Map([...(await client.parameters())].map(([name, { data }]) => [name, data]));
}

const camel = (key: string) => key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());

function adamParams(json: Readonly<Record<string, number>>): AdamParams {
  return Object.fromEntries(Object.entries(json).map(([key, value]) => [camel(key), value]));
}

function measure(
  { file }: CaseContext,
  tolerance: string,
  distance: number,
  quantity = tolerance,
): Measurement {
  return { quantity, distance, limit: limitOf(file.tolerance, tolerance) };
}

function limitOf(tolerance: Readonly<Record<string, number>>, name: string): number {
  const limit = tolerance[name];
  if (limit === undefined) throw new Error(`case.json has no tolerance "${name}"`);
  return limit;
}
