import { describe, expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph, type Tensor } from '../graph.js';
import { clip } from './clip.js';
import { exp } from './exp.js';
import { log } from './log.js';
import { negate } from './negate.js';
import { sigmoid } from './sigmoid.js';
import { silu } from './silu.js';
import { cos, sin } from './trigonometry.js';

const points = [0.5, 1.25, 2, 3];
const operators: readonly (readonly [string, (x: Tensor) => Tensor, (x: number) => number])[] = [
  ['negate', negate, x => -x],
  ['exp', exp, Math.exp],
  ['log', log, Math.log],
  ['sigmoid', sigmoid, x => 1 / (1 + Math.exp(-x))],
  ['silu', silu, x => x / (1 + Math.exp(-x))],
  ['cos', cos, Math.cos],
  ['sin', sin, Math.sin],
  ['clip', x => clip(x, 1, 2.5), x => Math.min(Math.max(x, 1), 2.5)],
];

describe.each(operators)('%s', (name, operator, expected) => {
  test('computes every element', async () => {
    const { values } = await evaluate(operator(new Graph().input('x', 'float32', [2, 2])), {
      x: { shape: [2, 2], values: points },
    });
    points.forEach((x, i) => expect(values[i]).toBeCloseTo(expected(x), 6));
  });

  test('has the gradient of its finite differences', async () => {
    const values = { x: name === 'log' || name === 'clip' ? points : [-3, -0.5, 0.75, 2] };
    await expectGradientsToMatch({ inputs: { x: [2, 2] }, values, build: ({ x }) => operator(x!) });
  });
});
