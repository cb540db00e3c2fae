/** What every evaluator must do: numbers, the same for the same weights, and nothing done to the model. */
import {
  type ConfiguredPlugin,
  Engines,
  type EvaluatedExample,
  type Evaluation,
  type EvaluationContext,
  type Evaluator,
  Evaluators,
  Renderers,
  type TrainingClient,
} from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKit, type TestKit } from '../kit.js';
import { toyEngine } from '../toy-engine.js';
import { toyTokenizer } from '../toy-tokenizer.js';

export interface EvaluatorUnderTest {
  /** The evaluator's plugin, what it reads data with, and one that provides the renderer. */
  readonly plugins: readonly ConfiguredPlugin[];
  readonly evaluator: string;
  /** As in `with`; at least two examples, in a second. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Works with the toy tokenizer, e.g. `qwen3_instruct` of @tinsmith/renderers-chat. */
  readonly renderer: string;
}

/** Declares the tests of an evaluator. It is tried on the toy engine, whose answers are wrong. */
export function evaluatorConformance(subject: EvaluatorUnderTest): void {
  describe(`${subject.evaluator} is an evaluator`, () => {
    let kit: TestKit;
    let training: TrainingClient;
    let context: EvaluationContext;
    const open = async (): Promise<Evaluator> => {
      const source = await kit.get(Evaluators, subject.evaluator);
      expect(source.specification).toBe('v1');
      const parsed = await source.options?.['~standard'].validate(subject.options ?? {});
      if (parsed?.issues) throw new Error(`the options are refused: ${parsed.issues[0]?.message}`);
      return source.create(parsed && 'value' in parsed ? parsed.value : undefined);
    };
    beforeAll(async () => {
      kit = await createTestKit({ plugins: [toyEngine(), ...subject.plugins] });
      const engine = await kit.get(Engines, 'toy');
      training = await engine.createLoraTrainingClient({ baseModel: 'toy', rank: 1, seed: 0 });
      const policy = await training.saveWeightsAndGetSamplingClient();
      context = {
        sampling: async () => policy,
        renderer: (await kit.get(Renderers, subject.renderer)).create(toyTokenizer),
        tokenizer: toyTokenizer,
        seed: 3,
        signal: new AbortController().signal,
      };
    });
    afterAll(() => kit[Symbol.asyncDispose]());

    test('gives metrics that are finite numbers, under names that hold its own', async () => {
      const evaluator = await open();
      const { metrics } = await evaluator.evaluate(context);
      expect(Object.keys(metrics).length).toBeGreaterThan(0);
      for (const [name, value] of Object.entries(metrics)) {
        expect(name).toContain(evaluator.name);
        expect(value, name).toSatisfy(Number.isFinite);
      }
    });

    test('gives the same for the same weights and the same seed, from a training client too', async () => {
      const evaluator = await open();
      const first = withoutTimes(await evaluator.evaluate(context));
      expect(withoutTimes(await evaluator.evaluate(context))).toEqual(first);
      const inRun = withoutTimes(await evaluator.evaluate({ ...context, training: onlyForward(training) }));
      expect(inRun.examples).toEqual(first.examples);
      for (const [name, value] of Object.entries(first.metrics))
        expect(inRun.metrics[name], name).toBeCloseTo(value, 4);
    });

    test('names every sample of an example once, and passes over those that are known', async () => {
      const evaluator = await open();
      const { examples } = await evaluator.evaluate(context);
      if (!examples) return; // it measures something else than answers
      const keys = examples.map(({ id, sample }) => `${id} ${sample}`);
      expect(new Set(keys).size).toBe(keys.length);
      const known = new Map(examples.slice(1).map(example => [`${example.id} ${example.sample}`, example]));
      const added: EvaluatedExample[] = [];
      const again = await evaluator.evaluate({
        ...context,
        examples: {
          find: (id, sample) => known.get(`${id} ${sample}`),
          add: async example => void added.push(example),
        },
      });
      expect(added.map(({ id, sample }) => `${id} ${sample}`)).toEqual(keys.slice(0, 1));
      expect(withoutTimes(again).examples).toEqual(withoutTimes({ metrics: {}, examples }).examples);
    });

    test('ends with an error, and not with a result, when it is aborted', async () => {
      const evaluator = await open();
      const abort = new AbortController();
      abort.abort(new Error('enough'));
      await expect(evaluator.evaluate({ ...context, signal: abort.signal })).rejects.toThrow();
    });
  });
}

/** Anything else would change what the run learns. */
function onlyForward(training: TrainingClient): TrainingClient {
  return new Proxy(training, {
    get(target, name) {
      if (name === 'forward') return target.forward.bind(target);
      throw new Error(`an evaluator has called ${String(name)} of the training client`);
    },
  });
}

const withoutTimes = ({ metrics, examples }: Evaluation) => ({
  metrics,
  examples: examples?.map(example => ({ ...example, seconds: 0 })),
});
