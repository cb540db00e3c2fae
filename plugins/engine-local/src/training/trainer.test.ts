import { describe, expect, test } from 'vitest';
import {
  everyLoraTarget,
  randomNumbers,
  randomWeights,
  tinyConfigs,
  type Values,
} from '../../test/model/tiny-model.js';
import { loraShapes, lossNames, type LossName, type ModelConfig, weightShapes } from '../model/index.js';
import { GraphSessions } from '../worker/graph-sessions.js';
import type { PackedData } from '../worker/messages.js';
import { createGate } from '../worker/native-gate.js';
import { makePolicy, wrapTensors } from '../worker/policy.js';
import { Trainer } from './trainer.js';
import type { TrainingPlan } from './training-plan.js';

const rows = [
  [3, 1, 4, 1, 5, 9, 2],
  [6, 5, 3],
];
const targets = [
  [1, 4, 1, 5, 9, 2, 6],
  [5, 3, 22],
];
const whole: TrainingPlan = { positions: 100, segmentLayers: 2, blocks: 1, parts: 1, bytes: 0, budget: 0 };
/** Everything cut as small as it can be. */
const pieces: TrainingPlan = { positions: 7, segmentLayers: 1, blocks: 3, parts: 4, bytes: 0, budget: 0 };
const scalars: Readonly<Record<LossName, Readonly<Record<string, number>>>> = {
  cross_entropy: {},
  importance_sampling: {},
  ppo: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 },
  cispo: { clip_low_threshold: 0.8, clip_high_threshold: 1.2 },
  dro: { beta: 0.3 },
};

/** The datums of `indexes` in this order, with the numbers of a loss. */
function pack(loss: LossName, indexes: readonly number[] = [0, 1]): PackedData {
  const random = randomNumbers(3);
  const perToken = (of: () => number): Float32Array[] => rows.map(tokens => Float32Array.from(tokens, of));
  const all = {
    weights: perToken(() => 2 * random() - 0.6),
    logprobs: perToken(() => -3 - random()),
    advantages: perToken(() => 2 * random() - 1),
  };
  const join = (lists: readonly ArrayLike<number>[]): number[] =>
    indexes.flatMap(index => Array.from(lists[index]!));
  const { weights, logprobs, advantages } = all;
  const values = loss === 'cross_entropy' ? { weights } : { logprobs, advantages };
  return {
    lengths: Int32Array.from(indexes, index => rows[index]!.length),
    choices: Int32Array.from(indexes, () => 1),
    tokens: Int32Array.from(join(rows)),
    targets: Int32Array.from(join(targets)),
    values: Object.fromEntries(
      Object.entries(values).map(([name, lists]) => [name, Float32Array.from(join(lists))]),
    ),
  };
}

function trainerOf(config: ModelConfig, kind: 'lora' | 'full', plan: TrainingPlan, threads = 1) {
  const lora = kind === 'lora' ? everyLoraTarget : undefined;
  const tensors = new Map(
    Object.entries(randomWeights(config, lora) as Values).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: data as Float32Array },
    ]),
  );
  const pick = (names: Iterable<string>) => new Map([...names].map(name => [name, tensors.get(name)!]));
  const base = pick(weightShapes(config).keys());
  const own = lora ? pick(loraShapes(config, lora).keys()) : base;
  const graphs = new GraphSessions(threads, createGate());
  const policy = makePolicy({ config, tensors: wrapTensors(base), graphs }, lora, lora ? own : new Map());
  return new Trainer(policy, own, () => plan);
}

const pass = (trainer: Trainer, loss: LossName, data = pack(loss), forwardOnly = false) =>
  trainer.pass(data, { loss, lossConfig: scalars[loss], forwardOnly });

/** How far two gradients lie apart, as a share of the first one's norm. */
const distance = (a: Float64Array, b: Float64Array): number =>
  Math.hypot(...a.map((x, i) => x - b[i]!)) / Math.max(Math.hypot(...a), 1e-12);

/**
 * The loss along a direction of a tensor's space has the slope (gradient, direction). A central difference with step h is off by
 * c h^2 + r / h: halving the step must quarter the error until rounding is all that is left. The loss is summed in float64 from
 * log-probabilities that are good to about 1e-6 each.
 */
describe.each(Object.keys(tinyConfigs))('gradients of a two-layer %s', name => {
  describe.each(['lora', 'full'] as const)('%s', kind => {
    const config = tinyConfigs[name]!;

    test('agree with finite differences in every tensor', async () => {
      const trainer = trainerOf(config, kind, whole);
      const data = pack('cross_entropy');
      const lossNow = async (): Promise<number> => {
        const { logprobs } = await pass(trainer, 'cross_entropy', data, true);
        return -logprobs.reduce((sum, p, i) => sum + p * data.values.weights![i]!, 0);
      };
      await pass(trainer, 'cross_entropy', data);
      const gradients = new Map(trainer.gradients);
      const trained = kind === 'lora' ? loraShapes(config, everyLoraTarget) : weightShapes(config);
      expect(new Set(gradients.keys())).toEqual(new Set(trained.keys()));
      const random = randomNumbers(11);
      for (const [tensor, gradient] of gradients) {
        const { data: values } = trainer.parameters.get(tensor)!;
        const start = values.slice();
        const size = Math.hypot(...gradient);
        for (const along of [gradient, gradient.map(() => random() - 0.5)]) {
          const direction = along.map(x => x / Math.hypot(...along));
          const slope = gradient.reduce((sum, x, i) => sum + x * direction[i]!, 0);
          let before = Number.POSITIVE_INFINITY;
          for (const share of [1 / 128, 1 / 256, 1 / 512]) {
            const step = share * Math.hypot(...start);
            const lossAt = async (sign: number): Promise<number> => {
              values.set(start.map((x, i) => x + sign * step * direction[i]!));
              return lossNow();
            };
            const [up, down] = [await lossAt(1), await lossAt(-1)];
            values.set(start);
            const error = Math.abs((up - down) / (2 * step) - slope) / size;
            const rounding = 1e-5 / (step * size);
            expect(error, `${tensor} at ${share}`).toBeLessThan(Math.max(before / 3, rounding));
            before = error;
            if (share === 1 / 512) expect(error, tensor).toBeLessThan(Math.max(0.003, rounding));
          }
        }
      }
    });

    test('are the same however the pass is cut into pieces', async () => {
      const [one, cut] = [trainerOf(config, kind, whole), trainerOf(config, kind, pieces)];
      const [first, second] = [await pass(one, 'ppo'), await pass(cut, 'ppo')];
      expect(Math.abs(first.loss - second.loss)).toBeLessThan(1e-5);
      first.logprobs.forEach((p, i) => expect(Math.abs(p - second.logprobs[i]!)).toBeLessThan(1e-5));
      for (const [tensor, gradient] of one.gradients)
        expect(distance(gradient, cut.gradients.get(tensor)!), tensor).toBeLessThan(2e-5);
    });
  });
});

const config = tinyConfigs['qwen3 with head norms, tied']!;

test.each([whole, pieces])('segments alone change no bit: %o', async plan => {
  const [all, each] = [
    trainerOf(config, 'lora', { ...plan, segmentLayers: 2 }),
    trainerOf(config, 'lora', { ...plan, segmentLayers: 1 }),
  ];
  expect((await pass(each, 'dro')).logprobs).toEqual((await pass(all, 'dro')).logprobs);
  expect(each.gradients).toEqual(all.gradients);
});

test.each(lossNames)('%s has the same loss and log-probabilities without the backward pass', async loss => {
  const trainer = trainerOf(config, 'lora', pieces);
  const forward = await pass(trainer, loss, pack(loss), true);
  expect(trainer.gradients.size).toBe(0);
  expect(await pass(trainer, loss)).toEqual(forward);
});

test.each([whole, pieces])('what shares a batch changes no gradient: %o', async plan => {
  const [together, apart] = [trainerOf(config, 'full', plan), trainerOf(config, 'full', plan)];
  await pass(together, 'cross_entropy');
  for (const index of [1, 0]) {
    const { lengths, tokens, targets: ids, choices, values } = pack('cross_entropy');
    const [from, to] = index === 0 ? [0, 7] : [7, 10];
    await pass(apart, 'cross_entropy', {
      lengths: lengths.slice(index, index + 1),
      choices: choices.slice(index, index + 1),
      tokens: tokens.slice(from, to),
      targets: ids.slice(from, to),
      values: { weights: values.weights!.slice(from, to) },
    });
  }
  for (const [tensor, gradient] of together.gradients)
    expect(distance(gradient, apart.gradients.get(tensor)!), tensor).toBeLessThan(1e-5);
});

test('several targets per position cost as much as each alone', async () => {
  const [one, many] = [trainerOf(config, 'full', pieces), trainerOf(config, 'full', pieces)];
  const data = pack('cross_entropy');
  await pass(one, 'cross_entropy', data);
  await pass(many, 'cross_entropy', {
    ...data,
    choices: data.choices.map(() => 3),
    // The same target in two cells that share its weight, and a third cell without weight.
    targets: Int32Array.from(Array.from(data.targets).flatMap(id => [id, id, 0])),
    values: {
      weights: Float32Array.from(Array.from(data.values.weights!).flatMap(w => [0.25 * w, 0.75 * w, 0])),
    },
  });
  for (const [tensor, gradient] of one.gradients)
    expect(distance(gradient, many.gradients.get(tensor)!), tensor).toBeLessThan(1e-5);
});

test.each([whole, pieces])('the same inputs give the same bits, on two threads too: %o', async plan => {
  const [first, second] = [trainerOf(config, 'full', plan, 2), trainerOf(config, 'full', plan, 2)];
  for (let i = 0; i < 3; i++) expect(await pass(second, 'ppo')).toEqual(await pass(first, 'ppo'));
  expect(second.gradients).toEqual(first.gradients);
});

test('with factors on the unembedding alone nothing runs backwards through the layers', async () => {
  const lora = { ...everyLoraTarget, targets: ['lm_head'] as const };
  const all = trainerOf(config, 'lora', pieces);
  const own = new Map([...all.parameters].filter(([name]) => name.includes('lm_head')));
  const base = new Map(
    Object.entries(randomWeights(config) as Values).map(([name, { dims, data }]) => [
      name,
      { shape: dims, data: data as Float32Array },
    ]),
  );
  const graphs = new GraphSessions(1, createGate());
  const policy = makePolicy({ config, tensors: wrapTensors(base), graphs }, lora, own);
  const trainer = new Trainer(policy, own, () => pieces);
  await pass(trainer, 'cross_entropy');
  expect([...trainer.gradients.keys()]).toEqual([...own.keys()]);
});
