import { cast, Graph } from '@tinsmith/graph';
import { expect, test } from 'vitest';
import { compile, int64, tinyConfigs } from '../../test/model/tiny-model.js';
import { build } from './model-graph.js';
import { rotaryFrequencies, rotaryTables } from './rotary.js';

const config = tinyConfigs['qwen3 with head norms, tied']!; // head size 8, theta 1000

test('frequencies fall from 1 by powers of theta', () => {
  expect(rotaryFrequencies(config)).toEqual([1, 1000 ** -0.25, 1000 ** -0.5, 1000 ** -0.75]);
});

test('llama3 scaling keeps short wavelengths, divides long ones, and blends between', () => {
  const ropeScaling = { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 64 };
  const plain = rotaryFrequencies(config);
  const scaled = rotaryFrequencies({ ...config, ropeScaling });
  // Wavelengths 6.3, 35, 199, 1117 on bounds of 16 and 64.
  const smooth = (64 / ((2 * Math.PI) / plain[1]!) - 1) / 3;
  expect(scaled).toEqual([
    plain[0],
    expect.closeTo(plain[1]! * (smooth + (1 - smooth) / 8), 12),
    plain[2]! / 8,
    plain[3]! / 8,
  ]);
});

test('angles stay exact at positions where float32 would lose them', async () => {
  const graph = new Graph();
  const positions = graph.input('positions', 'int64', ['n']);
  const tables = rotaryTables(config, positions, 'n');
  const run = await compile(build({ cos: cast(tables.cos, 'float32'), sin: tables.sin }));
  const { cos, sin } = await run({ positions: int64([0, 131071], [2]) });
  rotaryFrequencies(config).forEach((frequency, i) => {
    expect(cos!.data[4 + i]).toBeCloseTo(Math.cos(131071 * frequency), 6);
    expect(sin!.data[4 + i]).toBeCloseTo(Math.sin(131071 * frequency), 6);
  });
});
