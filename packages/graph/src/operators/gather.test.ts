import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { add } from './add.js';
import { gather } from './gather.js';
import { gatherElements } from './gather-elements.js';
import { matMul } from './matmul.js';
import { multiply } from './multiply.js';
import { scatterElements } from './scatter-elements.js';
import { scatterRows } from './scatter-rows.js';

const repeated = { shape: ['n', 2], values: [3, 0, 3, 3, 1, 0] }; // row 2 is never looked up

test('gather looks rows up and adds the gradients of repeated rows', async () => {
  await expectGradientsToMatch({
    inputs: { table: [4, 2] },
    sizes: { n: 3 },
    indices: { rows: repeated },
    build: ({ table }, { rows }) => multiply(gather(table!, rows!), gather(table!, rows!)),
  });
});

test('a table that is also a matrix of a product gets the sum of both gradients', async () => {
  await expectGradientsToMatch({
    inputs: { table: [4, 2] },
    sizes: { n: 3 },
    indices: { rows: { shape: ['n'], values: [3, 1, 3] } },
    build: ({ table }, { rows }) => matMul(gather(table!, rows!), table!, { transposeRight: true }),
  });
});

test('gatherElements picks within rows', async () => {
  await expectGradientsToMatch({
    inputs: { x: ['n', 4] },
    sizes: { n: 3 },
    indices: { columns: repeated },
    build: ({ x }, { columns }) => gatherElements(multiply(x!, x!), columns!, 1),
  });
});

test('scatterElements and scatterRows add every update', async () => {
  const graph = new Graph();
  const table = graph.input('table', 'float32', [3, 2]);
  const rows = graph.input('rows', 'int64', [3]);
  const updates = graph.input('updates', 'float32', [3, 2]);
  const result = await evaluate(scatterRows(table, rows, updates), {
    table: { shape: [3, 2], values: [100, 200, 300, 400, 500, 600] },
    rows: { shape: [3], values: [2, 0, 2] },
    updates: { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
  });
  expect(result.values).toEqual([103, 204, 300, 400, 506, 608]);
});

test('scattering has the gradients of its finite differences', async () => {
  await expectGradientsToMatch({
    inputs: { x: ['n', 4], updates: ['n', 2] },
    sizes: { n: 3 },
    indices: { columns: repeated },
    build(t, { columns }) {
      const y = scatterElements(t['x']!, columns!, t['updates']!, 1);
      return multiply(y, y);
    },
  });
  await expectGradientsToMatch({
    inputs: { table: [4, 2], updates: ['n', 2] },
    sizes: { n: 3 },
    indices: { rows: { shape: ['n'], values: [3, 1, 3] } },
    build(t, { rows }) {
      const y = add(scatterRows(t['table']!, rows!, t['updates']!), 1);
      return multiply(y, y);
    },
  });
});

test('names the shapes that do not fit', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 4]);
  const columns = graph.input('columns', 'int64', ['m', 1]);
  expect(() => gatherElements(x, columns, 1)).toThrow(
    'GatherElements: [n, 4] and [m, 1] differ beside axis 1',
  );
  expect(() => scatterElements(x, columns, x, 1)).toThrow('indices [m, 1], updates [n, 4]');
});
