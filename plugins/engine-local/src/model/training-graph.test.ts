import { describe, expect, test } from 'vitest';
import {
  compile,
  everyLoraTarget,
  float32,
  int64,
  padded,
  randomNumbers,
  randomWeights,
  type Run,
  tinyConfigs,
  type Values,
} from '../../test/model/tiny-model.js';
import { loraShapes, lossGraph, lossNames, type Trainable, trainingGraph, weightShapes } from './index.js';

const config = tinyConfigs['qwen3 with head norms, tied']!;
const trainables: Readonly<Record<string, Trainable>> = {
  lora: { kind: 'lora', lora: everyLoraTarget },
  full: { kind: 'full' },
};
/** Steps, as shares of the norm of the tensor that is moved. */
const shares = [1 / 128, 1 / 256, 1 / 512];
const rows = [
  [3, 1, 4, 1, 5, 9, 2],
  [6, 5, 3],
];
const targets = [
  [1, 4, 1, 5, 9, 2, 6],
  [5, 3, 22],
];

function batch(padding = 0): Values {
  const random = randomNumbers(3);
  const perToken = (of: () => number): ReturnType<typeof float32> =>
    float32(
      padded(
        rows.map(tokens => tokens.map(of)),
        0,
      ),
      [2, 7],
    );
  return {
    tokens: int64(padded(rows, padding), [2, 7]),
    targets: int64(padded(targets, padding), [2, 7]),
    weights: perToken(() => 2 * random() - 0.6),
    logprobs: perToken(() => -3 - random()),
    advantages: perToken(() => 2 * random() - 1),
    mask: perToken(() => 1),
    clip_low_threshold: float32([0.8], []),
    clip_high_threshold: float32([1.2], []),
    beta: float32([0.3], []),
  };
}

/**
 * The loss along a direction of a tensor's space has the slope (gradient, direction). A central difference with step h is off by
 * c h^2 + r / h: halving the step must quarter the error until rounding is all that is left. The loss is summed in float64 from
 * log-probabilities that are good to about 1e-6 each.
 */
describe.each(Object.keys(tinyConfigs))('gradients of a two-layer %s', name => {
  test.each(Object.keys(trainables))('agree with finite differences in every tensor: %s', async kind => {
    const trainable = trainables[kind]!;
    const options = { config: tinyConfigs[name]!, loss: 'cross_entropy' } as const;
    const lora = trainable.kind === 'lora' ? trainable.lora : undefined;
    const backward = await compile(trainingGraph({ ...options, trainable }));
    const forward = await compile(lossGraph({ ...options, ...(lora ? { adapter: lora } : {}) }));
    const weights = randomWeights(options.config, lora);
    const data = batch();
    const lossWith = async (tensor: string, values: Float32Array): Promise<number> => {
      const changed = { [tensor]: { ...weights[tensor]!, data: values } };
      const { target_logprobs: p } = await forward(data, weights, changed);
      return -p!.data.reduce((sum, x, i) => sum + x * Number(data['weights']!.data[i]), 0);
    };

    const gradients = await gradientsOf(backward, data, weights);
    const trained = lora ? loraShapes(options.config, lora) : weightShapes(options.config);
    expect([...gradients.keys()]).toEqual([...trained.keys()]);
    const random = randomNumbers(11);
    for (const [tensor, gradient] of gradients) {
      const start = Float32Array.from(weights[tensor]!.data, Number);
      const size = Math.hypot(...gradient);
      for (const along of [gradient, gradient.map(() => random() - 0.5)]) {
        const direction = along.map(x => x / Math.hypot(...along));
        const slope = gradient.reduce((sum, x, i) => sum + x * direction[i]!, 0);
        let before = Number.POSITIVE_INFINITY;
        for (const share of shares) {
          const step = share * Math.hypot(...start);
          const up = await lossWith(
            tensor,
            start.map((x, i) => x + step * direction[i]!),
          );
          const down = await lossWith(
            tensor,
            start.map((x, i) => x - step * direction[i]!),
          );
          const error = Math.abs((up - down) / (2 * step) - slope) / size;
          const rounding = 1e-5 / (step * size);
          expect(error, `${tensor} at step ${share}`).toBeLessThan(Math.max(before / 3, rounding));
          before = error;
          if (share === shares.at(-1)) expect(error, tensor).toBeLessThan(Math.max(0.003, rounding));
        }
      }
    }
  });
});

describe.each(lossNames)('%s', loss => {
  const options = { config, loss } as const;
  const weights = randomWeights(config, everyLoraTarget);

  test('gives the same loss and log-probabilities with and without the backward pass', async () => {
    const forward = await compile(lossGraph({ ...options, adapter: everyLoraTarget }));
    const backward = await compile(trainingGraph({ ...options, trainable: trainables['lora']! }));
    const [alone, both] = [await forward(batch(), weights), await backward(batch(), weights)];
    expect(both['target_logprobs']!.data).toEqual(alone['target_logprobs']!.data);
    expect(both['loss']!.data).toEqual(alone['loss']!.data);
  });

  test('takes nothing from padding: any token may stand there', async () => {
    const backward = await compile(trainingGraph({ ...options, trainable: trainables['lora']! }));
    const [zeros, others] = [await backward(batch(0), weights), await backward(batch(17), weights)];
    expect(others['loss']!.data).toEqual(zeros['loss']!.data);
    for (const name of Object.keys(zeros).filter(output => output.startsWith('grad/')))
      expect(others[name]!.data, name).toEqual(zeros[name]!.data);
  });
});

test('the same inputs give the same bits, on two threads too', async () => {
  const run = await compile(trainingGraph({ config, trainable: trainables['full']!, loss: 'ppo' }), 2);
  const weights = randomWeights(config);
  const first = await run(batch(), weights);
  for (let i = 0; i < 5; i++) expect(await run(batch(), weights)).toEqual(first);
});

test('a batch gives the sum of the gradients of its rows', async () => {
  const run = await compile(trainingGraph({ config, trainable: trainables['full']!, loss: 'cross_entropy' }));
  const weights = randomWeights(config);
  const whole = await gradientsOf(run, batch(), weights);
  const [first, second] = [await gradientsOf(run, row(0), weights), await gradientsOf(run, row(1), weights)];
  for (const [name, gradient] of whole) {
    const sum = first.get(name)!.map((x, i) => x + second.get(name)![i]!);
    const distance = Math.hypot(...gradient.map((x, i) => x - sum[i]!));
    expect(distance / Math.hypot(...gradient), name).toBeLessThan(1e-5);
  }
});

test('several targets per position cost as much as each alone', async () => {
  const options = { config, trainable: trainables['full']!, loss: 'cross_entropy' } as const;
  const weights = randomWeights(config);
  const one = await gradientsOf(await compile(trainingGraph(options)), batch(), weights);
  const { tokens, targets: ids, weights: perToken } = batch();
  const twice = {
    tokens: tokens!,
    // The same target in two cells that share its weight, and a third cell of padding.
    targets: int64(
      Array.from(ids!.data, Number).flatMap(id => [id, id, 0]),
      [2, 7, 3],
    ),
    weights: float32(
      Array.from(perToken!.data, Number).flatMap(w => [0.25 * w, 0.75 * w, 0]),
      [2, 7, 3],
    ),
  };
  const many = await gradientsOf(
    await compile(trainingGraph({ ...options, manyTargets: true })),
    twice,
    weights,
  );
  for (const [name, gradient] of many) {
    const distance = Math.hypot(...gradient.map((x, i) => x - one.get(name)![i]!));
    expect(distance / Math.hypot(...gradient), name).toBeLessThan(1e-5);
  }
});

test('only what the loss needs is an input, so frozen weights have no gradients', () => {
  const graph = trainingGraph({ config, trainable: trainables['lora']!, loss: 'importance_sampling' });
  const data = graph.inputs.map(({ name }) => name).filter(name => !/^(base_)?model/.test(name));
  expect(data).toEqual(['tokens', 'targets', 'logprobs', 'advantages']);
  expect(graph.outputs.map(({ name }) => name).filter(name => name.startsWith('grad/model'))).toEqual([]);
  expect(graph.inputs.find(({ name }) => name === 'model.embed_tokens.weight')?.shape).toEqual([23, 24]);
});

/** Row `index` of the batch alone, without its padding. */
function row(index: number): Values {
  const { weights } = batch();
  const length = rows[index]!.length;
  const dims = [1, length];
  return {
    tokens: int64(rows[index]!, dims),
    targets: int64(targets[index]!, dims),
    weights: float32(Array.from(weights!.data.slice(7 * index, 7 * index + length), Number), dims),
  };
}

async function gradientsOf(run: Run, ...inputs: readonly Values[]): Promise<Map<string, Float32Array>> {
  const results = Object.entries(await run(...inputs)).filter(([name]) => name.startsWith('grad/'));
  return new Map(results.map(([name, { data }]) => [name.slice('grad/'.length), data]));
}
