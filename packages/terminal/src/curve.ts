/** A curve with a line of words above it: where it began, where it ended, its highest point. */
import { formatNumber } from './format.js';
import { plot, type Point } from './plot.js';
import { signsOf, type Terminal } from './terminal.js';

const HEIGHT = 10;
const INDENT = '  ';

export interface CurveLook {
  readonly terminal: Terminal;
  /** Of the longest line, in characters. */
  readonly width: number;
}

/** Empty if no point is a number. */
export function curveLines(
  points: readonly Point[],
  label: string,
  { terminal, width }: CurveLook,
): string[] {
  const finite = points.filter(({ value }) => Number.isFinite(value));
  const [first] = finite;
  const last = finite.at(-1);
  if (!first || !last) return [];

  const best = finite.reduce((most, point) => (point.value > most.value ? point : most));
  const { arrow } = signsOf(terminal);
  const change = first === last ? at(first) : `${at(first)} ${arrow} ${terminal.paint('bold', at(last))}`;
  const most = best === last || best === first ? '' : `, highest ${at(best)}`;
  const drawing = plot(points, {
    width: width - INDENT.length,
    height: HEIGHT,
    isUnicode: terminal.isUnicode,
  });
  return [
    `${terminal.paint('bold', label)}  ${change}${most}`,
    ...drawing.map(line => INDENT + terminal.paint('cyan', line)),
  ];
}

const at = ({ value, step }: Point) => `${formatNumber(value)} (step ${step})`;
