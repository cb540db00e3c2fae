import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph, type Tensor } from '../graph.js';
import { multiply } from './multiply.js';
import { rotaryEmbedding } from './rotary-embedding.js';

const angles = [0, 0, 0.3, 0.1, 0.6, 0.2]; // three rows of two pairs
function tables(graph: Graph): { cos: Tensor; sin: Tensor } {
  return {
    cos: graph.constant('float32', [3, 2], angles.map(Math.cos)),
    sin: graph.constant('float32', [3, 2], angles.map(Math.sin)),
  };
}

test('rotates the pairs (i, i + half) of each head by the angle of their row', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['batch', 'time', 4]);
  const rows = graph.input('rows', 'int64', ['batch', 'time']);
  const { values } = await evaluate(rotaryEmbedding(x, { ...tables(graph), rows }), {
    x: { shape: [1, 2, 4], values: [1, 2, 3, 4, 1, 2, 3, 4] },
    rows: { shape: [1, 2], values: [2, 0] },
  });
  expect(values[0]).toBeCloseTo(Math.cos(0.6) - 3 * Math.sin(0.6), 6);
  expect(values[2]).toBeCloseTo(3 * Math.cos(0.6) + Math.sin(0.6), 6);
  expect(values[1]).toBeCloseTo(2 * Math.cos(0.2) - 4 * Math.sin(0.2), 6);
  expect(values.slice(4)).toEqual([1, 2, 3, 4]);
});

test('its gradient is the rotation back', async () => {
  await expectGradientsToMatch({
    inputs: { x: ['batch', 'time', 8] },
    sizes: { batch: 2, time: 3 },
    build({ x }) {
      const y = rotaryEmbedding(x!, { ...tables(x!.graph), rows: x!.graph.constant('int64', [1], [0]) });
      return multiply(y, y);
    },
  });
});

test('refuses a width that is no multiple of the head', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['batch', 'time', 6]);
  expect(() => rotaryEmbedding(x, { ...tables(graph), rows: graph.constant('int64', [1], [0]) })).toThrow(
    'RotaryEmbedding: [batch, time, 6] with tables [3, 2]',
  );
});
