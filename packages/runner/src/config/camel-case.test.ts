import { expect, test } from 'vitest';
import { camelCase, snakeCase } from './camel-case.js';

test('underscores become camelCase, leading ones and capitals stay', () => {
  expect(['group_size', 'groupSize', '_private', 'a_1', 'top_k_2'].map(camelCase)).toEqual([
    'groupSize',
    'groupSize',
    '_private',
    'a1',
    'topK2',
  ]);
});

test('camelCase becomes underscores, and comes back', () => {
  for (const name of ['groupSize', 'klPenaltyCoef', 'seed', 'topK2'])
    expect(camelCase(snakeCase(name))).toBe(name);
  expect(snakeCase('numSubsteps')).toBe('num_substeps');
});
