/** A sweep in lines for people: a row per cell, a curve per rank, what is best. */
import { formatNumber, plot, type Terminal } from '@tinsmith/terminal';
import { table } from '../explain/table.js';
import { valueText } from './grid.js';
import { bestOf, type CellResult, type SweepResults } from './results.js';

/** Longer lines are hard to read. */
const WIDEST = 100;
const HEIGHT = 8;

export function sweepLines(results: SweepResults, { width, isUnicode, paint }: Terminal): string[] {
  const { metric, cells, curves, across, best } = results;
  const axes = Object.keys(cells[0]?.cell.point ?? {});
  const [head = '', ...rows] = table([
    [...axes, metric, ''],
    ...cells.map(({ cell, value, isComplete }) => [
      ...axes.map(axis => valueText(cell.point[axis])),
      value === undefined ? '-' : formatNumber(value),
      isComplete ? '' : 'not complete',
    ]),
  ]);
  const size = { width: Math.min(width() - 1, WIDEST) - 2, height: HEIGHT, isUnicode };
  const drawings = [...curves].flatMap(([curve, members]) => {
    const drawing = plot(pointsOf(members, across), { ...size, xLabel: `log10 ${across}` });
    return drawing.length === 0 ? [] : ['', paint('bold', [metric, curve].join('  ')), ...drawing];
  });
  const winners = [...curves].flatMap(([curve, members]) => {
    const winner = bestOf(members, best);
    return winner?.value === undefined
      ? []
      : [`${curve || 'best'}: ${winner.cell.name}, ${metric} ${formatNumber(winner.value)}`];
  });
  return ['', paint('dim', head), ...rows, ...drawings, '', ...winners];
}

/** Learning rates are compared by their ratio; without positive numbers there is no curve. */
export const pointsOf = (
  cells: readonly CellResult[],
  across: string | undefined,
): { step: number; value: number }[] =>
  cells.flatMap(({ cell, value }) => {
    const place = across === undefined ? undefined : cell.point[across];
    if (typeof place !== 'number' || place <= 0 || value === undefined || !Number.isFinite(value)) return [];
    return [{ step: Math.log10(place), value }];
  });
