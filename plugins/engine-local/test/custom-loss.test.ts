import { type CustomLossFn, type Datum, int64, modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import type { LocalTrainingClient } from '../src/engine.js';
import { example, logprobsOf, openEngine, story, temporaryFolder, tinyStories, tokensOf } from './support.js';

const open = (engine = openEngine()) =>
  engine.createLoraTrainingClient({ baseModel: tinyStories, rank: 4, seed: 1 });

const total = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0);

/** Of a pair: -log sigmoid(beta (sum of the chosen one's logprobs - the other's)). It joins datums, as no built-in loss does. */
const beta = 0.05;
const preference: CustomLossFn = (_, [chosen, rejected]) => {
  const margin = beta * (total(chosen!) - total(rejected!));
  const slope = -beta / (1 + Math.exp(margin));
  return {
    loss: Math.log1p(Math.exp(-margin)),
    gradients: [chosen!.map(() => slope), rejected!.map(() => -slope)],
    metrics: { 'pair/margin': margin },
  };
};
const pair = [example(story), example(tokensOf(1, 12))];

/** The loss at the present weights. */
async function lossOf(client: LocalTrainingClient, data: readonly Datum[]): Promise<number> {
  const { lossFnOutputs } = await client.forward(data, 'cross_entropy');
  const logprobs = lossFnOutputs.map(output => Float32Array.from(output['logprobs']!.data));
  return (await preference(data, logprobs)).loss;
}

test('the gradient of a loss of the caller is the one of finite differences', async () => {
  const engine = openEngine({ checkpoints: temporaryFolder() });
  const client = await open(engine);
  await client.forwardBackward(pair, 'cross_entropy'); // away from the start, where every B is zero
  await client.optimStep({ learningRate: 0.02 });
  const { metrics } = await client.forwardBackwardCustom(pair, preference);
  expect(metrics['loss:sum']).toBeCloseTo(await lossOf(client, pair), 5);
  expect(metrics).toHaveProperty(['pair/margin']);
  const gradients = await client.gradients();

  // AdamW's first step with a huge eps is lr * g / eps: a step along the gradient, whose length is known.
  const { path } = await client.saveState('here');
  const slope = Math.hypot(...[...gradients.values()].map(values => Math.hypot(...values)));
  const errors: number[] = [];
  for (const distance of [0.1, 0.05]) {
    const losses: number[] = [];
    for (const sign of [1, -1]) {
      await client.loadState(path);
      await client.forwardBackwardCustom(pair, async (data, logprobs) => {
        const custom = await preference(data, logprobs);
        return { ...custom, gradients: custom.gradients.map(row => Float64Array.from(row, g => g * sign)) };
      });
      const eps = 1e6;
      await client.optimStep({ learningRate: (distance / slope) * eps, eps });
      losses.push(await lossOf(client, pair));
    }
    errors.push(Math.abs((losses[1]! - losses[0]!) / (2 * distance) / slope - 1));
  }
  expect(errors[1]).toBeLessThan(0.01);
  expect(errors[1]).toBeLessThan(errors[0]! / 3); // it shrinks with the square of the step
});

test('other clients go on while the loss is computed', async () => {
  const engine = openEngine();
  const [slow, other] = [await open(engine), await open(engine)];
  const gate = Promise.withResolvers<void>();
  const order: string[] = [];
  const custom = slow.forwardBackwardCustom(pair, async (data, logprobs) => {
    await gate.promise;
    order.push('loss');
    return preference(data, logprobs);
  });
  const behind = slow.optimStep().then(() => order.push('step'));
  await other.forwardBackward(pair, 'cross_entropy');
  order.push('other');
  gate.resolve();
  await Promise.all([custom, behind]);
  expect(order).toEqual(['other', 'loss', 'step']);
});

test('several targets per position have their log-probabilities side by side', async () => {
  const client = await open();
  const wide: Datum = {
    modelInput: modelInput(story.slice(0, 2)),
    lossFnInputs: { target_tokens: int64([5, 6, 7, 8], [2, 2]) },
  };
  const { lossFnOutputs } = await client.forwardBackwardCustom([wide], (_, logprobs) => {
    expect(logprobs.map(row => row.length)).toEqual([4]);
    return { loss: 0, gradients: [[1, 0, 0, -1]] };
  });
  expect(lossFnOutputs[0]!['logprobs']!.shape).toEqual([2, 2]);
});

test('the datums may change while the loss is computed', async () => {
  const [still, changing] = [await open(), await open()];
  const data = [example(story), example(tokensOf(1, 12))];
  await changing.forwardBackwardCustom(data, (given, logprobs) => {
    data.length = 0;
    return preference(given, logprobs);
  });
  await still.forwardBackwardCustom(pair, preference);
  expect(await changing.gradients()).toEqual(await still.gradients());
});

test('what cannot be scored is refused before the loss is called', async () => {
  const client = await open();
  let called = false;
  const call = client.forwardBackwardCustom([example([1, 9999, 2])], () => {
    called = true;
    return { loss: 0, gradients: [] };
  });
  await expect(call).rejects.toMatchObject({ code: 'TOKEN_OUT_OF_RANGE' });
  expect(called).toBe(false);
  expect(await logprobsOf(client, example(story))).toHaveLength(story.length - 1);
});
