import { exp, Graph } from '@tinsmith/graph';
import { expect, test } from 'vitest';
import { build } from '../model/index.js';
import { floats, float32Tensor, GraphSessions } from './graph-sessions.js';
import { createGate } from './native-gate.js';

function sessions() {
  const made: string[] = [];
  const graphs = new GraphSessions(1, createGate());
  const use = async (key: string, bytes: number, most: number): Promise<number> => {
    const make = () => {
      made.push(key);
      return build({ y: exp(new Graph().input('x', 'float32', [1])) });
    };
    const session = await graphs.getHolding(key, make, { bytes, most });
    const { y } = await session.run({ x: float32Tensor(Float32Array.of(0), [1]) }, new Map());
    return floats(y)[0]!;
  };
  return { made, use };
}

test('sessions are made once as long as what they hold fits', async () => {
  const { made, use } = sessions();
  for (const key of ['a', 'b', 'a', 'b']) expect(await use(key, 10, 20)).toBe(1);
  expect(made).toEqual(['a', 'b']);
});

test('the one that was not used for longest is given up where it does not, and made again when it is needed', async () => {
  const { made, use } = sessions();
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await use(key, 10, 20)).toBe(1);
  expect(made).toEqual(['a', 'b', 'c', 'b']);
  expect(await use('d', 100, 20)).toBe(1); // more than all may: it is alone
});
