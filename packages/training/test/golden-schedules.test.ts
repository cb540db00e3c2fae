/** Learning rates and cadences against the reference's. */
import { expect, test } from 'vitest';
import {
  isEvery,
  learningRateMultiplier,
  type LearningRateSchedule,
  placeOf,
  plannedSteps,
  recommendedLearningRate,
  SaveClock,
} from '../src/index.js';
import { testGoldenRows } from './golden.js';

/** Learning rates and shares are float64 in both: relative 1e-9. */
const same = (actual: number, expected: number) =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-9 * Math.abs(expected) + Number.MIN_VALUE);

type Failure = { readonly error: string };

interface Multiplier {
  readonly schedule: LearningRateSchedule;
  readonly step: number;
  readonly total_steps: number;
}
testGoldenRows<Multiplier, { multiplier: number } | Failure>(
  'schedules',
  'lr_multiplier',
  ({ input: { schedule, step, total_steps }, expected }) => {
    const multiply = () => learningRateMultiplier(schedule, step, total_steps);
    if ('error' in expected) return expect(multiply).toThrow(RangeError);
    same(multiply(), expected.multiplier);
  },
);

interface Sft {
  readonly n_batches: number;
  readonly num_epochs: number;
  readonly max_steps: number | null;
  readonly learning_rate: number;
  readonly lr_schedule: LearningRateSchedule;
}
interface SftSteps {
  readonly total_steps: number;
  readonly steps: {
    readonly step: number;
    readonly epoch: number;
    readonly batch: number;
    readonly learning_rate: number;
    readonly progress: number;
  }[];
}
testGoldenRows<Sft, SftSteps>('schedules', 'sft_steps', ({ input, expected }) => {
  const plan = {
    batchesPerEpoch: input.n_batches,
    epochs: input.num_epochs,
    maxSteps: input.max_steps ?? undefined,
  };
  const total = plannedSteps(plan);
  expect(total).toBe(expected.total_steps);
  for (const { step, epoch, batch, learning_rate, progress } of expected.steps) {
    const place = placeOf(step, plan);
    expect(place).toMatchObject({ epoch, batch });
    same(place.progress, progress);
    same(input.learning_rate * learningRateMultiplier(input.lr_schedule, step, total), learning_rate);
  }
});

interface Evaluations {
  readonly total_steps: number;
  readonly eval_every: number;
  readonly infrequent_eval_every: number;
}
testGoldenRows<Evaluations, Record<string, number[]>>(
  'schedules',
  'eval_decisions',
  ({ input, expected }) => {
    const steps = Array.from({ length: input.total_steps }, (_, step) => step);
    const frequent = steps.filter(step => isEvery(input.eval_every, step));
    expect(frequent).toEqual(expected['supervised']);
    expect(frequent).toEqual(expected['rl_sync']);
    const infrequent = steps.filter(step => isEvery(input.infrequent_eval_every, step));
    expect(infrequent).toEqual(expected['supervised_infrequent']);
  },
);

testGoldenRows<{ model: string; is_lora: boolean }, { lr: number } | Failure>(
  'schedules',
  'get_lr',
  ({ input: { model, is_lora: isLora }, expected }) => {
    const recommend = () => recommendedLearningRate(model, { isLora });
    if ('error' in expected)
      return expect(recommend).toThrow(expect.objectContaining({ code: 'LEARNING_RATE_UNKNOWN' }));
    same(recommend(), expected.lr);
  },
);

interface Saves {
  readonly save_every: number;
  readonly rolling_save_every: number;
  readonly save_every_tokens: number;
}
interface Decisions {
  readonly steps: { step: number; elapsed_tokens: number; periodic: boolean; rolling: boolean }[];
}
testGoldenRows<Saves, Decisions>('checkpoints_logs', 'save_decisions', ({ input, expected }) => {
  const clock = new SaveClock({
    saveEvery: input.save_every,
    rollingSaveEvery: input.rolling_save_every,
    saveEveryTokens: input.save_every_tokens,
  });
  const decided = expected.steps.map(({ step, elapsed_tokens }) => {
    const due = clock.due(step, elapsed_tokens);
    return { step, elapsed_tokens, periodic: due.includes('periodic'), rolling: due.includes('rolling') };
  });
  expect(decided).toEqual(expected.steps);
});

test('a checkpoint is due when enough seconds have passed since the last one', () => {
  let now = 0;
  const clock = new SaveClock({ saveEvery: 0, saveEverySeconds: 60 }, { now: () => now });
  const due = [30, 60, 90, 119, 121].map((time, index) => {
    now = time;
    return clock.due(index + 1, 0);
  });
  expect(due).toEqual([[], ['periodic'], [], [], ['periodic']]);
});
