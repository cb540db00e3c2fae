import { expect, test } from 'vitest';
import { combineOutputs, estimateDatumBytes, estimatePromptBytes, splitIntoChunks } from './chunking.js';
import { csr, float32, int64, modelInput, type Datum } from './data.js';
import type { ForwardBackwardOutput } from './types.js';

const datum = (length: number): Datum => ({
  modelInput: modelInput(Array.from({ length }, () => 1)),
  lossFnInputs: { target_tokens: int64(Array.from({ length }, () => 1)) },
});

const output = (metrics: Readonly<Record<string, number>>, outputs: number): ForwardBackwardOutput => ({
  lossFnOutputType: 'x',
  lossFnOutputs: Array.from({ length: outputs }, () => ({})),
  metrics,
});

test('a datum counts 4 bytes per token, its tensors, and 8 per sparse index', () => {
  expect(estimateDatumBytes(datum(10))).toBe(10 * 4 + 10 * 8);
  const sparse: Datum = {
    modelInput: { chunks: [{ type: 'image', data: new Uint8Array(7), format: 'png', expectedTokens: 2 }] },
    lossFnInputs: { weights: csr([0, 1, 1, 0], [2, 2], 'float32'), logprobs: float32([1, 2]) },
  };
  expect(estimateDatumBytes(sparse)).toBe(7 + (2 * 4 + 8 * (3 + 2)) + 2 * 4);
});

test('a prompt counts 10 bytes per token', () => {
  expect(estimatePromptBytes(modelInput([1, 2, 3]))).toBe(30);
});

test('2,500 datums become three requests of at most 1,024', () => {
  const chunks = splitIntoChunks(
    Array.from({ length: 2500 }, () => datum(1)),
    { maxDatums: 1024, maxBytes: 5e6 },
  );
  expect(chunks.map(chunk => chunk.length)).toEqual([1024, 1024, 452]);
});

test('bytes split too, and a datum larger than the limit travels alone', () => {
  const sizes = splitIntoChunks([datum(10), datum(10), datum(100), datum(10)], {
    maxDatums: 9,
    maxBytes: 240,
  });
  expect(sizes.map(chunk => chunk.length)).toEqual([2, 1, 1]);
});

test('metrics are reduced by suffix, over the keys of the first chunk', () => {
  const parts = [
    output(
      {
        'loss:sum': 1,
        'a:mean': 1,
        'a:max': 1,
        'a:min': 1,
        'b:slack': 4,
        'c:unique': 7,
        'h:hash2': 2,
        'x:what': 1,
        'gone:sum': 1,
      },
      1,
    ),
    output(
      {
        'loss:sum': 2,
        'a:mean': 5,
        'a:max': 3,
        'a:min': -1,
        'b:slack': 0,
        'c:unique': 8,
        'h:hash2': 3,
        'x:what': 1,
        'new:sum': 1,
      },
      3,
    ),
  ];
  expect(combineOutputs(parts).metrics).toEqual({
    'loss:sum': 3,
    'a:mean': 4,
    'a:max': 3,
    'a:min': -1,
    'b:slack': 4 - 1,
    'c:unique': 7,
    'c:unique_1': 8,
    'h:hash2': 5,
  });
  expect(combineOutputs(parts).lossFnOutputs).toHaveLength(4);
});

test('a key without a suffix is kept where nothing is reduced, and dropped otherwise', () => {
  expect(combineOutputs([output({ loss: 1 }, 1)]).metrics).toEqual({ loss: 1 });
  expect(combineOutputs([output({ loss: 1 }, 1), output({ loss: 2 }, 1)]).metrics).toEqual({});
});

test('hashes wrap around at 2^64', () => {
  const part = output({ 'h:hash2': 2 ** 63 }, 1);
  expect(combineOutputs([part, part]).metrics).toEqual({ 'h:hash2': 0 });
});
