import { expect, test } from 'vitest';
import { completeLossConfig, ruleOf } from './loss-rules.js';

test('each threshold defaults by itself', () => {
  expect(completeLossConfig('ppo', {})).toEqual({ clip_low_threshold: 0.8, clip_high_threshold: 1.2 });
  expect(completeLossConfig('ppo', { clip_high_threshold: 3 })).toEqual({
    clip_low_threshold: 0.8,
    clip_high_threshold: 3,
  });
  expect(completeLossConfig('cispo', {})).toEqual({ clip_low_threshold: 0, clip_high_threshold: 4 });
  expect(completeLossConfig('cross_entropy', {})).toEqual({});
});

test.each([
  ['an unknown option', 'ppo', { beta: 1 }, /no option "beta"/],
  ['an option of a loss that has none', 'cross_entropy', { beta: 1 }, /no option "beta"/],
  ['what is no number', 'dro', { beta: NaN }, /not a finite number/],
  ['an absent beta', 'dro', {}, /must be given/],
] as const)('%s is refused', (_, loss, config, message) => {
  expect(() => completeLossConfig(loss, config)).toThrow(
    expect.objectContaining({ code: 'LOSS_CONFIG', message: expect.stringMatching(message) as string }),
  );
});

test('an unknown loss is refused, with the nearest name', () => {
  expect(() => ruleOf('cross_entropi')).toThrow(
    expect.objectContaining({ code: 'LOSS_UNKNOWN', fix: 'use cross_entropy' }),
  );
});
