import { expect, test } from 'vitest';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from './element-types.js';

test('half precision widens exactly: ordinary, denormal, infinite, not a number', () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x3555, 0x0001, 0x03ff, 0x8000, 0x7bff, 0x7c00, 0xfc00, 0x7e00);
  const expected = [1, -2, 0.333251953125, 2 ** -24, 1023 * 2 ** -24, -0, 65504, Infinity, -Infinity, NaN];
  expect([...widenFloat16(bits)]).toEqual(expected);
});

test('every bfloat16 survives the way to float32 and back', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, code) => code).filter(
    code => (code & 0x7fff) <= 0x7f80,
  );
  expect(narrowToBfloat16(widenBfloat16(all))).toEqual(all);
});

test('float32 is rounded to the nearest bfloat16, ties to even', () => {
  const step = 2 ** -7; // of bfloat16 just above 1
  const values = [1 + step / 2, 1 + (3 * step) / 2, 1 + step * 0.51, 1 + step * 0.49, -(1 + step / 2)];
  const rounded = widenBfloat16(narrowToBfloat16(Float32Array.from(values)));
  expect([...rounded]).toEqual([1, 1 + 2 * step, 1 + step, 1, -1]);
});

test('what is not a number stays so, also when its lower bits would carry', () => {
  const values = new Float32Array(Uint32Array.of(0x7f800001, 0x7fffffff, 0xff800001).buffer);
  expect([...widenBfloat16(narrowToBfloat16(values))]).toEqual([NaN, NaN, NaN]);
});

test('every half-precision number survives the way to float32 and back', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, code) => code).filter(
    code => (code & 0x7fff) <= 0x7c00,
  );
  expect(narrowToFloat16(widenFloat16(all))).toEqual(all);
});

test('float32 is rounded to the nearest half, ties to even, also among denormals and at the ends', () => {
  const step = 2 ** -10; // just above 1
  const tiny = 2 ** -24;
  const pairs: [number, number][] = [
    [1 + step / 2, 1],
    [1 + (3 * step) / 2, 1 + 2 * step],
    [-(1 + step * 0.51), -(1 + step)],
    [tiny / 2, 0],
    [tiny * 0.51, tiny],
    [tiny * 1.5, 2 * tiny],
    [tiny * 1023.5, 2 ** -14],
    [-tiny * 0.49, -0],
    [65519, 65504],
    [65520, Infinity],
    [-1e30, -Infinity],
    [NaN, NaN],
  ];
  const rounded = widenFloat16(narrowToFloat16(Float32Array.from(pairs, ([value]) => value)));
  expect([...rounded]).toEqual(pairs.map(([, expected]) => expected));
});
