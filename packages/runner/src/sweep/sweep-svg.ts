/** A sweep as a picture for a report: the metric against the learning rate, a line per rank. */
import { formatNumber } from '@tinsmith/terminal';
import { valueText } from './grid.js';
import type { SweepResults } from './results.js';
import { pointsOf } from './sweep-lines.js';

const WIDTH = 640;
const HEIGHT = 400;
const LEFT = 80;
const BOTTOM = 60;
const MARGIN = 30;
/** Okabe and Ito's, which people without colour vision can tell apart. */
const COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#000000'];

/** Undefined: fewer than two points along the axis. */
export function sweepSvg({ metric, across, cells, curves }: SweepResults): string | undefined {
  const all = pointsOf(cells, across).toSorted((a, b) => a.step - b.step);
  const steps = [...new Set(all.map(({ step }) => step))];
  if (steps.length < 2) return undefined;
  const values = all.map(({ value }) => value);
  const x = scale([steps[0]!, steps.at(-1)!], [LEFT, WIDTH - MARGIN]);
  const range = [Math.min(...values), Math.max(...values)] as const;
  const y = scale(range, [HEIGHT - BOTTOM, MARGIN]);
  const lines = [...curves].flatMap(([curve, members], index) => {
    const points = pointsOf(members, across).toSorted((a, b) => a.step - b.step);
    const colour = COLOURS[index % COLOURS.length]!;
    const places = points.map(({ step, value }) => [x(step).toFixed(1), y(value).toFixed(1)] as const);
    return [
      `<polyline fill="none" stroke="${colour}" stroke-width="2" points="${places.map(place => place.join(',')).join(' ')}"/>`,
      ...places.map(([cx, cy]) => `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`),
      text(WIDTH - MARGIN, MARGIN + 16 * index, curve, 'end', colour),
    ];
  });
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" font-size="12">`,
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    `<path d="M${LEFT} ${MARGIN}V${HEIGHT - BOTTOM}H${WIDTH - MARGIN}" fill="none" stroke="#888"/>`,
    ...steps.map(step => text(x(step), HEIGHT - BOTTOM + 18, valueText(10 ** step), 'middle')),
    ...[...new Set(range)].map(value => text(LEFT - 8, y(value) + 4, formatNumber(value), 'end')),
    text((LEFT + WIDTH) / 2, HEIGHT - 16, across ?? '', 'middle'),
    text(LEFT, MARGIN - 12, metric, 'start'),
    ...lines,
    '</svg>',
  ].join('\n')}\n`;
}

/** A range of one value is drawn in the middle. */
function scale([low, high]: readonly [number, number], [from, to]: readonly [number, number]) {
  return (value: number) =>
    high === low ? (from + to) / 2 : from + ((value - low) / (high - low)) * (to - from);
}

function text(
  x: number,
  y: number,
  content: string,
  anchor: 'start' | 'middle' | 'end',
  fill = 'black',
): string {
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}"`;
  return `<text ${place} text-anchor="${anchor}" fill="${fill}">${escaped(content)}</text>`;
}

const escaped = (content: string) =>
  content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
