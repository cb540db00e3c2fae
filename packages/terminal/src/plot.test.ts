import { expect, test } from 'vitest';
import { plot, type Point } from './plot.js';

const ascii = { width: 40, height: 7, isUnicode: false };
const line = (...values: number[]): Point[] => values.map((value, step) => ({ step, value }));

test('draws a rising line from the lower left to the upper right, with labelled axes', () => {
  expect(plot(line(0, 1), ascii)).toEqual([
    ' 1.0 +                               ***',
    '     |                         ******',
    '     |                    *****',
    ' 0.5 +              ******',
    '     |         *****',
    '     |   ******',
    ' 0.0 +***',
    '     ++--------------------------------+',
    'step  0                                1',
  ]);
});

test('braille shows four dots per line and two per column', () => {
  const drawn = plot(line(0, 1), { ...ascii, isUnicode: true });
  expect(drawn[0]).toMatch(/^ 1\.0 ┤ +[\u2801-\u28FF]+$/);
  expect(drawn.at(-2)).toMatch(/^ {5}└┬─+┬$/);
  expect(drawn.filter(row => /[\u2801-\u28FF]/.test(row))).toHaveLength(7);
});

test('never grows beyond its width', () => {
  const noise = Array.from({ length: 500 }, (_, step) => ({ step, value: ((step * 7919) % 997) / 1000 }));
  for (const isUnicode of [true, false]) {
    for (const width of [30, 60, 99]) {
      const longest = Math.max(
        ...plot(noise, { width, height: 10, isUnicode }).map(row => Array.from(row).length),
      );
      expect(longest).toBeLessThanOrEqual(width);
    }
  }
});

test('a spike shows as a vertical stroke, not as a gap', () => {
  const rows = plot(line(0, 0, 1, 0, 0), ascii);
  expect(rows.slice(0, 7).every(row => row.includes('*'))).toBe(true);
});

const labels = (values: number[]) =>
  plot(line(...values), { ...ascii, height: 10 }).flatMap(row => /^ *(-?[\d.]+) \+/.exec(row)?.[1] ?? []);

test('labels are round numbers at the ends of the scale and between', () => {
  expect(labels([-0.1, 0.93])).toEqual(['1.0', '0.5', '0.0', '-0.5']);
  expect(labels([130, 2900])).toEqual(['3000', '2000', '1000', '0']);
});

test('a constant curve is a flat line', () => {
  const rows = plot(line(0.3, 0.3, 0.3), ascii);
  expect(rows.filter(row => row.includes('*'))).toHaveLength(1);
});

test('steps that are not finite are left out, and one step alone is not drawn', () => {
  expect(plot(line(0, Number.NaN, 1), ascii)).toEqual(
    plot(
      [
        { step: 0, value: 0 },
        { step: 2, value: 1 },
      ],
      ascii,
    ),
  );
  expect(plot(line(0.5), ascii)).toEqual([]);
  expect(plot([], ascii)).toEqual([]);
});

test('begins at the step that a resumed run begins with', () => {
  const rows = plot(
    [
      { step: 40, value: 0 },
      { step: 60, value: 1 },
    ],
    ascii,
  );
  expect(rows.at(-1)).toMatch(/^step +40 .* 60$/);
});
