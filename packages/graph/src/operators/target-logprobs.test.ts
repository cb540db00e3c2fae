import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { targetLogprobs } from './target-logprobs.js';

test('has the gradients of its finite differences, with several and repeated targets per row', async () => {
  await expectGradientsToMatch({
    inputs: { logits: ['n', 5] },
    sizes: { n: 2, k: 3 },
    between: [-2, 2],
    indices: { targets: { shape: ['n', 'k'], values: [4, 0, 4, 1, 2, 3] } },
    build: ({ logits }, { targets }) => targetLogprobs(logits!, targets!),
  });
});

test('is finite and exact where the probability itself is 0 in float32', async () => {
  const graph = new Graph();
  const logits = graph.input('logits', 'float32', ['n', 3]);
  const targets = graph.input('targets', 'int64', ['n', 1]);
  const { values } = await evaluate(targetLogprobs(logits, targets), {
    logits: { shape: [2, 3], values: [1000, 0, 1000, 5, 5, 5] },
    targets: { shape: [2, 1], values: [1, 2] },
  });
  expect(values[0]).toBeCloseTo(-1000 - Math.log(2), 3);
  expect(values[1]).toBeCloseTo(-Math.log(3), 6);
});
