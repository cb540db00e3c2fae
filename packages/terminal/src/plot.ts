/** A line over steps, drawn with characters. Knows nothing about rewards or terminals. */
import { formatNumber } from './format.js';

export interface Point {
  readonly step: number;
  readonly value: number;
}

export interface PlotSize {
  /** Of the whole drawing, with its axes. */
  readonly width: number;
  /** Lines of the curve alone; the axis below needs two more. */
  readonly height: number;
  /** Braille dots, else ASCII. */
  readonly isUnicode: boolean;
  /** What the axis below counts. Default: step. */
  readonly xLabel?: string;
}

const X_LABEL = 'step';

/**
 * Lines from top to bottom, without colours. Points that are not finite are left out; without two steps there
 * is nothing to draw.
 */
export function plot(
  points: readonly Point[],
  { width, height, isUnicode, xLabel = X_LABEL }: PlotSize,
): string[] {
  const finite = points.filter(({ value }) => Number.isFinite(value)).toSorted((a, b) => a.step - b.step);
  const first = finite[0]?.step;
  const last = finite.at(-1)?.step;
  if (first === undefined || last === undefined || first === last) return [];

  const scale = niceScale(
    finite.map(({ value }) => value),
    height,
  );
  const labels = new Map(scale.ticks.map(tick => [rowOf(tick, scale, height), tick.toFixed(scale.decimals)]));
  const gutter = Math.max(xLabel.length, ...[...labels.values()].map(label => label.length));
  const columns = Math.max(8, width - gutter - 2);

  const dots = isUnicode ? { x: 2, y: 4 } : { x: 1, y: 1 };
  const canvas = new Canvas(columns * dots.x, height * dots.y);
  drawLine(canvas, finite, scale);
  const rows = isUnicode ? canvas.braille() : canvas.ascii();

  const axis = isUnicode
    ? { tick: '┤', side: '│', corner: '└', line: '─', mark: '┬' }
    : { tick: '+', side: '|', corner: '+', line: '-', mark: '+' };
  return [
    ...rows.map((row, index) => {
      const label = labels.get(index);
      return `${(label ?? '').padStart(gutter)} ${label === undefined ? axis.side : axis.tick}${row}`.trimEnd();
    }),
    ...stepAxis(first, last, columns, axis).map((line, index) => {
      const label = index === 0 ? '' : xLabel;
      return `${label.padStart(gutter)} ${line}`.trimEnd();
    }),
  ];
}

/** Character cells made of dots; the origin is at the bottom left. */
class Canvas {
  readonly width: number;
  readonly height: number;
  readonly #lit = new Set<number>();

  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
  }

  light(x: number, y: number): void {
    this.#lit.add(y * this.width + x);
  }

  ascii(): string[] {
    return this.#cells(1, 1, isLit => (isLit(0, 0) ? '*' : ' '));
  }

  /** Braille characters: 2 x 4 dots each, one bit per dot after U+2800. */
  braille(): string[] {
    const bits = [
      [0x40, 0x04, 0x02, 0x01],
      [0x80, 0x20, 0x10, 0x08],
    ];
    return this.#cells(2, 4, isLit => {
      const code = bits.reduce(
        (sum, column, x) => sum + column.reduce((all, bit, y) => all + (isLit(x, y) ? bit : 0), 0),
        0,
      );
      return code === 0 ? ' ' : String.fromCodePoint(0x2800 + code);
    });
  }

  /** Rows from top to bottom. */
  #cells(wide: number, tall: number, draw: (isLit: (x: number, y: number) => boolean) => string): string[] {
    return Array.from({ length: this.height / tall }, (_, fromTop) => {
      const bottom = this.height - (fromTop + 1) * tall;
      return Array.from({ length: this.width / wide }, (__, cell) =>
        draw((x, y) => this.#lit.has((bottom + y) * this.width + cell * wide + x)),
      ).join('');
    });
  }
}

/** Each column of dots shows the curve at its step, joined to the column before it by a vertical stroke. */
function drawLine(canvas: Canvas, points: readonly Point[], scale: Scale): void {
  const first = points[0]!.step;
  const span = points.at(-1)!.step - first;
  const yOf = (value: number) =>
    Math.round(((value - scale.low) / (scale.high - scale.low)) * (canvas.height - 1));

  let before: number | undefined;
  for (let x = 0; x < canvas.width; x++) {
    const here = first + (x / (canvas.width - 1)) * span;
    const y = yOf(valueAt(points, here, span / (canvas.width - 1)));
    const [low, high] =
      before === undefined ? [y, y] : y > before ? [before + 1, y] : [y, Math.max(y, before - 1)];
    for (let dot = low; dot <= high; dot++) canvas.light(x, dot);
    before = y;
  }
}

/** The mean of the points within half a column, else a straight line between the neighbours. */
function valueAt(points: readonly Point[], step: number, columnWidth: number): number {
  const near = points.filter(point => Math.abs(point.step - step) <= columnWidth / 2);
  if (near.length > 0) return near.reduce((sum, { value }) => sum + value, 0) / near.length;
  const after = points.findIndex(point => point.step > step);
  const [left, right] = [points[after - 1]!, points[after]!];
  return left.value + ((step - left.step) / (right.step - left.step)) * (right.value - left.value);
}

interface Scale {
  readonly low: number;
  readonly high: number;
  readonly ticks: readonly number[];
  readonly decimals: number;
}

/** Bounds and labels at round numbers (1, 2 or 5 times a power of ten), about one label per three lines. */
function niceScale(values: readonly number[], height: number): Scale {
  const least = Math.min(...values);
  const most = Math.max(...values);
  const range = most - least || Math.abs(most) || 1;
  const raw = range / Math.max(1, Math.floor(height / 3));
  const power = 10 ** Math.floor(Math.log10(raw));
  const size = power * ([1, 2, 5].find(factor => factor * power >= raw * 0.999) ?? 10);

  const low = Math.floor(least / size + 1e-9) * size;
  const high = Math.max(Math.ceil(most / size - 1e-9) * size, low + size);
  const count = Math.round((high - low) / size);
  const ticks = Array.from({ length: count + 1 }, (_, index) => low + index * size);
  return { low, high, ticks, decimals: Math.max(0, -Math.floor(Math.log10(size) + 1e-9)) };
}

/** Rows count from the top. */
const rowOf = (value: number, { low, high }: Scale, height: number) =>
  Math.round((1 - (value - low) / (high - low)) * (height - 1));

/**
 * The line below the curve and its labels: first and last step, and round ones in between where there is
 * room.
 */
function stepAxis(
  first: number,
  last: number,
  columns: number,
  signs: { corner: string; line: string; mark: string },
): string[] {
  const line = Array.from({ length: columns }, () => signs.line);
  const labels = Array.from({ length: columns + 1 }, () => ' ');
  const columnOf = (step: number) => Math.round(((step - first) / (last - first)) * (columns - 1));

  for (const step of [first, last, ...roundSteps(first, last)]) {
    const column = columnOf(step);
    const text = formatStep(step);
    const start = Math.max(0, Math.min(column + 1 - Math.floor(text.length / 2), columns + 1 - text.length));
    const room = labels.slice(Math.max(0, start - 2), start + text.length + 2);
    if (room.some(character => character !== ' ')) continue;
    line[column] = signs.mark;
    labels.splice(start, text.length, ...Array.from(text));
  }
  return [signs.corner + line.join(''), labels.join('')];
}

const formatStep = (step: number) => (Number.isInteger(step) ? String(step) : formatNumber(step));

function roundSteps(first: number, last: number): number[] {
  const { ticks } = niceScale([first, last], 15);
  return ticks.filter(tick => tick > first && tick < last && Number.isInteger(tick));
}
