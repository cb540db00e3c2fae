import { expect, test } from 'vitest';
import { formatMetricRow, parseMetricRow } from './metric-row.js';

test('a row is one line that begins with the step', () => {
  const line = formatMetricRow({
    step: 3,
    metrics: { 'env/all/reward/total': 0.5, 'näme "quoted"\n': 1e-7 },
  });
  expect(line).toBe('{"step":3,"env/all/reward/total":0.5,"näme \\"quoted\\"\\n":1e-7}');
});

test('NaN and the infinities are the words that Python reads, and come back', () => {
  const metrics = { a: Number.NaN, b: Infinity, c: -Infinity, d: 0 };
  const line = formatMetricRow({ step: 0, metrics });
  expect(line).toBe('{"step":0,"a":NaN,"b":Infinity,"c":-Infinity,"d":0}');
  expect(parseMetricRow(line)).toEqual({ step: 0, ...metrics });
});

test('the words stay text inside a text', () => {
  const line = '{"step":0,"note NaN \\"-Infinity\\"":NaN,"why":"it is NaN"}';
  expect(parseMetricRow(line)).toEqual({ step: 0, 'note NaN "-Infinity"': Number.NaN, why: 'it is NaN' });
});

test('a metric called step does not hide the step', () => {
  expect(parseMetricRow(formatMetricRow({ step: 7, metrics: { step: 99, loss: 1 } }))).toEqual({
    step: 7,
    loss: 1,
  });
});

test.each(['', '{"step":1', '[1]', '7', '{"step":1}{', 'null'])('%j is not a row', line => {
  expect(() => parseMetricRow(line)).toThrow(SyntaxError);
});
