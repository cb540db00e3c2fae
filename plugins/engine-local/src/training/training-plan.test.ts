import { TinsmithError } from '@tinsmith/core';
import { describe, expect, test } from 'vitest';
import { parseModelConfig } from '../model/index.js';
import { describePlan, type PlanRequest, planTraining, topLayers } from './training-plan.js';

const config = parseModelConfig({
  model_type: 'llama',
  vocab_size: 49152,
  hidden_size: 576,
  intermediate_size: 1536,
  num_hidden_layers: 30,
  num_attention_heads: 9,
  num_key_value_heads: 3,
  max_position_embeddings: 8192,
  tie_word_embeddings: true,
});
const gibibyte = 2 ** 30;
const request: PlanRequest = {
  config,
  rank: 16,
  longest: 1024,
  forwardOnly: false,
  budget: 8 * gibibyte,
};

test('with enough memory nothing is recomputed', () => {
  expect(planTraining(request)).toMatchObject({ segmentLayers: 30, positions: 1024, blocks: 4, parts: 8 });
  const short = planTraining({ ...request, longest: 60 });
  expect(short).toMatchObject({ segmentLayers: 30, blocks: 1 });
  expect(short.positions).toBeGreaterThanOrEqual(256);
});

test('less memory gives shorter segments, never more than the budget', () => {
  let before = 31;
  for (const budget of [4, 2, 1, 0.75, 0.5].map(size => size * gibibyte)) {
    const plan = planTraining({ ...request, budget });
    expect(plan.bytes).toBeLessThanOrEqual(budget);
    expect(plan.segmentLayers).toBeLessThanOrEqual(before);
    before = plan.segmentLayers;
  }
  expect(before).toBeLessThan(8);
});

test('short datums share smaller micro-batches rather than be run twice', () => {
  const plan = planTraining({ ...request, longest: 32, budget: 0.3 * gibibyte });
  expect(plan).toMatchObject({ segmentLayers: 30 });
  expect(plan.positions).toBeLessThan(256);
});

test.each([
  [300, 512],
  [600, 1000],
])('calls of like lengths share their graphs: %d and %d', (one, other) => {
  const [first, second] = [one, other].map(longest => planTraining({ ...request, longest }));
  for (const each of ['segmentLayers', 'blocks', 'parts'] as const) expect(first![each]).toBe(second![each]);
});

function failing(longest: number): TinsmithError {
  try {
    planTraining({ ...request, longest, budget: 0.15 * gibibyte });
  } catch (error) {
    if (TinsmithError.is(error)) return error;
  }
  throw new Error('it was planned');
}

describe('a budget that is too small', () => {
  test('is an error that says what would fit, and that fits', () => {
    const { code, fix } = failing(4096);
    expect(code).toBe('MEMORY_BUDGET');
    const longest = Number(/at most (\d+) tokens/.exec(fix!)![1]);
    const fitting = { ...request, budget: 0.15 * gibibyte };
    expect(planTraining({ ...fitting, longest }).bytes).toBeLessThanOrEqual(0.15 * gibibyte);
    expect(() => planTraining({ ...fitting, longest: longest + 1 })).toThrow('does not fit');
  });

  test('says so when no sequence at all would fit', () => {
    try {
      planTraining({ ...request, budget: -1 });
      expect.unreachable();
    } catch (error) {
      expect((error as TinsmithError).fix).not.toContain('at most 0 tokens');
    }
  });
});

test('the topmost segment is the one that may be smaller', () => {
  expect([topLayers(30, 30), topLayers(30, 15), topLayers(30, 7), topLayers(2, 3)]).toEqual([30, 15, 2, 2]);
});

test('a plan is told in words', () => {
  const plan = {
    positions: 256,
    segmentLayers: 7,
    blocks: 4,
    parts: 2,
    bytes: 300 * 2 ** 20,
    budget: gibibyte,
  };
  expect(describePlan(plan, 30)).toBe(
    'micro-batches of at most 256 positions, activations of 7 of 30 layers at a time, 28 layers run twice, attention in 4 and logits in 2 parts, about 300 MiB',
  );
});
