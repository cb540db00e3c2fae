/** What every engine must do: Tinker semantics at the engine seam (protocol spec, sections 8 and 12-15). */
import {
  type ConfiguredPlugin,
  type Datum,
  type Engine,
  Engines,
  float32,
  int64,
  modelInput,
  TinsmithError,
  type TrainingClient,
} from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKit, type TestKit } from '../kit.js';

export interface EngineUnderTest {
  readonly plugins: readonly ConfiguredPlugin[];
  /** The name under which the engine is provided. */
  readonly engine: string;
  readonly baseModel: string;
  /** Token ids that the model knows, at least eight different ones. */
  readonly tokens: readonly number[];
  /** How far two computations of the same log-probability may lie apart. Default 1e-3. */
  readonly tolerance?: number;
  /** What `Secrets` answers, for an engine that needs a key. */
  readonly secrets?: Readonly<Record<string, string>>;
}

const ADAM = { learningRate: 0.01, eps: 1e-8 };

/** Declares the tests of an engine. */
export function engineConformance(subject: EngineUnderTest): void {
  const { tokens, baseModel, tolerance = 1e-3 } = subject;
  const close = (actual: readonly (number | null)[], expected: readonly (number | null)[]) => {
    expect(actual).toHaveLength(expected.length);
    const distance = Math.max(0, ...actual.map((x, i) => Math.abs((x ?? 0) - (expected[i] ?? 0))));
    expect(distance).toBeLessThan(tolerance);
  };

  describe(`${subject.engine} is an engine`, () => {
    let kit: TestKit;
    let engine: Engine;
    beforeAll(async () => {
      kit = await createTestKit({ plugins: subject.plugins, secrets: subject.secrets ?? {} });
      engine = await kit.get(Engines, subject.engine);
    });
    afterAll(() => kit[Symbol.asyncDispose]());

    const client = () => engine.createLoraTrainingClient({ baseModel, rank: 4, seed: 1 });
    const [short, long] = [example(tokens.slice(0, 4)), example(tokens.slice(1, 8))];

    test('gives one log-probability per token, in the order of the datums', async () => {
      const training = await client();
      const { lossFnOutputs, metrics } = await training.forward([long, short], 'cross_entropy');
      const logprobs = lossFnOutputs.map(output => Array.from(output['logprobs']!.data));
      expect(logprobs.map(row => row.length)).toEqual([6, 3]);
      const alone = await training.forward([short], 'cross_entropy');
      close(logprobs[1]!, Array.from(alone.lossFnOutputs[0]!['logprobs']!.data));
      expect(metrics['loss:sum']).toBeCloseTo(-sum(logprobs.flat()), 3);
    });

    test('a fresh client scores as the base model, and sampler and trainer agree', async () => {
      const training = await client();
      const sequence = modelInput(tokens.slice(1, 8));
      const base = await engine.createSamplingClient({ baseModel });
      const fresh = await training.saveWeightsAndGetSamplingClient();
      const trained = await logprobsOf(training, long);
      close((await fresh.computeLogprobs(sequence)).slice(1), trained);
      close((await base.computeLogprobs(sequence)).slice(1), trained);
      expect((await base.computeLogprobs(sequence))[0]).toBeNull();
    });

    test('takes calls in the order in which they are made, awaited or not', async () => {
      const [waiting, pipelining] = [await client(), await client()];
      await waiting.forwardBackward([short], 'cross_entropy');
      await waiting.optimStep(ADAM);
      await waiting.forwardBackward([long], 'cross_entropy');
      await waiting.optimStep(ADAM);
      const expected = await logprobsOf(waiting, long);
      const calls = [
        pipelining.forwardBackward([short], 'cross_entropy'),
        pipelining.optimStep(ADAM),
        pipelining.forwardBackward([long], 'cross_entropy'),
        pipelining.optimStep(ADAM),
      ];
      const actual = await logprobsOf(pipelining, long);
      await Promise.all(calls);
      expect(actual).toEqual(expected);
    });

    test('training lowers the loss of what it trains on', async () => {
      const training = await client();
      const losses: number[] = [];
      for (let step = 0; step < 8; step++) {
        const { metrics } = await training.forwardBackward([long], 'cross_entropy');
        losses.push(metrics['loss:sum']!);
        await training.optimStep(ADAM);
      }
      expect(losses.at(-1)).toBeLessThan(losses[0]!);
    });

    test('gradients add up over calls until the update, and `forward` adds nothing', async () => {
      const [together, apart] = [await client(), await client()];
      await together.forwardBackward([short, long], 'cross_entropy');
      await apart.forwardBackward([short], 'cross_entropy');
      await apart.forward([short], 'cross_entropy');
      await apart.forwardBackward([long], 'cross_entropy');
      await Promise.all([together.optimStep(ADAM), apart.optimStep(ADAM)]);
      close(await logprobsOf(apart, long), await logprobsOf(together, long));
    });

    test('a sampling client is a snapshot: later updates do not reach it', async () => {
      const training = await client();
      const before = await training.saveWeightsAndGetSamplingClient();
      const prompt = modelInput(tokens.slice(1, 8));
      const expected = await before.computeLogprobs(prompt);
      await training.forwardBackward([long], 'cross_entropy');
      await training.optimStep(ADAM);
      expect(await before.computeLogprobs(prompt)).toEqual(expected);
      const after = await training.saveWeightsAndGetSamplingClient();
      close((await after.computeLogprobs(prompt)).slice(1), await logprobsOf(training, long));
    });

    test('importance sampling at the sampled log-probabilities moves probability towards advantages', async () => {
      const training = await client();
      const logprobs = await logprobsOf(training, long);
      const datum: Datum = {
        modelInput: long.modelInput,
        lossFnInputs: {
          target_tokens: long.lossFnInputs['target_tokens']!,
          logprobs: float32(logprobs),
          advantages: float32(logprobs.map(() => 1)),
        },
      };
      const { metrics } = await training.forwardBackward([datum], 'importance_sampling');
      expect(metrics['loss:sum']).toBeCloseTo(-logprobs.length, 3); // every ratio is 1
      await training.optimStep(ADAM);
      expect(sum(await logprobsOf(training, long))).toBeGreaterThan(sum(logprobs));
    });

    test('a loss of the caller that restates cross-entropy trains alike, and keeps its place in the order', async () => {
      const [custom, plain] = [await client(), await client()];
      const weights = [0.5, 2, 0, 1, -1, 3];
      const weighted: Datum = {
        modelInput: long.modelInput,
        lossFnInputs: { ...long.lossFnInputs, weights: float32(weights) },
      };
      const steps = [
        custom.forwardBackwardCustom([weighted], async (data, logprobs) => {
          expect(data).toEqual([weighted]);
          await Promise.resolve(); // later calls wait, however long this takes
          const loss = -sum(Array.from(logprobs[0]!, (logprob, i) => weights[i]! * logprob));
          return { loss, gradients: [weights.map(weight => -weight)], metrics: { 'mine:sum': 7 } };
        }),
        custom.optimStep(ADAM),
        custom.forwardBackward([short], 'cross_entropy'),
        custom.optimStep(ADAM),
      ] as const;
      const actual = await logprobsOf(custom, long);
      const { metrics, lossFnOutputs } = await steps[0];
      await Promise.all(steps);
      const expected = await plain.forwardBackward([weighted], 'cross_entropy');
      await plain.optimStep(ADAM);
      await plain.forwardBackward([short], 'cross_entropy');
      await plain.optimStep(ADAM);
      const logprobs = (outputs: typeof lossFnOutputs) => Array.from(outputs[0]!['logprobs']!.data);
      close(logprobs(lossFnOutputs), logprobs(expected.lossFnOutputs));
      expect(metrics['loss:sum']).toBeCloseTo(expected.metrics['loss:sum']!, 3);
      expect(metrics['mine:sum']).toBe(7);
      close(actual, await logprobsOf(plain, long));
    });

    test('a loss of the caller that fails trains nothing, and the client goes on', async () => {
      const training = await client();
      const before = await logprobsOf(training, long);
      const failing = training.forwardBackwardCustom([long], () => {
        throw new Error('no such luck');
      });
      const step = training.optimStep(ADAM); // without a gradient
      await expect(failing).rejects.toThrow('no such luck');
      await step;
      const tooFew = training.forwardBackwardCustom([long], () => ({ loss: 0, gradients: [[1]] }));
      const error: unknown = await tooFew.catch((e: unknown) => e);
      expect(TinsmithError.is(error) && error.code).toBe('CUSTOM_LOSS');
      expect(await logprobsOf(training, long)).toEqual(before);
    });

    test('a saved state restores weights and optimiser, a loaded one without it starts a fresh optimiser', async () => {
      const training = await client();
      await training.forwardBackward([long], 'cross_entropy');
      await training.optimStep(ADAM);
      const { path } = await training.saveState('conformance');
      const goOn = async (continued: TrainingClient) => {
        await continued.forwardBackward([short], 'cross_entropy');
        await continued.optimStep(ADAM);
        return logprobsOf(continued, short);
      };
      const expected = await goOn(training);
      expect(await goOn(await engine.createTrainingClientFromStateWithOptimizer(path))).toEqual(expected);
      expect(await goOn(await engine.createTrainingClientFromState(path))).not.toEqual(expected);
      const sampler = await engine.createTrainingClientFromState(path);
      const saved = await sampler.saveWeightsForSampler('conformance-sampler');
      const sampling = await engine.createSamplingClient({ modelPath: saved.path });
      close(
        (await sampling.computeLogprobs(modelInput(tokens.slice(0, 4)))).slice(1),
        await logprobsOf(sampler, short),
      );
    });

    test('samples repeat with a seed, differ within a request, and carry the log-probability of each token', async () => {
      const sampling = await (await client()).saveWeightsAndGetSamplingClient();
      const request = {
        prompt: modelInput(tokens.slice(0, 3)),
        numSamples: 4,
        samplingParams: { maxTokens: 12, seed: 7, stop: [] },
      };
      const first = await sampling.sample(request);
      expect(await sampling.sample(request)).toEqual(first);
      expect(new Set(first.sequences.map(sequence => sequence.tokens.join())).size).toBeGreaterThan(1);
      for (const { tokens: drawn, logprobs, stopReason } of first.sequences) {
        expect([drawn.length, logprobs.length, stopReason]).toEqual([12, 12, 'length']);
        const whole = await sampling.computeLogprobs(modelInput([...tokens.slice(0, 3), ...drawn]));
        close(logprobs, whole.slice(3));
      }
    });

    test('a stop token ends a sample and is its last token', async () => {
      const sampling = await engine.createSamplingClient({ baseModel });
      const prompt = modelInput(tokens.slice(0, 3));
      const greedy = await sampling.sample({
        prompt,
        numSamples: 1,
        samplingParams: { maxTokens: 6, temperature: 0, stop: [] },
      });
      const drawn = greedy.sequences[0]!.tokens;
      const stop = drawn[1]!;
      const stopped = await sampling.sample({
        prompt,
        numSamples: 1,
        samplingParams: { maxTokens: 6, temperature: 0, stop: [stop] },
      });
      expect(stopped.sequences[0]!.tokens).toEqual(drawn.slice(0, drawn.indexOf(stop) + 1));
      expect(stopped.sequences[0]!.stopReason).toBe('stop');
    });

    test.each([
      [
        'a token that is not in the vocabulary',
        { ...short, modelInput: modelInput([tokens[0]!, 2 ** 30, tokens[1]!]) },
      ],
      [
        'an empty input',
        { modelInput: modelInput([]), lossFnInputs: { target_tokens: int64([]), weights: float32([]) } },
      ],
      [
        'targets of another length',
        { ...short, lossFnInputs: { ...short.lossFnInputs, target_tokens: int64([tokens[0]!]) } },
      ],
    ])('%s is a clear error, and the client goes on', async (_, datum) => {
      const training = await client();
      const error: unknown = await training
        .forwardBackward([datum], 'cross_entropy')
        .catch((e: unknown) => e);
      expect(TinsmithError.is(error)).toBe(true);
      expect(await logprobsOf(training, short)).toHaveLength(3);
    });

    test('an aborted sample rejects and the client goes on', async () => {
      const sampling = await engine.createSamplingClient({ baseModel });
      const request = {
        prompt: modelInput(tokens.slice(0, 3)),
        numSamples: 1,
        samplingParams: { maxTokens: 4, stop: [] },
      };
      await expect(
        sampling.sample({ ...request, signal: AbortSignal.abort(new Error('enough')) }),
      ).rejects.toThrow('enough');
      expect((await sampling.sample(request)).sequences[0]!.tokens).toHaveLength(4);
    });
  });
}

/** Every token but the first as a target, weight 1. */
function example(tokens: readonly number[]): Datum {
  const targets = tokens.slice(1);
  return {
    modelInput: modelInput(tokens.slice(0, -1)),
    lossFnInputs: { target_tokens: int64(targets), weights: float32(targets.map(() => 1)) },
  };
}

const sum = (values: readonly number[]) => values.reduce((total, x) => total + x, 0);

async function logprobsOf(training: TrainingClient, datum: Datum): Promise<number[]> {
  const { lossFnOutputs } = await training.forward([datum], 'cross_entropy');
  return Array.from(lossFnOutputs[0]!['logprobs']!.data);
}
